//! Planted bugs: who noticed which. Several programmes look for the same bug, each under a name of its
//! own; found by one is found.
//!
//! ```text
//!   simulation: AgainForgotten ─┐
//!   core: AgainForgotten ───────┼─► one row: AgainForgotten, and what each of them says
//!   outside: … ─────────────────┘
//! ```

use crate::entry::{Entry, Kind};
use crate::sums::Sum;
use crate::table::grouped;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The programmes, and what their columns are called.
const PROGRAMMES: [(&str, &str); 3] = [
    ("simulation", "a law of the simulation"),
    ("core", "stories and walks of the core"),
    ("outside", "a test of driver or worker"),
];

/// What one programme says of one bug.
#[derive(Clone, Debug)]
struct Said {
    found: bool,
    seeds: u64,
    by: String,
}

/// By bug, then by programme.
type Bugs = BTreeMap<String, BTreeMap<String, Said>>;

fn bugs<'a>(
    all: impl Iterator<Item = (&'a String, &'a BTreeMap<String, u64>, &'a Vec<String>)>,
) -> Bugs {
    let mut bugs = Bugs::new();
    for (name, counts, notes) in all {
        let (programme, bug) = name.split_once(": ").unwrap_or(("simulation", name));
        let count = |what: &str| counts.get(what).copied().unwrap_or(0);
        let said = Said {
            found: count("found") > 0,
            seeds: count("seeds"),
            by: notes.join("; "),
        };
        let row = bugs.entry(bug.to_owned()).or_default();
        row.insert(programme.to_owned(), said);
    }
    bugs
}

fn of_sums(rows: &[&Sum]) -> Bugs {
    bugs(rows.iter().map(|sum| (&sum.name, &sum.counts, &sum.notes)))
}

/// Bugs that no programme noticed.
fn missed(bugs: &Bugs) -> Vec<&str> {
    let nobody = |row: &BTreeMap<String, Said>| !row.values().any(|said| said.found);
    let missed = bugs.iter().filter(|(_, row)| nobody(row));
    missed.map(|(bug, _)| bug.as_str()).collect()
}

/// How many bugs no programme noticed.
pub(crate) fn unnoticed(rows: &[&Sum]) -> usize {
    missed(&of_sums(rows)).len()
}

/// One row a bug, and what it comes to.
pub(crate) fn table(rows: &[&Sum]) -> String {
    let bugs = of_sums(rows);
    let mut text = String::from("| bug |");
    for (_, title) in PROGRAMMES {
        write!(text, " {title} |").expect("text");
    }
    text.push_str(" seeds |\n|---|---|---|---|--:|\n");
    for (bug, row) in &bugs {
        write!(text, "| {bug} |").expect("text");
        for (programme, _) in PROGRAMMES {
            write!(text, " {} |", cell(row.get(programme))).expect("text");
        }
        let simulated = row.get("simulation").filter(|said| said.found);
        let seeds = simulated.map(|said| grouped(said.seeds));
        writeln!(text, " {} |", seeds.unwrap_or_default()).expect("text");
    }
    write!(text, "\n{}\n", told(&bugs)).expect("text");
    text
}

/// Empty where the programme did not look.
fn cell(said: Option<&Said>) -> &str {
    match said {
        None => "",
        Some(said) if said.found => &said.by,
        Some(_) => "–",
    }
}

/// In a sentence or two: found by anybody, found by the simulation, found by nobody.
fn told(bugs: &Bugs) -> String {
    let missed = missed(bugs);
    let (all, found) = (bugs.len(), bugs.len() - missed.len());
    let mut text = format!("Found by anybody: {found} of {all}.");
    let simulated = bugs.values().filter_map(|row| row.get("simulation"));
    let simulated: Vec<&Said> = simulated.collect();
    let mut seeds: Vec<u64> = simulated
        .iter()
        .filter(|said| said.found)
        .map(|said| said.seeds)
        .collect();
    seeds.sort_unstable();
    if let (Some(middle), Some(most)) = (seeds.get(seeds.len() / 2), seeds.last()) {
        let (found, of) = (seeds.len(), simulated.len());
        let (middle, most) = (grouped(*middle), grouped(*most));
        write!(
            text,
            " By the simulation alone: {found} of {of}, median {middle} seeds, at most {most}."
        )
        .expect("text");
    }
    if !missed.is_empty() {
        write!(text, " **Found by nobody: {}.**", missed.join(", ")).expect("text");
    }
    text
}

/// What the runs of one commit came to; an error where a bug was found by nobody. Of two runs of the
/// same name the newest counts.
pub fn planted(runs: &[Entry], commit: &str) -> Result<String, String> {
    let of_commit = |run: &&Entry| run.kind == Kind::Planted && run.commit == commit;
    let runs = runs.iter().filter(of_commit);
    let bugs = bugs(runs.map(|run| (&run.name, &run.counts, &run.notes)));
    let programmes: BTreeSet<&String> = bugs.values().flat_map(BTreeMap::keys).collect();
    if programmes.is_empty() {
        return Err("no planted bug was looked for at this commit: scripts/planted".to_owned());
    }
    let said = told(&bugs);
    if missed(&bugs).is_empty() {
        Ok(said)
    } else {
        Err(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, found: u64, seeds: u64) -> Entry {
        Entry {
            kind: Kind::Planted,
            name: name.to_owned(),
            counts: BTreeMap::from([("found".to_owned(), found), ("seeds".to_owned(), seeds)]),
            notes: vec!["net_zero".to_owned()],
            commit: "c".to_owned(),
            ..Entry::default()
        }
    }

    #[test]
    fn found_by_one_is_found() {
        let runs = [run("simulation: A", 0, 9), run("core: A", 1, 2)];
        let said = planted(&runs, "c").expect("found by the core");
        assert_eq!(said, "Found by anybody: 1 of 1.");
    }

    #[test]
    fn found_by_nobody_is_an_error_that_names_it() {
        let runs = [run("simulation: A", 1, 9), run("simulation: B", 0, 9)];
        let said = planted(&runs, "c").expect_err("B is missed");
        assert!(
            said.contains("alone: 1 of 2, median 9 seeds, at most 9"),
            "{said}"
        );
        assert!(said.contains("nobody: B"), "{said}");
        planted(&runs, "d").expect_err("nothing ran there");
    }

    #[test]
    fn a_row_says_what_each_programme_says() {
        let sums: Vec<Sum> = [run("simulation: A", 0, 9), run("outside: A", 1, 0)]
            .map(Sum::from)
            .into();
        let rows: Vec<&Sum> = sums.iter().collect();
        let text = table(&rows);
        assert!(text.contains("| A | – |  | net_zero |  |"), "{text}");
        assert_eq!(unnoticed(&rows), 0);
    }
}
