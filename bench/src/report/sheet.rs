//! Records that belong together, as one row.

use super::ratio::{self, Ratio};
use crate::fault::Fault;
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Runs below which nothing is told, and rounds below which nothing is compared.
const ENOUGH: usize = 3;

/// Everything that was measured last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    pub rows: Vec<Row>,
    pub ratios: Vec<Ratio>,
}

/// One system in one variant of a workload, in the last session that measured it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub workload: String,
    pub variant: String,
    pub system: String,
    pub runs: usize,
    pub commit: String,
    pub dirty: bool,
    pub machine: String,
    pub at: String,
    pub settings: BTreeMap<String, String>,
    pub figures: BTreeMap<String, Spread>,
}

/// The median of some runs, with the smallest and the largest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// None of no values.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = match values.len() {
            0 => return None,
            n if n % 2 == 1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        };
        Some(Self {
            median,
            min: values[0],
            max: values[values.len() - 1],
        })
    }
}

impl Sheet {
    pub fn of(records: &[Record]) -> Self {
        let mut groups: BTreeMap<[&str; 3], Vec<&Record>> = BTreeMap::new();
        for record in records {
            let key = [&*record.workload, &*record.variant, &*record.system];
            let group = groups.entry(key).or_default();
            // Sessions are named by their time: a later one takes the place of what was before.
            match group.first() {
                Some(first) if first.session > record.session => continue,
                Some(first) if first.session < record.session => group.clear(),
                _ => {}
            }
            group.push(record);
        }
        let mut rows: Vec<Row> = groups.into_values().map(|group| row(&group)).collect();
        rows.sort_by_key(Row::place);
        Self {
            rows,
            ratios: ratio::all(records),
        }
    }

    /// With what an earlier sheet has and this one has not: each row says of which commit it is. A ratio
    /// of rows that were measured again is not taken over, nor one of which one side was.
    #[must_use]
    pub fn over(mut self, earlier: Self) -> Self {
        let again = |workload: &str, system: &str| {
            let mut rows = self.rows.iter();
            rows.any(|row| row.workload == workload && row.system == system)
        };
        let stands = |ratio: &Ratio| {
            !again(&ratio.workload, &ratio.of) && !again(&ratio.workload, &ratio.over)
        };
        let mut ratios: Vec<Ratio> = earlier.ratios.into_iter().filter(stands).collect();
        ratios.append(&mut self.ratios);
        ratios.retain(|ratio| ratio.place().is_some());
        ratios.sort_by_key(Ratio::place);
        for row in earlier.rows {
            if self.rows.iter().all(|newer| newer.what() != row.what()) {
                self.rows.push(row);
            }
        }
        self.rows.sort_by_key(Row::place);
        Self {
            rows: self.rows,
            ratios,
        }
    }

    pub fn read(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// That every row was taken of a release build, from a commit as it is, at least three times, and that
    /// every ratio is of as many rounds.
    pub fn fit_to_be_told(&self) -> Result<(), Fault> {
        for row in &self.rows {
            let Row {
                workload,
                variant,
                system,
                runs,
                ..
            } = row;
            let why = match row.settings.get("profile").map(String::as_str) {
                _ if row.settings.contains_key("scale") => "was scaled down",
                _ if row.dirty => "ran with uncommitted changes",
                _ if *runs < ENOUGH => "ran less than three times",
                Some("release") => continue,
                _ => "is no release build",
            };
            let what = format!("{workload} {variant} {system}");
            return Err(Fault(format!(
                "{what} {why}: no figure for the documentation"
            )));
        }
        match self.ratios.iter().find(|ratio| ratio.rounds < ENOUGH) {
            None => Ok(()),
            Some(Ratio {
                workload,
                of,
                over,
                rounds,
                ..
            }) => Err(Fault(format!(
                "{workload}: {of} and {over} ran in turn {rounds} times only: no ratio for the documentation"
            ))),
        }
    }
}

impl Row {
    /// What was measured, of which the sheet has one row.
    fn what(&self) -> [&str; 3] {
        [&self.workload, &self.variant, &self.system]
    }

