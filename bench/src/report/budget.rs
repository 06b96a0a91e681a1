//! What was set before anything was measured: limits of ratios, and of figures by themselves.

use super::sheet::{Row, Spread};
use serde::{Deserialize, Serialize};

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Budget {
    AtLeast(f64),
    AtMost(f64),
}

impl Budget {
    /// Whether a median keeps it.
    pub fn kept(self, value: f64) -> bool {
        match self {
            Self::AtLeast(limit) => value >= limit,
            Self::AtMost(limit) => value <= limit,
        }
    }

    /// As it stands in a table: the limit, and whether it is kept.
    pub(super) fn said(self, value: f64) -> [String; 2] {
        let limit = match self {
            Self::AtLeast(limit) => format!("≥ {limit}"),
            Self::AtMost(limit) => format!("≤ {limit}"),
        };
        let kept = if self.kept(value) {
            "kept"
        } else {
            "**missed**"
        };
        [limit, kept.to_owned()]
    }
}

/// A figure that has a budget of its own: workload, variant, system, figure.
type Limited = (&'static str, &'static str, &'static str, &'static str);

const LIMITED: &[(Limited, f64)] = &[
    (
        ("W3", "50,000 waiting", "embedded", "above idle MiB"),
        100.0,
    ),
    (("W3", "50,000 waiting", "brokers", "above idle MiB"), 100.0),
    (
        ("W4", "loop of 1,000", "embedded", "warm last over first"),
        1.2,
    ),
    (
        ("W4", "loop of 1,000", "brokers", "warm last over first"),
        1.2,
    ),
    (("W5", "100,000 live", "embedded", "first decision s"), 1.0),
];

/// The figures of a row that have budgets.
pub(super) fn of(row: &Row) -> impl Iterator<Item = (&'static str, Spread, Budget)> + '_ {
    let meant = LIMITED
        .iter()
        .filter(|((workload, variant, system, _), _)| {
            [*workload, *variant, *system] == [&*row.workload, &*row.variant, &*row.system]
        });
    meant.filter_map(|((.., figure), most)| {
        let spread = row.figures.get(*figure)?;
        Some((*figure, *spread, Budget::AtMost(*most)))
    })
}
