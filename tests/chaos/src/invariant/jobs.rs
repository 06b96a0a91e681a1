//! I22: what cannot be done is shown to somebody.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;
use serde_json::Value;

pub(super) const LAW: Law = Law {
    id: "I22",
    says: "every job is done or a dead letter, and no message is an orphan",
    binds: "all letters but those about sagas that the store lost",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    let orphans: Vec<_> = evidence
        .letters
        .iter()
        .filter(|letter| letter["saga"].is_null() && !is_of_lost(evidence, letter))
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

/// It speaks of a saga that was lost: nothing else could be done with it.
fn is_of_lost(evidence: &Evidence, letter: &Value) -> bool {
    let reason = letter["reason"].as_str().unwrap_or_default();
    let names = |id: &String| reason == format!("there is no saga `{id}`");
    evidence.lost.iter().any(names)
}
