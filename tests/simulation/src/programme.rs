//! A long programme of seeds: run in blocks, each kept when it is done, so that one that was stopped goes on.
//!
//! ```text
//!   asked ─► less what ran at this very commit ─► blocks ─► a campaign each ─► a line of the results each
//! ```

use crate::campaign::Tally;
use crate::cover::Coverage;
use baton_report::{Entry, Kind, ran_here, stretch};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Who stops a programme loses so many seeds at most.
pub const BLOCK: u64 = 10_000;

/// What ran before.
#[derive(Debug, Default)]
pub struct Before {
    runs: Vec<Entry>,
}

impl Before {
    /// What ran in this configuration at the commit that is checked out, and kept every law.
    pub fn here(name: &str) -> Self {
        Self::of(ran_here(Kind::Simulation), name)
    }

    fn of(mut runs: Vec<Entry>, name: &str) -> Self {
        runs.retain(|run| run.name == name && run.seeds().is_some());
        Self { runs }
    }

    /// What of these seeds is still to be run. Blocks end where those of other programmes do, so that the
    /// same seeds are the same blocks.
    pub fn left(&self, asked: &Range<u64>) -> Vec<Range<u64>> {
        let known: Vec<_> = self.runs.iter().filter_map(Entry::seeds).collect();
        let left = stretch::left(asked, &known);
        left.into_iter().flat_map(blocks).collect()
    }

    /// What was reached by those of these seeds that ran.
    pub fn reached(&self, asked: &Range<u64>) -> BTreeSet<String> {
        let of = |run: &&Entry| {
            let seeds = run.seeds();
            seeds.is_some_and(|seeds| seeds.start < asked.end && asked.start < seeds.end)
        };
        let runs = self.runs.iter().filter(of);
        runs.flat_map(|run| run.reached.iter().cloned()).collect()
    }
}

fn blocks(stretch: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let first = stretch.start / BLOCK;
    let blocks = (first..)
        .map(move |block| stretch.start.max(block * BLOCK)..stretch.end.min((block + 1) * BLOCK));
    blocks.take_while(|block| !block.is_empty())
}

/// A block as the results have it.
pub fn entry(name: &str, block: &Range<u64>, tally: &Tally, seconds: f64) -> Entry {
    let broken = tally.broken.iter();
    let broken =
        broken.map(|(seed, broken)| format!("seed {seed}, {}: {}", broken.law, broken.what));
    let whole = tally.broken.is_empty() && tally.seeds == block.end - block.start;
    Entry {
        kind: Kind::Simulation,
        name: name.to_owned(),
        seconds,
        counts: counts(tally),
        violations: broken.collect(),
        from: whole.then_some(block.start),
        reached: tally.coverage.reached().into_iter().collect(),
        ..Entry::default()
    }
}

/// What a whole programme never reached, as the results have it; none where it reached everything.
pub fn gap(name: &str, missing: &[String]) -> Option<Entry> {
    let never = missing.iter().map(|what| format!("never reached: {what}"));
    let entry = Entry {
        kind: Kind::Simulation,
        name: name.to_owned(),
        violations: never.collect(),
        ..Entry::default()
    };
    (!missing.is_empty()).then_some(entry)
}

/// What is counted of a campaign.
pub fn counts(tally: &Tally) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::from([
        ("seeds".to_owned(), tally.seeds),
        ("calls".to_owned(), tally.calls),
        ("faults".to_owned(), tally.faults()),
    ]);
    for (fault, times) in &tally.coverage.faults {
        counts.insert(format!("fault.{}", fault.name()), *times);
    }
    counts
}

/// What was reached neither now nor before.
pub fn missing(tally: &Tally, before: BTreeSet<String>) -> Vec<String> {
    let mut reached = before;
    reached.extend(tally.coverage.reached());
    let all = Coverage::all().into_iter();
    all.filter(|what| !reached.contains(what)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::Broken;

    fn ran(seeds: Range<u64>) -> (Tally, Range<u64>) {
        let tally = Tally {
            seeds: seeds.end - seeds.start,
            ..Tally::default()
        };
        (tally, seeds)
    }

    fn before(blocks: &[Range<u64>]) -> Before {
        let runs = blocks.iter().map(|block| {
            let (tally, block) = ran(block.clone());
            entry("all nets", &block, &tally, 1.0)
        });
        Before::of(runs.collect(), "all nets")
    }

    #[test]
    fn a_programme_goes_on_where_it_was_stopped() {
        let asked = 5..45_000;
        let blocks = Before::default().left(&asked);
        assert_eq!(
            blocks,
            [
                5..10_000,
                10_000..20_000,
                20_000..30_000,
                30_000..40_000,
                40_000..45_000
            ]
        );
        // Killed in its third block.
        let ran = before(&blocks[..2]);
        assert_eq!(ran.left(&asked), blocks[2..]);
        assert_eq!(before(&blocks).left(&asked), []);
        let more = before(&blocks).left(&(0..50_000));
        assert_eq!(more, [0..5, 45_000..50_000]);
    }

    #[test]
    fn a_block_that_broke_a_law_or_was_cut_short_runs_again() {
        let (tally, block) = ran(0..10);
        let mut broke = tally.clone();
        let what = String::new();
        broke.broken.push((
            3,
            Broken {
                law: "it_ends",
                what,
            },
        ));
        let short = Tally {
            seeds: 9,
            ..tally.clone()
        };
        for (tally, seeds) in [(tally, Some(0..10)), (broke, None), (short, None)] {
            assert_eq!(entry("all nets", &block, &tally, 1.0).seeds(), seeds);
        }
    }

    #[test]
    fn what_another_configuration_ran_is_not_left_out() {
        let (tally, block) = ran(0..10);
        let runs = vec![entry("without duty", &block, &tally, 1.0)];
        assert_eq!(
            Before::of(runs, "all nets").left(&block),
            std::slice::from_ref(&block)
        );
    }

    #[test]
    fn what_was_reached_before_is_reached() {
        let (tally, _) = ran(0..10);
        let all = Coverage::all();
        assert_eq!(missing(&tally, BTreeSet::new()), all);
        let rest = missing(&tally, all[1..].iter().cloned().collect());
        assert_eq!(rest, all[..1]);
        assert_eq!(gap("all nets", &[]), None);
        assert!(gap("all nets", &rest).is_some_and(|gap| gap.violations.len() == 1));
    }
}
