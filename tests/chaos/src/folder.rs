//! The folder of a run: logs and evidence, kept when something is broken.

use crate::evidence::Evidence;
use crate::report;
use crate::run::Verdict;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Below `target/chaos`; removed when dropped, unless it is kept.
pub struct Folder {
    path: PathBuf,
    kept: std::cell::Cell<bool>,
}

impl Folder {
    pub fn new(name: &str, seed: u64) -> Self {
        let this = std::env::current_exe().expect("a program has a path");
        // target/debug/chaos, or target/debug/deps/one-0123 of a test.
        let test = this.parent().is_some_and(|folder| folder.ends_with("deps"));
        let up = if test { 3 } else { 2 };
        let target = this.ancestors().nth(up).expect("a folder of cargo's");
        let path = target.join("chaos").join(format!("{name}-{seed}"));
        // What an earlier run of the same seed left would be taken for this one's.
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("the folder of builds is writable");
        Self {
            path,
            kept: std::cell::Cell::new(false),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The client's log and Baton's history, beside the ledger and the programs' logs.
    pub fn write(&self, evidence: &Evidence, views: &BTreeMap<String, Value>) {
        self.lines("client.jsonl", &evidence.log);
        self.lines("history.jsonl", views.values());
        self.lines("letters.jsonl", &evidence.letters);
    }

    fn lines<T: Serialize>(&self, name: &str, all: impl IntoIterator<Item = T>) {
        let line = |one: T| serde_json::to_string(&one).expect("evidence is plain data") + "\n";
        let text: String = all.into_iter().map(line).collect();
        fs::write(self.path.join(name), text).expect("the folder of builds is writable");
    }

    /// Keeps it, with the verdict in words; where it is.
    pub fn keep(&self, verdict: &Verdict) -> String {
        self.kept.set(true);
        let words = report::explained(verdict, usize::MAX);
        fs::write(self.path.join("verdict.txt"), words).expect("the folder of builds is writable");
        // The embedded store may be large, and is of no use without its process.
        drop(fs::remove_dir_all(self.path.join("data")));
        self.path.display().to_string()
    }
}

impl Folder {
    /// Keeps all that lies in it; where it is.
    pub fn keep_all(&self) -> PathBuf {
        self.kept.set(true);
        self.path.clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept.get() {
            drop(fs::remove_dir_all(&self.path));
        }
    }
}
