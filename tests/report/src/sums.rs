//! What all runs of a commit came to: one sum for each programme and name.

use crate::entry::{Entry, Kind, folder};
use crate::stretch;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Runs that a report took in lie here, for who goes on with the same commit.
const ASIDE: &str = "jsonl.reported";

/// The runs of one programme, under one name, at one commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sum {
    pub commit: String,
    pub kind: Kind,
    pub name: String,
    pub runs: u64,
    pub seconds: f64,
    pub counts: BTreeMap<String, u64>,
    pub notes: Vec<String>,
    pub violations: Vec<String>,
    /// When the first and the last run ended.
    pub from: String,
    pub to: String,
    pub machines: Vec<String>,
    /// Which seeds these were, where the runs say so: the same seed at the same commit is the same run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<Range<u64>>,
}

/// All that was ever summed, as `docs/reliability.jsonl` keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums(pub Vec<Sum>);

/// Why results cannot be added up.
#[derive(Debug, thiserror::Error)]
pub enum SumsError {
    #[error("{path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("{path}, line {line}: {error}")]
    Line {
        path: PathBuf,
        line: usize,
        error: serde_json::Error,
    },
}

impl Sums {
    /// Nothing, where there is no such file yet.
    pub fn read(path: &Path) -> Result<Self, SumsError> {
        Ok(Self(lines(path)?))
    }

    /// One line a sum, so that two branches' results merge.
    pub fn write(&self, path: &Path) -> Result<(), SumsError> {
        let line = |sum: &Sum| serde_json::to_string(sum).expect("plain data") + "\n";
        let text: String = self.0.iter().map(line).collect();
        fs::write(path, text).map_err(|error| SumsError::File {
            path: path.to_owned(),
            error,
        })
    }

