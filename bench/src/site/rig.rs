//! One system under test, running, with what it stands on.

use super::celery::Celery;
use super::restate::Restate;
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
    /// Restate with a handler in Rust.
    Restate,
    /// Celery on RabbitMQ and Redis, every write synced.
    Celery,
}

impl System {
    pub const ALL: [Self; 7] = [
        Self::Embedded,
        Self::Brokers,
        Self::Everysec,
        Self::Ceiling,
        Self::Append,
        Self::Restate,
        Self::Celery,
    ];

    /// The word for it in records and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Brokers => "brokers",
            Self::Everysec => "everysec",
            Self::Ceiling => "ceiling",
            Self::Append => "append",
            Self::Restate => "restate",
            Self::Celery => "celery",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.word() == word)
    }
}

/// Whose programs run.
enum Subject {
    Baton(Baton),
    Restate(Box<Restate>),
    Celery(Box<Celery>),
}

/// A running system. Fields are dropped in order: programs, then brokers, then their files.
pub struct Rig {
    subject: Subject,
    brokers: Option<Brokers>,
    folder: TempDir,
    each: usize,
    service: SocketAddr,
}

impl Rig {
    /// Starts it with fresh data and waits until it is ready; `each` orchestrators and workers, where
    /// there are such.
    pub async fn start(system: System, each: usize, service: SocketAddr) -> Result<Self, Fault> {
        let folder = folder()?;
        let brokers = match system {
            System::Embedded | System::Restate => None,
            System::Brokers | System::Celery => Some(Brokers::start(Fsync::Always).await?),
            System::Everysec => Some(Brokers::start(Fsync::EverySec).await?),
            System::Ceiling | System::Append => {
                return Err(Fault(format!("{} runs only in W1", system.word())));
            }
        };
        let path = folder.path();
        let subject = match (system, &brokers) {
            (System::Restate, _) => Subject::Restate(Box::new(Restate::start(path, service)?)),
            (System::Celery, Some(on)) => {
                Subject::Celery(Box::new(Celery::start(on, path, service)?))
            }
            _ => Subject::Baton(baton(brokers.as_ref(), path, service, each)?),
        };
        let mut rig = Self {
            subject,
            brokers,
            folder,
            each,
            service,
        };
        rig.ready().await?;
        Ok(rig)
    }

    async fn ready(&mut self) -> Result<(), Fault> {
        let ready = match &mut self.subject {
            Subject::Baton(baton) => baton.ready().await,
            Subject::Restate(restate) => restate.ready().await,
            Subject::Celery(celery) => celery.ready().await,
        };
        ready.map_err(|fault| self.told(&fault))
    }

    /// The fault, with the ends of the logs.
    pub fn told(&self, fault: &Fault) -> Fault {
        Fault(format!("{fault}\n{}", said(self.folder.path())))
    }

    /// Kills Baton's programs, and leaves brokers and files as they are.
    pub fn kill(&mut self) {
        if let Subject::Baton(baton) = &mut self.subject {
            baton.kill();
        }
    }

    /// Starts Baton's programs again on what is there.
    pub async fn again(&mut self) -> Result<(), Fault> {
        let path = self.folder.path();
        self.subject = Subject::Baton(baton(self.brokers.as_ref(), path, self.service, self.each)?);
        self.ready().await
    }

    pub fn entry(&self) -> Entry {
        match &self.subject {
            Subject::Baton(baton) => baton.entry(),
            Subject::Restate(restate) => restate.entry(),
            Subject::Celery(celery) => celery.entry(),
        }
    }

    /// Makes the workflow known; peers have it in their code.
    pub async fn deploy(&self, shape: &Shape) -> Result<(), Fault> {
        match &self.subject {
            Subject::Baton(baton) => baton.deploy(shape).await,
            Subject::Restate(_) | Subject::Celery(_) => Ok(()),
        }
    }

    /// Waits until so many sagas ended with this status since the start. Of peers, the calls that
    /// were counted tell it.
    pub async fn all_ended(&self, sagas: usize, status: &str) -> Result<(), Fault> {
        match &self.subject {
            Subject::Baton(baton) => baton.all_ended(sagas, status).await,
            Subject::Restate(_) | Subject::Celery(_) => Ok(()),
        }
    }

    /// That so many sagas wait, as its API says.
    pub async fn all_wait(&self, sagas: usize) -> Result<(), Fault> {
        let Subject::Baton(baton) = &self.subject else {
            return Err(Fault::new("only Baton is asked which sagas wait"));
        };
        let waiting = baton.listed("waiting").await?;
        match waiting == sagas {
            true => Ok(()),
            false => Err(Fault(format!("{waiting} of {sagas} sagas wait"))),
        }
    }

    /// Its own processes.
    pub fn own(&self) -> Vec<Part> {
        match &self.subject {
            Subject::Baton(baton) => baton.parts(),
            Subject::Restate(restate) => restate.parts(),
            Subject::Celery(celery) => celery.parts(),
        }
    }

    /// What is beside it: the servers it stands on, and programs that load it.
    pub fn others(&self) -> Vec<Part> {
        let mut parts = self
            .brokers
            .as_ref()
            .map(Brokers::parts)
            .unwrap_or_default();
        if let Subject::Celery(celery) = &self.subject {
            parts.extend(celery.beside());
        }
        parts
    }

    /// On what it runs, as it stands beside a figure.
    pub async fn described(&self) -> Result<String, Fault> {
        let brokers = match &self.brokers {
            None => "embedded store, durability class fsync".to_owned(),
            Some(brokers) => brokers.described().await?,
        };
        Ok(match &self.subject {
            Subject::Baton(_) => brokers,
            Subject::Restate(_) => Restate::described(),
            Subject::Celery(_) => Celery::described(&brokers),
        })
    }
}

fn baton(
    brokers: Option<&Brokers>,
    folder: &Path,
    service: SocketAddr,
    each: usize,
) -> Result<Baton, Fault> {
    match brokers {
        None => Baton::embedded(folder, &folder.join("data"), service),
        Some(brokers) => Baton::on(brokers, folder, service, each),
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

/// What `make bench-peers` installed.
pub(super) fn peer(path: &str) -> Result<PathBuf, Fault> {
    let path = baton_report::root().join("target/peers").join(path);
    match path.exists() {
        true => Ok(path),
        false => Err(Fault(format!(
            "{} is not there: run make bench-peers",
            path.display()
        ))),
    }
}

/// Its name with the version that was installed.
pub(super) fn version(name: &str) -> String {
    let versions = peer("versions").and_then(|path| fs::read_to_string(path).during("versions"));
    let versions = versions.unwrap_or_default();
    let line = versions.lines().find(|line| line.starts_with(name));
    line.unwrap_or(name).to_owned()
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
