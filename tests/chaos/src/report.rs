//! What is printed: a line a run, a table at the end, and all about what is broken.

use crate::first;
use crate::run::Verdict;
use crate::scenario::{self, Scenario};
use baton_report::{EVERY_CHANGE, Entry, Kind};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The line of a run.
pub fn line(verdict: &Verdict) -> String {
    let mark = if verdict.violations.is_empty() {
        "✔"
    } else {
        "✖"
    };
    let count = |name: &str| verdict.counts.get(name).copied().unwrap_or(0);
    let broken = match verdict.violations.len() {
        0 => String::new(),
        n => format!("  {n} violations"),
    };
    format!(
        "{mark} {:<28} seed {:<6} {:>6.1} s  {:>4} sagas  {:>5} calls  {:>3} faults  {:>3} kills  quiet after {:.1} s{broken}",
        verdict.name,
        verdict.seed,
        verdict.seconds,
        count("sagas"),
        count("calls"),
        count("faults"),
        count("kills"),
        verdict.healing,
    )
}

/// Everything about a run that broke a law: at most so many sagas of each law.
pub fn explained(verdict: &Verdict, most: usize) -> String {
    let mut text = String::new();
    let mut say = |line: String| {
        text += &line;
        text.push('\n');
    };
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for violation in &verdict.violations {
        let told = told.entry(violation.law).or_default();
        *told += 1;
        if *told > most {
            continue;
        }
        let says = crate::invariant::LAWS
            .iter()
            .find(|law| law.id == violation.law);
        let says = says.map_or("", |law| law.says);
        say(format!("  {} {says}", violation.law));
        say(format!("     {}: {}", violation.saga, violation.what));
        for line in &violation.evidence {
            say(format!("       {line}"));
        }
    }
    for (law, count) in told.iter().filter(|(_, count)| **count > most) {
        say(format!("  {law} … and {} more", count - most));
    }
    for note in &verdict.notes {
        say(format!("  note: {note}"));
    }
    if let Some(kept) = &verdict.kept {
        say(format!("  evidence: {kept}"));
    }
    if !verdict.violations.is_empty() {
        say(format!("  again:    {}", again(verdict)));
    }
    text
}

fn again(verdict: &Verdict) -> String {
    format!(
        "target/debug/chaos run {} --seed {}",
        verdict.name, verdict.seed
    )
}

/// The table of all runs.
pub fn table(verdicts: &[Verdict]) -> String {
    let mut text = String::new();
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for verdict in verdicts {
        for (name, count) in &verdict.counts {
            *sums.entry(name).or_default() += count;
        }
    }
    let seconds = verdicts
        .iter()
        .fold(0.0, |all, verdict| all + verdict.seconds);
    let broken = verdicts
        .iter()
        .filter(|verdict| !verdict.violations.is_empty());
    let broken: Vec<&Verdict> = broken.collect();
    let _ = writeln!(text, "\n{} runs in {seconds:.0} s", verdicts.len());
    for (name, count) in &sums {
        let _ = writeln!(text, "  {count:>8}  {name}");
    }
    if broken.is_empty() {
        let _ = writeln!(text, "no law was broken");
        return text;
    }
    let _ = writeln!(text, "{} broke a law:", broken.len());
    for verdict in broken {
        let _ = writeln!(
            text,
            "  {:<28} seed {:<6} {}",
            verdict.name,
            verdict.seed,
            again(verdict)
        );
    }
    text
}

/// Whether this is a run of the scenario with the seed.
pub fn is_of(run: &Entry, scenario: &Scenario, seed: u64) -> bool {
    run.name == scenario.name && run.notes.contains(&seed_note(seed))
}

/// How many sagas of this programme ran well at the commit that is checked out.
pub fn sagas_before(name: &str) -> usize {
    let runs = baton_report::ran_here(Kind::Chaos).into_iter();
    let sagas = runs
        .filter(|run| run.name == name)
        .filter_map(|run| run.counts.get("sagas").copied());
    usize::try_from(sagas.sum::<u64>()).unwrap_or(usize::MAX)
}

/// Whether as much of it ran well at the commit that is checked out.
pub fn ran_before(wish: &first::Wish) -> bool {
    let runs = baton_report::ran_here(Kind::Chaos);
    let enough = |run: &Entry| {
        let count = |name: &str| run.counts.get(name).copied().unwrap_or(0);
        let (kills, parked) = (wish.kills as u64, wish.parked as u64);
        count(first::KILLS) >= kills && count("sagas") >= parked
    };
    runs.iter()
        .any(|run| run.name == wish.name() && enough(run))
}

fn seed_note(seed: u64) -> String {
    format!("seed {seed}")
}

/// The run as the reliability report adds it up. What was planned with is not counted as happened.
pub fn entry(verdict: &Verdict) -> Entry {
    let violations = verdict.violations.iter();
    let violations =
        violations.map(|found| format!("{} {}: {}", found.law, found.saga, found.what));
    let mut counts = verdict.counts.clone();
    // They stand there by kind.
    counts.remove("faults");
    counts.remove("kills");
    if scenario::named(verdict.name).is_some_and(|scenario| scenario.ci) {
        counts.insert(EVERY_CHANGE.to_owned(), 1);
    }
    counts.retain(|_, count| *count > 0);
    let seed = seed_note(verdict.seed);
    Entry {
        kind: Kind::Chaos,
        name: verdict.name.to_owned(),
        seconds: verdict.seconds,
        counts,
        notes: std::iter::once(seed)
            .chain(verdict.notes.iter().cloned())
            .collect(),
        violations: violations.collect(),
        ..Entry::default()
    }
}
