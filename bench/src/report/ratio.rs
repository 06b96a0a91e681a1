//! One system over another, round by round of a session that measured both; and the budgets.

use super::budget::Budget;
use super::sheet::Spread;
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The median of the rounds' ratios, and what it should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    pub what: String,
    pub workload: String,
    pub of: String,
    pub over: String,
    pub spread: Spread,
    pub budget: Option<Budget>,
    pub rounds: usize,
}

/// Which ratios are of interest: workload, figure, of, over, budget.
type Wanted = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<Budget>,
);

use Budget::{AtLeast, AtMost};
const WANTED: &[Wanted] = &[
    ("W1", "steps/s", "embedded", "restate", Some(AtLeast(2.0))),
    ("W1", "p50 ms", "embedded", "restate", Some(AtMost(0.5))),
    ("W1", "cpu", "embedded", "restate", Some(AtMost(0.5))),
    ("W1", "steps/s", "brokers", "restate", Some(AtLeast(1.0))),
    ("W1", "steps/s", "brokers", "ceiling", Some(AtLeast(0.8))),
    ("W1", "p50 ms", "brokers", "restate", Some(AtMost(2.0))),
    ("W1", "cpu", "brokers", "restate", Some(AtMost(0.5))),
    ("W1", "steps/s", "embedded", "append", None),
    ("W1", "steps/s", "everysec", "brokers", None),
    ("W1", "steps/s", "embedded", "celery", None),
    ("W1", "steps/s", "brokers", "celery", None),
    ("W1", "cpu", "brokers", "celery", None),
    ("W1", "p50 ms", "brokers", "celery", None),
    ("W2", "sagas/s", "embedded", "restate", None),
    ("W2", "sagas/s", "brokers", "restate", None),
    ("W2", "sagas/s", "embedded", "celery", None),
    ("W2", "sagas/s", "brokers", "celery", None),
    ("W7", "steps/s", "2", "1", None),
    ("W7", "steps/s", "4", "1", None),
];

impl Ratio {
    /// Where it stands among those of interest, if it is one.
    pub(super) fn place(&self) -> Option<usize> {
        let wanted = |(workload, figure, of, over, _): &Wanted| {
            [*workload, *figure, *of, *over] == [&*self.workload, &self.what, &self.of, &self.over]
        };
        WANTED.iter().position(wanted)
    }
}

/// The ratios for which there are figures.
pub(super) fn all(records: &[Record]) -> Vec<Ratio> {
    WANTED
        .iter()
        .filter_map(|wanted| one(records, *wanted))
        .collect()
}

fn one(records: &[Record], (workload, figure, of, over, budget): Wanted) -> Option<Ratio> {
    // By session, then by round: the values of both.
    let mut sessions: BTreeMap<&str, BTreeMap<usize, [Option<f64>; 2]>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.workload == workload) {
        let place = [of, over]
            .iter()
            .position(|system| record.system == *system);
        if let (Some(place), Some(value)) = (place, record.figures.get(figure)) {
            let rounds = sessions.entry(&record.session).or_default();
            rounds.entry(record.round).or_default()[place] = Some(*value);
        }
    }
    let ratios = |rounds: &BTreeMap<usize, [Option<f64>; 2]>| -> Vec<f64> {
        let both = rounds
            .values()
            .filter_map(|[of, over]| Some((*of)? / (*over)?));
        both.collect()
    };
    let ratios = sessions
        .values()
        .rev()
        .map(ratios)
        .find(|ratios| !ratios.is_empty())?;
    let rounds = ratios.len();
    Some(Ratio {
        what: figure.to_owned(),
        workload: workload.to_owned(),
        of: of.to_owned(),
        over: over.to_owned(),
        spread: Spread::of(ratios)?,
        budget,
        rounds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(session: &str, round: usize, system: &str, value: f64) -> Record {
        Record {
            workload: "W1".to_owned(),
            variant: String::new(),
            system: system.to_owned(),
            session: session.to_owned(),
            round,
            figures: BTreeMap::from([("steps/s".to_owned(), value)]),
            settings: BTreeMap::new(),
            commit: String::new(),
            dirty: false,
            machine: String::new(),
            at: String::new(),
        }
    }

    /// Never figures of two sessions, and of a session round by round.
    #[test]
    fn only_what_alternated_is_compared() {
        let mut records = vec![
            record("a", 0, "brokers", 10.0),
            record("a", 0, "ceiling", 20.0),
            record("a", 1, "brokers", 30.0),
            record("a", 1, "ceiling", 40.0),
            record("b", 0, "brokers", 99.0),
        ];
        let found = all(&records);
        assert_eq!(found.len(), 1);
        let Spread { median, min, max } = found[0].spread;
        assert_eq!([median, min, max], [0.625, 0.5, 0.75]);
        assert_eq!(found[0].rounds, 2);
        assert!(!found[0].budget.expect("0.8").kept(median));
        records.truncate(1);
        assert!(all(&records).is_empty());
    }
}
