//! One run of one programme.

use crate::machine::machine;
use crate::sums::runs;
use crate::tree;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where runs are kept, unless `BATON_RELIABILITY_DIR` names another folder.
const FOLDER: &str = "target/reliability";

/// Which programme ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Seeds of the deterministic simulation. `name` is the configuration.
    Simulation,
    /// A planted bug looked for. `name` is the bug; `seeds` counts up to the finding.
    Planted,
    /// Every single fault, or every pair, of a reference saga. `name` is the saga.
    Explore,
    /// Mutants of the core. `name` is the part that was mutated.
    Mutants,
    /// A scenario on real processes. `name` is the scenario.
    Chaos,
    /// The contract suite and scenarios on a pair of versions. `name` is the pair.
    Matrix,
    /// Executions of a fuzz target. `name` is the target.
    Fuzz,
    /// Power cuts of the embedded store. `name` says how they were made.
    PowerCut,
    /// What runs for every change. `name` is the part, or the whole.
    Ci,
}

/// What one run did and found.
///
/// Fill `kind` and `name`, then what there is, the rest by `..Entry::default()`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    pub kind: Kind,
    pub name: String,
    /// Wall time.
    pub seconds: f64,
    /// What was counted. `fault.<kind>` is shown apart, as the faults by kind.
    pub counts: BTreeMap<String, u64>,
    /// Versions, settings, what found it.
    #[serde(default)]
    pub notes: Vec<String>,
    /// One sentence each; empty is what we hope for.
    #[serde(default)]
    pub violations: Vec<String>,
    /// The first of its `seeds`, which follow each other, where all of them kept every law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// What it reached of all that a programme of such runs must reach together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<String>,
    /// Filled in by [`Entry::append`].
    #[serde(default)]
    pub commit: String,
    /// Filled in: tracked files differed from the commit.
    #[serde(default)]
    pub dirty: bool,
    /// Filled in: when it ended, RFC 3339.
    #[serde(default)]
    pub at: String,
    /// Filled in.
    #[serde(default)]
    pub machine: String,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            kind: Kind::Simulation,
            name: String::new(),
            seconds: 0.0,
            counts: BTreeMap::new(),
            notes: Vec::new(),
            violations: Vec::new(),
            from: None,
            reached: Vec::new(),
            commit: String::new(),
            dirty: false,
            at: String::new(),
            machine: String::new(),
        }
    }
}

/// Why a run's result was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("a result without its commit is worth nothing: {0}")]
    Commit(String),
    #[error("{path}: {error}")]
    Write { path: PathBuf, error: io::Error },
}

impl Kind {
    /// The word, as files and pages have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Simulation => "simulation",
            Self::Planted => "planted",
            Self::Explore => "explore",
            Self::Mutants => "mutants",
            Self::Chaos => "chaos",
            Self::Matrix => "matrix",
            Self::Fuzz => "fuzz",
            Self::PowerCut => "powercut",
            Self::Ci => "ci",
        }
    }
}

impl Entry {
    /// The seeds it ran, where it says which.
    pub fn seeds(&self) -> Option<Range<u64>> {
        let many = self.counts.get("seeds")?;
        self.from.map(|from| from..from + many)
    }

    /// Keeps the run, with commit, machine and time, as one line; returns the file.
    pub fn append(self) -> Result<PathBuf, KeepError> {
        self.append_to(&folder())
    }

    fn append_to(mut self, folder: &Path) -> Result<PathBuf, KeepError> {
        (self.commit, self.dirty) = tree::ran().map_err(KeepError::Commit)?;
        if self.kind == Kind::Fuzz {
            self.dirty |= tree::guided_differs().map_err(KeepError::Commit)?;
        }
        self.at = jiff::Timestamp::now().strftime("%FT%TZ").to_string();
        self.machine = machine();
        let path = folder.join(format!("{}.jsonl", self.kind.word()));
        let mut line = serde_json::to_vec(&self).expect("plain data");
        line.push(b'\n');
        let written = fs::create_dir_all(folder).and_then(|()| {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            // One write: runs side by side do not mix their lines.
            file.write_all(&line)
        });
        match written {
            Ok(()) => Ok(path),
            Err(error) => Err(KeepError::Write { path, error }),
        }
    }
}

/// What a programme ran well at the commit that is checked out, whether a report took it in or not: none of it
/// need be run again. Nothing, while tracked files differ from that commit.
pub fn ran_here(kind: Kind) -> Vec<Entry> {
    match tree::commit() {
        Ok((commit, false)) => well(runs(kind).unwrap_or_default(), &commit),
        _ => Vec::new(),
    }
}

fn well(mut runs: Vec<Entry>, commit: &str) -> Vec<Entry> {
    runs.retain(|run| run.commit == commit && !run.dirty && run.violations.is_empty());
    runs
}

/// The folder of the runs.
pub(crate) fn folder() -> PathBuf {
    env::var_os("BATON_RELIABILITY_DIR").map_or_else(|| tree::root().join(FOLDER), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ran_well_and_here_need_not_run_again() {
        let run = |commit: &str, dirty: bool, violations: &[&str]| Entry {
            commit: commit.to_owned(),
            dirty,
            violations: violations.iter().map(|what| (*what).to_owned()).collect(),
            ..Entry::default()
        };
        let runs = [
            run("a", false, &[]),
            run("b", false, &[]),
            run("a", true, &[]),
            run("a", false, &["it broke"]),
        ];
        assert_eq!(well(runs.to_vec(), "a"), runs[..1]);
    }

    #[test]
    fn a_run_is_one_line_with_its_commit() {
        let folder = tempfile::tempdir().expect("folder");
        let entry = Entry {
            kind: Kind::Chaos,
            name: "redis killed".to_owned(),
            ..Entry::default()
        };
        for _ in 0..2 {
            entry.clone().append_to(folder.path()).expect("kept");
        }
        let text = fs::read_to_string(folder.path().join("chaos.jsonl")).expect("file");
        let runs: Vec<Entry> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("reads"))
            .collect();
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0].name, "redis killed");
        assert_eq!(runs[0].commit.len(), 40);
        assert!(runs[0].at.ends_with('Z'));
    }
}
