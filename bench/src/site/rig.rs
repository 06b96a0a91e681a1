//! One system under test, running, with what it stands on.

use super::{Baton, Brokers, Entry};
use crate::fault::{During, Fault};
use crate::record;
use crate::shape::Shape;
use crate::vitals::Part;
use baton_tests::brokers::Fsync;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// `baton dev`: one process, embedded store and queue.
    Embedded,
    /// Orchestrator and worker on RabbitMQ and Redis, every write synced.
    Brokers,
    /// The same, Redis synced every second.
    Everysec,
    /// What RabbitMQ and Redis allow to a program that decides nothing.
    Ceiling,
    /// What a disk does with the bytes of the embedded store.
    Append,
}

impl System {
    pub const ALL: [Self; 5] = [
        Self::Embedded,
        Self::Brokers,
        Self::Everysec,
        Self::Ceiling,
        Self::Append,
    ];

    /// The word for it in records and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Brokers => "brokers",
            Self::Everysec => "everysec",
            Self::Ceiling => "ceiling",
            Self::Append => "append",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.word() == word)
    }
}

/// A running system. Fields are dropped in order: programs, then brokers, then their files.
pub struct Rig {
    pub baton: Baton,
    brokers: Option<Brokers>,
    pub folder: TempDir,
}

impl Rig {
    /// Starts it with fresh data and waits until it is ready.
    pub async fn start(system: System, each: usize, service: SocketAddr) -> Result<Self, Fault> {
        let folder = folder()?;
        let brokers = match system {
            System::Embedded => None,
            System::Brokers => Some(Brokers::start(Fsync::Always).await?),
            System::Everysec => Some(Brokers::start(Fsync::EverySec).await?),
            System::Ceiling | System::Append => {
                return Err(Fault(format!("{} is no Baton", system.word())));
            }
        };
        let baton = match &brokers {
            None => Baton::embedded(folder.path(), &folder.path().join("data"), service)?,
            Some(brokers) => Baton::on(brokers, folder.path(), service, each)?,
        };
        let mut rig = Self {
            baton,
            brokers,
            folder,
        };
        if let Err(fault) = rig.baton.ready().await {
            return Err(Fault(format!("{fault}\n{}", said(rig.folder.path()))));
        }
        Ok(rig)
    }

    pub fn entry(&self) -> Entry {
        self.baton.entry()
    }

    pub async fn deploy(&self, shape: &Shape) -> Result<(), Fault> {
        self.baton.deploy(shape).await
    }

    /// Its own processes.
    pub fn own(&self) -> Vec<Part> {
        self.baton.parts()
    }

    /// The servers it stands on.
    pub fn below(&self) -> Vec<Part> {
        self.brokers
            .as_ref()
            .map(Brokers::parts)
            .unwrap_or_default()
    }

    /// On what it runs, as it stands beside a figure.
    pub async fn described(&self) -> Result<String, Fault> {
        match &self.brokers {
            None => Ok("embedded store, durability class fsync".to_owned()),
            Some(brokers) => brokers.described().await,
        }
    }

    /// The ends of its logs, where something went wrong.
    pub fn said(&self) -> String {
        said(self.folder.path())
    }
}

/// A folder for a run, on the disk of the workspace: the one for temporary files may be memory, on
/// which nothing is ever synced.
pub fn folder() -> Result<TempDir, Fault> {
    let folder = record::folder().join("run");
    fs::create_dir_all(&folder).during("target/bench/run")?;
    tempfile::tempdir_in(folder).during("target/bench/run")
}

/// A program of this crate, which lies beside this one.
pub(super) fn beside(name: &str) -> Result<PathBuf, Fault> {
    let this = std::env::current_exe().during("this program's path")?;
    let path = this.with_file_name(name);
    match path.exists() {
        true => Ok(path),
        false => Err(Fault(format!("{} is not built", path.display()))),
    }
}

pub(super) fn said(folder: &Path) -> String {
    let mut said = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "log") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let end = lines[lines.len().saturating_sub(8)..].join("\n  ");
            said.push_str(&format!("{}:\n  {end}\n", path.display()));
        }
    }
    said
}
