//! What a step costs, the record of it, and whether it grew.
//!
//! Kept are whole numbers: what the steps that lie between two batches cost together. A step's share is
//! only for people, so that no rounding hides how much a small figure grew.

use crate::batch::STEPS;
use crate::tally::Item;
use crate::valgrind::{Counted, count};
use crate::way::Way;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Of the recorded figure, in hundredths, what the counted one may be.
const MOST: u128 = 110;
/// The name under which a way's figures say how many steps they are of.
const OF: &str = "steps";

/// By way, then by item.
#[derive(Debug, PartialEq)]
pub(crate) struct Figures(BTreeMap<String, BTreeMap<String, u64>>);

/// Counts every way.
pub(crate) fn measured() -> Result<Figures, String> {
    let mut figures = BTreeMap::new();
    for way in Way::ALL {
        let [small, large] = way.batches();
        let (less, more) = (count(way, small)?, count(way, large)?);
        let of = between(items(&less), items(&more));
        let steps = (OF.to_owned(), ((large - small) * STEPS) as u64);
        figures.insert(way.word().to_owned(), of.chain([steps]).collect());
    }
    Ok(Figures(figures))
}

type Items = Vec<(&'static str, u64)>;

fn items(counted: &Counted) -> Items {
    let ports = Item::WORDS
        .iter()
        .map(|word| (*word, counted.ports[*word].as_u64().unwrap_or(0)));
    let own = [
        ("instructions", counted.instructions),
        ("memory blocks", counted.blocks),
        ("memory bytes", counted.bytes),
    ];
    own.into_iter().chain(ports).collect()
}

/// What the larger batch cost more.
fn between(less: Items, more: Items) -> impl Iterator<Item = (String, u64)> {
    let pairs = less.into_iter().zip(more);
    pairs.map(|((item, less), (_, more))| (item.to_owned(), more.saturating_sub(less)))
}

impl Figures {
    /// Says every figure beside the recorded one; fails where one grew by more than a tenth, and where
    /// the two do not list the same.
    pub(crate) fn check(&self) -> Result<(), String> {
        let path = path();
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let recorded = Self(serde_json::from_str(&text).map_err(|error| error.to_string())?);
        self.show(&recorded);
        let wrong = self.grown(&recorded);
        if wrong.is_empty() {
            return Ok(());
        }
        let wrong = wrong.join("\n  ");
        Err(format!(
            "a step costs more than a tenth above the record, or the record is of other figures:\n  {wrong}\n\
             Where it is worth it: `make count-record`, and the reason in the commit."
        ))
    }

    pub(crate) fn record(&self) -> Result<(), String> {
        let text = serde_json::to_string_pretty(&self.0).map_err(|error| error.to_string())?;
        fs::write(path(), text + "\n").map_err(|error| error.to_string())
    }

    fn show(&self, recorded: &Self) {
        println!("{:<28} {:>12} {:>12}", "per step", "recorded", "now");
        for (way, item, now) in self.all() {
            let name = format!("{way}, {item}");
            let was = recorded.of(way, item);
            let shown = was.map_or("-".to_owned(), |was| recorded.share(way, was));
            let change = was.map_or("new".to_owned(), |was| change(was, now));
            println!(
                "{name:<28} {shown:>12} {:>12} {change:>8}",
                self.share(way, now)
            );
        }
    }

    fn grown(&self, recorded: &Self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (way, item, now) in self.all() {
            let now_told = self.share(way, now);
            match recorded.of(way, item) {
                Some(was) if item == OF && was != now => wrong.push(format!(
                    "{way}: recorded of {was} steps, counted of {now}: no comparison"
                )),
                Some(was) if u128::from(now) * 100 <= u128::from(was) * MOST => {}
                Some(was) => wrong.push(format!(
                    "{way}, {item}: {} recorded, {now_told} now ({})",
                    recorded.share(way, was),
                    change(was, now)
                )),
                None => wrong.push(format!("{way}, {item}: not recorded, {now_told} now")),
            }
        }
        let gone = recorded
            .all()
            .filter(|(way, item, _)| self.of(way, item).is_none());
        wrong.extend(
            gone.map(|(way, item, _)| format!("{way}, {item}: recorded, and not counted any more")),
        );
        wrong
    }

    fn of(&self, way: &str, item: &str) -> Option<u64> {
        self.0.get(way)?.get(item).copied()
    }

    fn all(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.0.iter().flat_map(|(way, items)| {
            let items = items.iter();
            items.map(|(item, count)| (way.as_str(), item.as_str(), *count))
        })
    }

    /// Of one step, for people.
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
    fn share(&self, way: &str, count: u64) -> String {
        let steps = self.of(way, OF).unwrap_or(1).max(1);
        format!("{:.4}", count as f64 / steps as f64)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
fn change(was: u64, now: u64) -> String {
    if was == 0 {
        return String::new();
    }
    format!("{:+.1} %", (now as f64 / was as f64 - 1.0) * 100.0)
}

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/recorded.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a hundred steps.
    fn of(figures: &[(&str, u64)]) -> Figures {
        let figures = figures.iter().chain(&[(OF, 100)]);
        let figures = figures.map(|(item, count)| ((*item).to_owned(), *count));
        Figures(BTreeMap::from([("alone".to_owned(), figures.collect())]))
    }

    fn wrong(was: u64, now: u64) -> usize {
        of(&[("a", now)]).grown(&of(&[("a", was)])).len()
    }

    #[test]
    fn a_tenth_more_is_too_much_and_less_is_fine() {
        assert_eq!(wrong(1_000, 1_100), 0, "a tenth");
        assert_eq!(wrong(1_000, 1_101), 1, "more than a tenth");
        assert_eq!(wrong(1_000, 10), 0);
        assert_eq!(wrong(0, 0), 0);
        assert_eq!(wrong(0, 1), 1, "a tenth of nothing is nothing");
    }

    /// 0.40 a step, and 0.02.
    #[test]
    fn small_figures_are_held_to_a_tenth_too() {
        assert_eq!(wrong(40, 43), 0);
        assert_eq!(wrong(40, 45), 1);
        assert_eq!(wrong(2, 3), 1);
    }

    #[test]
    fn other_figures_than_the_recorded_are_no_comparison() {
        let recorded = of(&[("a", 1), ("b", 1)]);
        let wrong = of(&[("a", 1), ("c", 1)]).grown(&recorded);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        let mut fewer = of(&[("a", 1), ("b", 1)]);
        let steps = fewer.0.get_mut("alone").and_then(|items| items.get_mut(OF));
        *steps.expect("there") = 99;
        assert_eq!(fewer.grown(&recorded).len(), 1, "of other batches");
    }

    #[test]
    fn what_both_batches_share_falls_out() {
        let found: Vec<_> = between(vec![("a", 1_000)], vec![("a", 1_500)]).collect();
        assert_eq!(found, [("a".to_owned(), 500)]);
    }
}
