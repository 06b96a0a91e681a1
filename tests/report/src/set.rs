//! What sets of scenarios ran: those of every change, and how long they took; and all of them, with several seeds.

use crate::entry::Kind;
use crate::streak::EVERY_CHANGE;
use crate::sums::{Sum, Sums};
use std::collections::{BTreeMap, BTreeSet};

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

/// Scenarios that are enough to say so, and seeds of each.
const MANY: (usize, u64) = (36, 5);

/// One sentence about the newest commit at which many scenarios ran with several seeds, and no law was broken.
pub(crate) fn many_seeds(sums: &Sums) -> Option<String> {
    let (scenarios, seeds) = MANY;
    let whole =
        |sum: &&Sum| sum.kind == Kind::Chaos && sum.runs >= seeds && sum.violations.is_empty();
    let mut by_commit: BTreeMap<&str, Vec<&Sum>> = BTreeMap::new();
    for sum in sums.0.iter().filter(whole) {
        by_commit.entry(&sum.commit).or_default().push(sum);
    }
    let enough = by_commit
        .into_iter()
        .filter(|(_, ran)| ran.len() >= scenarios);
    let (commit, ran) = enough.max_by_key(|(_, ran)| ran.iter().map(|sum| sum.to.clone()).max())?;
    let (commit, date) = (
        &commit[..commit.len().min(12)],
        ran[0].to.split('T').next()?,
    );
    Some(format!(
        "\n{} scenarios ran with {seeds} seeds each, or more, without a broken law, at commit `{commit}`, {date}, the last time that so many did at one commit.\n",
        ran.len()
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

    #[test]
    fn many_scenarios_are_told_where_each_ran_well_with_every_seed() {
        let run = |name: usize, commit: &str, seed: u64, broken: bool| Entry {
            kind: Kind::Chaos,
            name: format!("s{name}"),
            commit: commit.to_owned(),
            at: format!("2026-01-0{commit}T00:00:0{seed}Z"),
            violations: broken.then(|| "I1".to_owned()).into_iter().collect(),
            ..Entry::default()
        };
        let mut sums = Sums::default();
        for name in 0..37 {
            for seed in 0..5 {
                sums.add(run(name, "1", seed, name == 0 && seed == 4));
                sums.add(run(name, "2", seed, name < 2 && seed == 4));
            }
        }
        let said = many_seeds(&sums).expect("36 of the first are whole");
        assert!(said.contains("36 scenarios ran with 5 seeds"), "{said}");
        assert!(said.contains("`1`, 2026-01-01"), "{said}");
    }
}
