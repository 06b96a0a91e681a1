//! I20: nobody grows without end.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;

pub(super) const LAW: Law = Law {
    id: "I20",
    says: "no process of Baton ever has more than 512 MiB resident",
    binds: "orchestrators, workers and `baton dev`, whatever services answer",
    check,
};

const MOST_KIB: u64 = 512 * 1024;

fn check(evidence: &Evidence) -> Vec<Violation> {
    let peaks = evidence.peaks.iter();
    let grown = peaks
        .filter(|(_, kib)| **kib > MOST_KIB)
        .map(|(program, kib)| {
            let what = format!("{program} had {} MiB resident", kib / 1024);
            broken(&LAW, "-", what, Vec::new())
        });
    grown.collect()
}
