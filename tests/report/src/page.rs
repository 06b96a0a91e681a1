//! The report, in Markdown.

use crate::entry::Kind;
use crate::planted;
use crate::streak::streak;
use crate::sums::{Sum, Sums};
use crate::table::{grouped, groups, table};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A programme's section: its title, what its rows are, and what one should know of it.
const SECTIONS: [(Kind, &str, &str, &str); 8] = [
    (
        Kind::Simulation,
        "Deterministic simulation",
        "configuration",
        "The real core, driver, worker loop and admission on simulated time, store, queue and \
         services, in one thread, from one seed. `make sim SEEDS=N`; a seed replays exactly. A seed \
         here is one to three small sagas: equal numbers of seeds elsewhere are not equal depth.",
    ),
    (
        Kind::Planted,
        "Planted bugs",
        "bug",
        "Bugs planted on purpose, chosen at run time in a build that no release can be, and who \
         noticed each: `make planted`. `seeds` is how many the simulation took until a law was broken; \
         – is where somebody looked and found nothing. Found by one is found.",
    ),
    (
        Kind::Explore,
        "Every fault at every point",
        "saga",
        "Each reference saga, with every single fault, or every pair of faults, at every point where \
         something reaches or leaves the core. `make explore`.",
    ),
    (
        Kind::Mutants,
        "Mutants of the core",
        "part",
        "Small changes to the code of the core, made by cargo-mutants, that some test should notice. \
         `make mutants`.",
    ),
    (
        Kind::Chaos,
        "Chaos on real processes",
        "scenario",
        "Real orchestrators, workers, RabbitMQ, Redis and the embedded server; the judge is a ledger \
         that shares no code with Baton. `make chaos`.",
    ),
    (
        Kind::Matrix,
        "Versions",
        "brokers",
        "The contract suite and scenarios on other versions of the brokers. `make matrix`.",
    ),
    (
        Kind::PowerCut,
        "Power cuts",
        "how",
        "The embedded store with everything that was not synced taken away. `make powercut`.",
    ),
    (
        Kind::Fuzz,
        "Bad input in bulk",
        "target",
        "Executions of the fuzz targets, and cases of the tools from elsewhere. `make test-extra`.",
    ),
];

/// The whole page. `found` is what stands under "Violations found": written by people.
pub fn page(sums: &Sums, found: &str) -> String {
    let mut text = String::from(
        "# Reliability\n\nWhat was run, and what it found. Made by `make reliability-report` from \
         `reliability.jsonl`, which keeps the sums of each commit; only what was run is here, and \
         nothing else. What Baton promises, and what it does not, is in the README; how each \
         programme works is in ARCHITECTURE.md.\n",
    );
    for (kind, title, first, about) in SECTIONS {
        let of_kind: Vec<&Sum> = sums.0.iter().filter(|sum| sum.kind == kind).collect();
        write!(text, "\n## {title}\n\n{about}\n").expect("text");
        match of_kind.iter().max_by(|a, b| a.to.cmp(&b.to)) {
            None => text.push_str("\nNot run yet.\n"),
            Some(newest) => section(&mut text, first, &of_kind, newest),
        }
        if kind == Kind::Chaos {
            text.push_str(&streak(sums).unwrap_or_default());
        }
    }
    write!(text, "\n## Violations found\n\n{}\n", found.trim()).expect("text");
    text.push_str(&commits(sums));
    text
}

/// The rows of the newest commit, and then what only earlier ones ran.
fn section(text: &mut String, first: &str, all: &[&Sum], newest: &Sum) {
    let of_commit = |sum: &&&Sum| sum.commit == newest.commit;
    let rows: Vec<&Sum> = all.iter().filter(of_commit).copied().collect();
    let machines: BTreeSet<&String> = rows.iter().flat_map(|sum| &sum.machines).collect();
    let machines: Vec<&str> = machines.into_iter().map(String::as_str).collect();
    let commit = &newest.commit[..newest.commit.len().min(12)];
    let (day, on) = (day(newest), machines.join("; "));
    write!(text, "\nCommit `{commit}`, {day}, {on}.\n\n").expect("text");
    if newest.kind == Kind::Planted {
        text.push_str(&planted::table(&rows));
        return;
    }
    text.push_str(&table(first, &rows));
    text.push_str(&groups(&rows));
    if newest.kind == Kind::Explore {
        text.push_str(&rate(&rows));
    }
    let notes: BTreeSet<&String> = rows.iter().flat_map(|sum| &sum.notes).collect();
    for note in notes {
        write!(text, "\n- {note}").expect("text");
    }
    for sum in &rows {
        for violation in &sum.violations {
            write!(text, "\n- **{}**: {violation}", sum.name).expect("text");
        }
    }
    text.push('\n');
    earlier(text, first, all, &rows);
}