    /// Where it stands among the others.
    fn place(&self) -> (String, (String, u64), String) {
        let variant = natural(&self.variant);
        (self.workload.clone(), variant, self.system.clone())
    }
}

/// So that `16 steps` comes before `128 steps`.
fn natural(variant: &str) -> (String, u64) {
    let digits: String = variant.chars().filter(char::is_ascii_digit).collect();
    let words = variant
        .chars()
        .filter(|c| !c.is_ascii_digit() && *c != ',')
        .collect();
    (words, digits.parse().unwrap_or(0))
}

fn row(group: &[&Record]) -> Row {
    let last = group[group.len() - 1];
    let names = group.iter().flat_map(|record| record.figures.keys());
    let spread = |name: &String| {
        let values = group
            .iter()
            .filter_map(|record| record.figures.get(name).copied());
        Some((name.clone(), Spread::of(values.collect())?))
    };
    Row {
        workload: last.workload.clone(),
        variant: last.variant.clone(),
        system: last.system.clone(),
        runs: group.len(),
        commit: last.commit.clone(),
        dirty: group.iter().any(|record| record.dirty),
        machine: last.machine.clone(),
        at: last.at.clone(),
        settings: last.settings.clone(),
        figures: names.filter_map(spread).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(session: &str, round: usize, value: f64) -> Record {
        Record {
            workload: "W1".to_owned(),
            variant: String::new(),
            system: "embedded".to_owned(),
            session: session.to_owned(),
            round,
            figures: BTreeMap::from([("steps/s".to_owned(), value)]),
            settings: BTreeMap::new(),
            commit: "c".to_owned(),
            dirty: false,
            machine: "m".to_owned(),
            at: session.to_owned(),
        }
    }

    #[test]
    fn the_median_has_its_range() {
        assert_eq!(Spread::of(vec![]), None);
        let of = |values: &[f64]| {
            let Spread { median, min, max } = Spread::of(values.to_vec()).expect("some");
            [median, min, max]
        };
        assert_eq!(of(&[3.0, 1.0, 2.0]), [2.0, 1.0, 3.0]);
        assert_eq!(of(&[4.0, 1.0]), [2.5, 1.0, 4.0]);
    }

    #[test]
    fn the_last_session_counts() {
        let records = [
            record("b", 0, 5.0),
            record("b", 1, 7.0),
            record("a", 0, 1.0),
        ];
        let sheet = Sheet::of(&records);
        assert_eq!(sheet.rows.len(), 1);
        assert_eq!(
            (sheet.rows[0].runs, sheet.rows[0].figures["steps/s"].median),
            (2, 6.0)
        );
    }

    #[test]
    fn what_was_not_measured_again_stays() {
        let of = |system: &str, session: &str, value: f64| Record {
            system: system.to_owned(),
            ..record(session, 0, value)
        };
        let earlier = Sheet::of(&[
            of("embedded", "a", 30.0),
            of("brokers", "a", 10.0),
            of("restate", "a", 10.0),
        ]);
        assert_eq!(earlier.ratios.len(), 2);
        let later = Sheet::of(&[of("brokers", "b", 12.0)]).over(earlier.clone());
        let told: Vec<_> = later
            .rows
            .iter()
            .map(|row| (&*row.system, row.figures["steps/s"].median))
            .collect();
        assert_eq!(
            told,
            [("brokers", 12.0), ("embedded", 30.0), ("restate", 10.0)]
        );
        let ratios: Vec<_> = later.ratios.iter().map(|ratio| &*ratio.of).collect();
        assert_eq!(ratios, ["embedded"], "brokers ran without restate");
        let all = Sheet::of(&[of("brokers", "b", 12.0), of("restate", "b", 6.0)]).over(earlier);
        let ratios: Vec<_> = all.ratios.iter().map(|ratio| ratio.spread.median).collect();
        assert_eq!(ratios, [2.0], "embedded over another restate would be none");
        assert_eq!(Sheet::read(&all.json()).expect("reads"), all);
    }

    #[test]
    fn a_ratio_of_two_rounds_is_not_told() {
        let of = |system: &str, round| {
            let mut record = record("a", round, 1.0);
            record.system = system.to_owned();
            record.settings = BTreeMap::from([("profile".to_owned(), "release".to_owned())]);
            record
        };
        let mut records = vec![of("embedded", 0), of("embedded", 1), of("embedded", 2)];
        records.extend([of("restate", 0), of("restate", 1), of("restate", 3)]);
        let told = Sheet::of(&records).fit_to_be_told().expect_err("two");
        assert!(told.to_string().contains("2 times only"), "{told}");
        records.push(of("restate", 2));
        Sheet::of(&records).fit_to_be_told().expect("three");
    }

    #[test]
    fn numbers_are_in_order() {
        let mut variants = ["loop of 1,000", "fork of 2", "loop of 10"];
        variants.sort_by_key(|variant| natural(variant));
        assert_eq!(variants, ["fork of 2", "loop of 10", "loop of 1,000"]);
    }
}
