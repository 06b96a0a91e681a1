//! How long the scenarios of every change took when they last all ran.

use crate::entry::Kind;
use crate::streak::EVERY_CHANGE;
use crate::sums::{Sum, Sums};
use std::collections::BTreeSet;

/// One sentence about the newest commit at which each of them ran. Sums keep the seconds of all runs together, so
/// where a scenario ran several times its mean counts.
pub(crate) fn last_set(sums: &Sums) -> Option<String> {
    let of_set = |sum: &&Sum| sum.kind == Kind::Chaos && sum.counts.contains_key(EVERY_CHANGE);
    let ran: Vec<&Sum> = sums.0.iter().filter(of_set).collect();
    let names: BTreeSet<&str> = ran.iter().map(|sum| &*sum.name).collect();
    let at = |commit: &str| -> Vec<&Sum> {
        let here = ran.iter().filter(|sum| sum.commit == commit);
        here.copied().collect()
    };
    let whole = ran
        .iter()
        .filter(|sum| at(&sum.commit).len() == names.len());
    let newest = whole.max_by(|a, b| a.to.cmp(&b.to))?;
    let set = at(&newest.commit);
    let seconds: f64 = set.iter().map(|sum| sum.seconds / sum.runs as f64).sum();
    let runs = set.iter().map(|sum| sum.runs).max()?;
    let mean = if runs > 1 {
        ", each by the mean of its runs there"
    } else {
        ""
    };
    let commit = &newest.commit[..newest.commit.len().min(12)];
    Some(format!(
        "\nThe last whole set of these, {} scenarios at commit `{commit}`, took {seconds:.0} seconds{mean}.\n",
        names.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;

    #[test]
    fn only_a_whole_set_counts_and_a_scenario_once() {
        let run = |name: &str, commit: &str, seconds: f64| Entry {
            kind: Kind::Chaos,
            name: name.to_owned(),
            seconds,
            counts: [(EVERY_CHANGE.to_owned(), 1)].into(),
            commit: commit.to_owned(),
            at: commit.to_owned(),
            ..Entry::default()
        };
        let mut sums = Sums::default();
        assert_eq!(last_set(&sums), None);
        for entry in [
            run("a", "1", 10.0),
            run("b", "1", 20.0),
            run("a", "2", 30.0),
            run("a", "2", 50.0),
            run("b", "2", 2.0),
            run("a", "3", 99.0),
        ] {
            sums.add(entry);
        }
        let said = last_set(&sums).expect("it ran");
        assert!(
            said.contains("2 scenarios at commit `2`, took 42 seconds"),
            "{said}"
        );
    }
}
