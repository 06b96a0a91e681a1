//! What a step costs, the record of it, and whether it grew.

use crate::batch::STEPS;
use crate::tally::Item;
use crate::valgrind::{Counted, count};
use crate::way::Way;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// How much of the recorded figure may come on top of it.
const GROWTH: f64 = 0.10;
/// Growth that no rounding explains: a tenth of next to nothing is nothing.
const GRAIN: f64 = 0.05;

/// Per step, by way and item: `alone, instructions`.
#[derive(Debug, PartialEq)]
pub(crate) struct Figures(BTreeMap<String, f64>);

/// Counts every way.
pub(crate) fn measured() -> Result<Figures, String> {
    let mut figures = BTreeMap::new();
    for way in Way::ALL {
        let [small, large] = way.batches();
        let (less, more) = (count(way, small)?, count(way, large)?);
        let steps = (large - small) * STEPS;
        for ((item, less), (_, more)) in items(&less).into_iter().zip(items(&more)) {
            figures.insert(format!("{}, {item}", way.word()), per(less, more, steps));
        }
    }
    Ok(Figures(figures))
}

fn items(counted: &Counted) -> Vec<(&'static str, u64)> {
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

#[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
fn per(less: u64, more: u64, steps: usize) -> f64 {
    let difference = more as f64 - less as f64;
    (difference / steps as f64 * 100.0).round() / 100.0
}

impl Figures {
    /// Says every figure beside the recorded one; fails where one grew by more than a tenth, and where
    /// the two do not list the same.
    pub(crate) fn check(&self) -> Result<(), String> {
        let path = path();
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let recorded = Self(serde_json::from_str(&text).map_err(|error| error.to_string())?);
        println!(
            "{:<28} {:>12} {:>12} {:>8}",
            "per step", "recorded", "now", ""
        );
        for (name, now) in &self.0 {
            let was = recorded.0.get(name);
            let change = was.map_or("new".to_owned(), |was| change(*was, *now));
            let was = was.map_or("-".to_owned(), f64::to_string);
            println!("{name:<28} {was:>12} {now:>12} {change:>8}");
        }
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

    fn grown(&self, recorded: &Self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (name, now) in &self.0 {
            match recorded.0.get(name) {
                Some(was) if *now <= was * (1.0 + GROWTH) + GRAIN => {}
                Some(was) => wrong.push(format!(
                    "{name}: {was} recorded, {now} now ({})",
                    change(*was, *now)
                )),
                None => wrong.push(format!("{name}: not recorded, {now} now")),
            }
        }
        let gone = recorded.0.keys().filter(|name| !self.0.contains_key(*name));
        wrong.extend(gone.map(|name| format!("{name}: recorded, and not counted any more")));
        wrong
    }
}

fn change(was: f64, now: f64) -> String {
    if was == 0.0 {
        return String::new();
    }
    format!("{:+.1} %", (now - was) / was * 100.0)
}

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/recorded.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(figures: &[(&str, f64)]) -> Figures {
        let figures = figures.iter();
        Figures(
            figures
                .map(|(name, figure)| ((*name).to_owned(), *figure))
                .collect(),
        )
    }

    #[test]
    fn a_tenth_more_is_too_much_and_less_is_fine() {
        let recorded = of(&[("a", 1_000.0), ("b", 0.0)]);
        assert!(
            of(&[("a", 1_100.0), ("b", 0.0)])
                .grown(&recorded)
                .is_empty()
        );
        assert!(of(&[("a", 10.0), ("b", 0.0)]).grown(&recorded).is_empty());
        assert_eq!(of(&[("a", 1_101.0), ("b", 0.0)]).grown(&recorded).len(), 1);
        assert_eq!(of(&[("a", 1_000.0), ("b", 0.2)]).grown(&recorded).len(), 1);
    }

    #[test]
    fn other_figures_than_the_recorded_are_no_comparison() {
        let recorded = of(&[("a", 1.0), ("b", 1.0)]);
        let wrong = of(&[("a", 1.0), ("c", 1.0)]).grown(&recorded);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }

    #[test]
    fn what_both_batches_share_falls_out() {
        assert!((per(1_000, 1_500, 100) - 5.0).abs() < 1e-9);
    }
}