/// How many faults a second of one core strikes.
fn rate(rows: &[&Sum]) -> String {
    let count = |name: &str| -> u64 { rows.iter().filter_map(|sum| sum.counts.get(name)).sum() };
    match (count("faults"), count("processor ms")) {
        (_, 0) => String::new(),
        (faults, ms) => format!(
            "\nA second of one core strikes {} faults.\n",
            grouped(faults * 1000 / ms)
        ),
    }
}

/// What the newest commit did not run, as it was when it last ran.
fn earlier(text: &mut String, first: &str, all: &[&Sum], rows: &[&Sum]) {
    let mut latest: BTreeMap<&str, &Sum> = BTreeMap::new();
    for sum in all {
        let known = latest.entry(&sum.name).or_insert(sum);
        if known.to < sum.to {
            *known = sum;
        }
    }
    latest.retain(|name, _| rows.iter().all(|row| row.name != *name));
    if latest.is_empty() {
        return;
    }
    write!(
        text,
        "\nLast run at earlier commits:\n\n\
         | {first} | commit | runs | sagas | seconds | violations |\n|---|---|--:|--:|--:|--:|\n"
    )
    .expect("text");
    for (name, sum) in &latest {
        let commit = &sum.commit[..sum.commit.len().min(12)];
        let sagas = sum.counts.get("sagas").map(|count| grouped(*count));
        let (runs, sagas) = (grouped(sum.runs), sagas.unwrap_or_default());
        let (seconds, violations) = (sum.seconds, sum.violations.len());
        writeln!(
            text,
            "| {name} | `{commit}` | {runs} | {sagas} | {seconds:.0} | {violations} |"
        )
        .expect("text");
    }
    // Notes of many runs would fill the page.
    for (name, sum) in latest.into_iter().filter(|(_, sum)| sum.runs == 1) {
        let telling = |note: &&String| !note.starts_with("seed") && !note.contains("proxies:");
        for note in sum.notes.iter().filter(telling) {
            write!(text, "\n- {name}: {note}").expect("text");
        }
    }
    text.push('\n');
}

fn commits(sums: &Sums) -> String {
    let mut text = String::from(
        "\n## All commits\n\n| commit | programme | runs | seconds | violations | last run |\n\
         |---|---|--:|--:|--:|---|\n",
    );
    let mut seen = BTreeSet::new();
    for sum in &sums.0 {
        if !seen.insert((&sum.commit, sum.kind)) {
            continue;
        }
        let same = |other: &&Sum| (&other.commit, other.kind) == (&sum.commit, sum.kind);
        let all: Vec<&Sum> = sums.0.iter().filter(same).collect();
        let runs = grouped(all.iter().map(|sum| sum.runs).sum());
        let seconds: f64 = all.iter().map(|sum| sum.seconds).sum();
        let violations: usize = match sum.kind {
            Kind::Planted => planted::unnoticed(&all),
            _ => all.iter().map(|sum| sum.violations.len()).sum(),
        };
        let last = all.iter().map(|sum| day(sum)).max().unwrap_or_default();
        let commit = &sum.commit[..sum.commit.len().min(12)];
        let kind = sum.kind.word();
        writeln!(
            text,
            "| `{commit}` | {kind} | {runs} | {seconds:.0} | {violations} | {last} |"
        )
        .expect("text");
    }
    text
}

fn day(sum: &Sum) -> String {
    sum.to.chars().take(10).collect()
}
