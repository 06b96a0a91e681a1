//! Bugs that were planted on purpose: after how many seeds each is found, and by which law.
//!
//! A planted bug is chosen by `BATON_PLANTED` when a process starts, so each runs in a process of its
//! own, this very program with that name set.
//!
//! A seed that breaks a law without the bug as well says nothing of it.
//!
//! Three have no effect that anybody could see from here: `CallAfterDeadline`, because the real caller
//! looks at the deadline once more; `TxidAnew`, because an append repeated under another name is stale,
//! and what follows is decided anew; `PivotClosesNothing`, because no rollback begins after a pivot.

use crate::campaign::Tally;
use crate::fault::Net;
use crate::out;
use crate::run::{Setup, run};
use baton_report::{Entry, Kind, ran_here};
use serde_json::{Value, json};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The names of all that are built in.
#[cfg(feature = "planted")]
fn names() -> Vec<String> {
    baton_shared::planted::ALL
        .iter()
        .map(|planted| planted.name.to_owned())
        .collect()
}

/// None is built in.
#[cfg(not(feature = "planted"))]
fn names() -> Vec<String> {
    Vec::new()
}

/// How the search for one bug went.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Search {
    name: String,
    without: Option<Net>,
    seeds: u64,
    law: Option<String>,
}

impl Search {
    /// How it went before: found, or not found in as many seeds. The newest counts.
    fn before(judged: &[Entry], name: &str, seeds: u64) -> Option<Self> {
        let of = |run: &&Entry| run.name.strip_prefix("simulation: ") == Some(name);
        let run = judged.iter().rev().find(of)?;
        let count = |what: &str| run.counts.get(what).copied().unwrap_or(0);
        // As `keep` writes it: the law, and the net that was taken away.
        let note = run.notes.first().map(String::as_str).unwrap_or_default();
        let (law, net) = note.split_once(", without ").unwrap_or((note, ""));
        let found = count("found") > 0;
        (found || count("seeds") >= seeds).then(|| Self {
            name: name.to_owned(),
            without: Net::named(net),
            seeds: count("seeds"),
            law: found.then(|| law.to_owned()),
        })
    }

    /// As the results have it.
    fn entry(&self, seconds: f64) -> Entry {
        let without = self
            .without
            .map_or(String::new(), |net| format!(", without {}", net.name()));
        let notes = self.law.iter().map(|law| format!("{law}{without}"));
        let found = u64::from(self.law.is_some());
        let counts = [("found", found), ("seeds", self.seeds)];
        Entry {
            kind: Kind::Planted,
            name: format!("simulation: {}", self.name),
            seconds,
            counts: counts.map(|(name, count)| (name.to_owned(), count)).into(),
            notes: notes.collect(),
            ..Entry::default()
        }
    }
}

/// What one run with a planted bug came to.
pub fn say(name: &str, tally: &Tally) {
    match tally.broken.first() {
        Some((_, broken)) => {
            out::line(&format!(
                "planted {name}: found after {} seeds by {}",
                tally.seeds, broken.law
            ));
        }
        None => out::line(&format!(
            "planted {name}: not found in {} seeds",
            tally.seeds
        )),
    }
}

/// Searches for every planted bug, with all nets and without each in turn until it is found. What it
/// does not find may be found elsewhere: `reliability-report planted` judges.
/// With `resume`, what was looked for at this commit is told and not looked for again.
pub fn all(seeds: u64, threads: usize, resume: bool) -> ExitCode {
    let names = names();
    if names.is_empty() {
        eprintln!("no bug is built in: build with --features planted");
        return ExitCode::FAILURE;
    }
    let judged = if resume {
        ran_here(Kind::Planted)
    } else {
        Vec::new()
    };
    let (mut missed, mut counts) = (0, Vec::new());
    out::line(&format!(
        "{:<40} {:<10} {:<24} seeds",
        "bug", "without", "found by"
    ));
    for name in names {
        let found = Search::before(&judged, &name, seeds).unwrap_or_else(|| {
            let began = Instant::now();
            let found = search(&name, seeds, threads);
            keep(&found, began.elapsed().as_secs_f64());
            found
        });
        let net = found.without.map_or("-", Net::name);
        let law = found.law.as_deref().unwrap_or("not found");
        out::line(&format!(
            "{:<40} {net:<10} {law:<24} {}",
            found.name, found.seeds
        ));
        match found.law {
            Some(_) => counts.push(found.seeds),
            None => missed += 1,
        }
    }
    counts.sort_unstable();
    let median = counts.get(counts.len() / 2).copied().unwrap_or(0);
    let found = counts.len();
    out::line(&format!(
        "{found} found, {missed} not; median {median} seeds"
    ));
    ExitCode::SUCCESS
}

/// Adds the search to the results of the long programmes.
fn keep(search: &Search, seconds: f64) {
    if let Err(error) = search.entry(seconds).append() {
        eprintln!("the result is not kept: {error}");
    }
}

/// A net hides some bugs from every law: what is not found with all nets is looked for without each.
/// What breaks without a net and without the bug says nothing, so timers, whose absence is noticed by
/// itself, stay.
fn search(name: &str, seeds: u64, threads: usize) -> Search {
    let nets = [None, Some(Net::Duty), Some(Net::Record), Some(Net::Dedupe)];
    let mut last = None;
    for without in nets {
        let found = one(name, without, seeds, threads);
        if found.law.is_some() {
            return found;
        }
        last = Some(found);
    }
    last.expect("there are nets")
}

fn one(name: &str, without: Option<Net>, seeds: u64, threads: usize) -> Search {
    let result = child(name, without, seeds, threads).unwrap_or_else(|why| json!({ "seeds": why }));
    let found = &result["violations"][0];
    let law = found["law"].as_str().filter(|_| {
        // No bug is chosen in this process.
        let seed = found["seed"].as_u64().unwrap_or(0);
        let setup = Setup {
            seed,
            without,
            ..Setup::default()
        };
        run(&setup).broken.is_none()
    });
    Search {
        name: name.to_owned(),
        without,
        seeds: result["seeds"].as_u64().unwrap_or(0),
        law: law.map(str::to_owned),
    }
}

fn child(name: &str, without: Option<Net>, seeds: u64, threads: usize) -> Result<Value, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(own);
    command.env("BATON_PLANTED", name);
    command.args(["--json", "--seeds", &seeds.to_string()]);
    command.args(["--threads", &threads.to_string()]);
    if let Some(net) = without {
        command.args(["--without", net.name()]);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_that_was_looked_for_is_not_looked_for_again() {
        let search = |name: &str, law: Option<&str>, without, seeds| Search {
            name: name.to_owned(),
            without,
            seeds,
            law: law.map(str::to_owned),
        };
        let all = [
            search("A", Some("it_ends"), Some(Net::Duty), 7),
            search("B", None, Some(Net::Dedupe), 2_000),
        ];
        let judged: Vec<Entry> = all.iter().map(|search| search.entry(1.0)).collect();
        let before = |name: &str, seeds| Search::before(&judged, name, seeds);
        assert_eq!(before("A", 5_000).as_ref(), Some(&all[0]));
        let missed = before("B", 2_000).expect("as many");
        assert_eq!((missed.law, missed.seeds), (None, 2_000));
        assert_eq!(before("B", 5_000), None, "more are asked for");
        assert_eq!(before("C", 1), None);
    }
}
