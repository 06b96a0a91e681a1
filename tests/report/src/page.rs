//! The report, in Markdown.

use crate::earlier::{earlier, latest};
use crate::entry::Kind;
use crate::planted;
use crate::rate;
use crate::seeds;
use crate::set::{last_set, many_seeds};
use crate::streak::streak;
use crate::sums::{Sum, Sums};
use crate::table::{grouped, groups, table};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A programme's section: its title, what its rows are, and what one should know of it.
const SECTIONS: [(Kind, &str, &str, &str); 9] = [
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
        "Executions of the fuzz targets, and cases of the tools from elsewhere. `make fuzz` and `make test-extra`.",
    ),
    (
        Kind::Ci,
        "Every change",
        "part",
        "What `.ci/run` does before a change is merged, on a clean checkout, builds included. The whole is \
         to stay under an hour.",
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
        if kind == Kind::Explore {
            let explored = rate::explored(&newest_rows(sums, kind), simulated(sums).as_deref());
            text.push_str(&explored);
        }
        if kind == Kind::Chaos {
            text.push_str(&streak(sums).unwrap_or_default());
            text.push_str(&last_set(sums).unwrap_or_default());
            text.push_str(&many_seeds(sums).unwrap_or_default());
        }
    }
    write!(text, "\n## Violations found\n\n{}\n", found.trim()).expect("text");
    text.push_str(&commits(sums));
    text
}

/// The sums of a programme's newest commit.
fn newest_rows(sums: &Sums, kind: Kind) -> Vec<&Sum> {
    let of_kind = || sums.0.iter().filter(|sum| sum.kind == kind);
    let newest = of_kind().max_by(|a, b| a.to.cmp(&b.to));
    let of_commit = |sum: &&Sum| newest.is_some_and(|newest| newest.commit == sum.commit);
    of_kind().filter(of_commit).collect()
}

/// How many faults a second of one core strikes in the simulation.
fn simulated(sums: &Sums) -> Option<String> {
    rate::simulated(&newest_rows(sums, Kind::Simulation))
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
    text.push_str(&seeds::line(&rows));
    match newest.kind {
        // Each of many scenarios has faults of its own, and one commit seldom runs them all.
        Kind::Chaos => {}
        _ => text.push_str(&groups(&rows)),
    }
    if newest.kind == Kind::Simulation
        && let Some(rate) = rate::simulated(&rows)
    {
        write!(text, "\nA second of one core strikes {rate} faults.\n").expect("text");
    }
    let notes: BTreeSet<&String> = rows.iter().flat_map(|sum| &sum.notes).collect();
    let telling = |note: &&&String| seeds::noted(note).is_none() && !note.contains(" proxies: ");
    for note in notes.iter().filter(telling) {
        write!(text, "\n- {note}").expect("text");
    }
    for sum in &rows {
        for violation in &sum.violations {
            write!(text, "\n- **{}**: {violation}", sum.name).expect("text");
        }
    }
    text.push('\n');
    earlier(text, first, all, &rows);
    if newest.kind == Kind::Chaos {
        let every: Vec<&Sum> = latest(all).into_values().collect();
        text.push_str("\nIn the last runs of every scenario:\n");
        text.push_str(&groups(&every));
    }
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