    /// Adds a run, unless it ran with uncommitted changes; whether it counts. One of seeds that all count
    /// already adds nothing.
    pub fn add(&mut self, entry: Entry) -> bool {
        if entry.dirty {
            return false;
        }
        let same = |sum: &&mut Sum| {
            (&sum.commit, sum.kind, &sum.name) == (&entry.commit, entry.kind, &entry.name)
        };
        match self.0.iter_mut().find(same) {
            // These say how a thing stands, or do the same each time, so the newest run counts alone.
            Some(sum)
                if matches!(
                    entry.kind,
                    Kind::Planted | Kind::Mutants | Kind::Ci | Kind::Explore
                ) =>
            {
                *sum = entry.into();
            }
            Some(sum) if sum.has(&entry) => {}
            Some(sum) => sum.take(entry),
            None => self.0.push(entry.into()),
        }
        self.0.sort_by(|a, b| {
            let key = |sum: &Sum| (sum.kind, sum.from.clone(), sum.commit.clone());
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        true
    }

    /// Takes in all runs of the results folder, and puts their files aside so that none counts
    /// twice. Returns how many were added and how many were not, being of no commit.
    ///
    /// The sums are written in between: dying after that, before the files are aside, would count
    /// those runs again at the next report.
    pub fn take_runs(&mut self, into: &Path) -> Result<(usize, usize), SumsError> {
        let (mut added, mut left) = (0, 0);
        let files = files(&folder())?;
        for path in &files {
            for entry in lines::<Entry>(path)? {
                if self.add(entry) {
                    added += 1;
                } else {
                    left += 1;
                }
            }
        }
        self.write(into)?;
        for path in files {
            let aside = path.with_extension(ASIDE);
            let wrong = |error| SumsError::File {
                path: path.clone(),
                error,
            };
            let earlier = fs::read(&aside).unwrap_or_default();
            let all = [earlier, fs::read(&path).map_err(wrong)?].concat();
            fs::write(&aside, all).map_err(wrong)?;
            fs::remove_file(&path).map_err(wrong)?;
        }
        Ok((added, left))
    }
}

impl From<Entry> for Sum {
    fn from(entry: Entry) -> Self {
        Self {
            seeds: entry.seeds().into_iter().collect(),
            commit: entry.commit,
            kind: entry.kind,
            name: entry.name,
            runs: 1,
            seconds: entry.seconds,
            counts: entry.counts,
            notes: entry.notes,
            violations: entry.violations,
            from: entry.at.clone(),
            to: entry.at,
            machines: vec![entry.machine],
        }
    }
}

impl Sum {
    /// Whether all seeds of this run are counted.
    fn has(&self, entry: &Entry) -> bool {
        let seeds = entry.seeds();
        seeds.is_some_and(|seeds| stretch::left(&seeds, &self.seeds).is_empty())
    }

    fn take(&mut self, entry: Entry) {
        if let Some(seeds) = entry.seeds() {
            stretch::join(&mut self.seeds, seeds);
        }
        self.runs += 1;
        self.seconds += entry.seconds;
        for (name, count) in entry.counts {
            *self.counts.entry(name).or_default() += count;
        }
        join(&mut self.notes, entry.notes);
        join(&mut self.violations, entry.violations);
        join(&mut self.machines, vec![entry.machine]);
        self.to = entry.at.max(std::mem::take(&mut self.to));
    }
}

/// The runs of one programme on this machine: those that a report took in, and those that wait for the next.
pub fn runs(kind: Kind) -> Result<Vec<Entry>, SumsError> {
    let file = |end: &str| lines(&folder().join(format!("{}.{end}", kind.word())));
    Ok([file(ASIDE)?, file("jsonl")?].concat())
}

fn join(into: &mut Vec<String>, more: Vec<String>) {
    for one in more {
        if !into.contains(&one) {
            into.push(one);
        }
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, SumsError> {
    let wrong = |error| SumsError::File {
        path: folder.to_owned(),
        error,
    };
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(error)),
    };
    let paths: Result<Vec<PathBuf>, _> = listed.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(wrong)?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    Ok(paths)
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>, SumsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(SumsError::File {
                path: path.to_owned(),
                error,
            });
        }
    };
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| SumsError::Line {
            path: path.to_owned(),
            line: at + 1,
            error,
        })
    };
    text.lines().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(kind: Kind, commit: &str, seeds: u64) -> Entry {
        Entry {
            kind,
            name: "all".to_owned(),
            seconds: 1.5,
            counts: BTreeMap::from([("seeds".to_owned(), seeds)]),
            commit: commit.to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            ..Entry::default()
        }
    }

    #[test]
    fn runs_of_a_commit_add_up_and_others_stay_apart() {
        let mut sums = Sums::default();
        assert!(sums.add(run(Kind::Simulation, "a", 10)));
        assert!(sums.add(run(Kind::Simulation, "a", 5)));
        assert!(sums.add(run(Kind::Simulation, "b", 1)));
        let counts: Vec<u64> = sums.0.iter().map(|sum| sum.counts["seeds"]).collect();
        assert_eq!(counts, [15, 1]);
        assert_eq!(sums.0[0].runs, 2);
    }

    #[test]
    fn the_same_seeds_at_the_same_commit_count_once() {
        let block = |commit: &str, from: u64| Entry {
            from: Some(from),
            ..run(Kind::Simulation, commit, 10)
        };
        let mut sums = Sums::default();
        for from in [0, 20, 10, 0, 10] {
            assert!(sums.add(block("a", from)));
        }
        sums.add(block("b", 0));
        assert_eq!(sums.0[0].counts["seeds"], 30);
        assert_eq!((sums.0[0].runs, sums.0[0].seconds), (3, 4.5));
        assert_eq!(sums.0[0].seeds, std::slice::from_ref(&(0..30)));
        assert_eq!(sums.0[1].counts["seeds"], 10, "another commit");
        // What does not say which seeds it ran is a run of its own.
        sums.add(run(Kind::Simulation, "a", 10));
        assert_eq!(sums.0[0].counts["seeds"], 40);
    }

    #[test]
    fn what_ran_with_uncommitted_changes_does_not_count() {
        let mut sums = Sums::default();
        let dirty = Entry {
            dirty: true,
            ..run(Kind::Simulation, "a", 10)
        };
        assert!(!sums.add(dirty));
        assert_eq!(sums, Sums::default());
    }

    #[test]
    fn how_a_thing_stands_is_what_the_newest_run_says() {
        let mut sums = Sums::default();
        sums.add(run(Kind::Planted, "a", 10));
        sums.add(run(Kind::Planted, "a", 7));
        assert_eq!(sums.0[0].counts["seeds"], 7);
        assert_eq!(sums.0[0].runs, 1);
    }

    #[test]
    fn sums_read_as_they_were_written() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("sums.jsonl");
        let mut sums = Sums::default();
        sums.add(run(Kind::Chaos, "a", 10));
        sums.add(run(Kind::Fuzz, "a", 3));
        sums.write(&path).expect("written");
        assert_eq!(Sums::read(&path).expect("reads"), sums);
    }
}
