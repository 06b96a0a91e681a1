//! I22: what cannot be done is shown to somebody.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;

pub(super) const LAW: Law = Law {
    id: "I22",
    says: "every job is done or a dead letter, and no message is an orphan",
    binds: "all letters",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    let orphans: Vec<_> = evidence
        .letters
        .iter()
        .filter(|letter| letter["saga"].is_null())
        .collect();
    if orphans.len() > evidence.plan.orphans {
        let what = format!(
            "{} orphans, {} were expected",
            orphans.len(),
            evidence.plan.orphans
        );
        let told = orphans.iter().map(|letter| letter.to_string()).collect();
        found.push(broken(&LAW, "-", what, told));
    }
    found
}
