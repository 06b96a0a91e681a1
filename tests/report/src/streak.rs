//! How often the scenarios of every change ran in a row without a broken law.

use crate::entry::Kind;
use crate::sums::{Sum, Sums};
use std::collections::BTreeSet;

/// What a run counts whose scenario runs for every change.
pub const EVERY_CHANGE: &str = "every change";

/// One sentence: the fewest runs of any of these scenarios since it last broke a law. A sum in which one did
/// counts nothing, whatever came after it at that commit.
pub(crate) fn streak(sums: &Sums) -> Option<String> {
    let chaos: Vec<&Sum> = sums
        .0
        .iter()
        .filter(|sum| sum.kind == Kind::Chaos)
        .collect();
    let of_set = chaos
        .iter()
        .filter(|sum| sum.counts.contains_key(EVERY_CHANGE));
    let names: BTreeSet<&str> = of_set.map(|sum| &*sum.name).collect();
    let since = |name: &&str| {
        let mut all: Vec<&&Sum> = chaos.iter().filter(|sum| sum.name == *name).collect();
        all.sort_by(|a, b| b.from.cmp(&a.from));
        let well: Vec<_> = all
            .into_iter()
            .take_while(|sum| sum.violations.is_empty())
            .collect();
        let runs = well.iter().map(|sum| sum.runs).sum::<u64>();
        let first = well.last().map_or("", |sum| day(&sum.from));
        let last = well.first().map_or("", |sum| day(&sum.to));
        (runs, first, last)
    };
    let (runs, first, last) = names.iter().map(since).min()?;
    Some(format!(
        "\nThe {} scenarios that run for every change ran {runs} times in a row, or more, without a broken \
         law, from {first} to {last}.\n",
        names.len()
    ))
}

fn day(at: &str) -> &str {
    at.get(..10).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;

    #[test]
    fn a_broken_law_begins_it_anew() {
        let run = |name: &str, at: &str, set: bool, violations: &[&str]| Entry {
            kind: Kind::Chaos,
            name: name.to_owned(),
            counts: set
                .then(|| (EVERY_CHANGE.to_owned(), 1))
                .into_iter()
                .collect(),
            violations: violations.iter().map(|what| (*what).to_owned()).collect(),
            commit: at.to_owned(),
            at: format!("{at}T00:00:00Z"),
            ..Entry::default()
        };
        let mut sums = Sums::default();
        assert_eq!(streak(&sums), None);
        for day in ["2026-01-01", "2026-01-02", "2026-01-03"] {
            sums.add(run("killed", day, true, &[]));
            sums.add(run("torn", day, true, &[]));
        }
        sums.add(run("other", "2026-01-03", false, &["it broke"]));
        let said = |sums: &Sums| streak(sums).expect("some ran");
        assert!(said(&sums).contains("2 scenarios"));
        assert!(said(&sums).contains("3 times"));
        sums.add(run("torn", "2026-01-04", false, &["it broke"]));
        assert!(said(&sums).contains("0 times"));
        sums.add(run("torn", "2026-01-05", true, &[]));
        assert!(said(&sums).contains("1 times in a row, or more"));
        assert!(said(&sums).contains("from 2026-01-05 to 2026-01-05"));
    }
}
