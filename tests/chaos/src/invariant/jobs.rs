//! I22: what cannot be done is shown to somebody.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;
use crate::orphan::Orphan;
use serde_json::Value;

pub(super) const LAW: Law = Law {
    id: "I22",
    says: "every job is done or a dead letter, and no message is an orphan but what the scenario sent, whole",
    binds: "all letters but those about sagas that the store lost",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut sent = evidence.plan.orphans.clone();
    let mut found = Vec::new();
    let orphans = evidence.letters.iter();
    for orphan in orphans.filter(|letter| letter["saga"].is_null() && !is_of_lost(evidence, letter))
    {
        match sent.iter().position(|sent| sent.is(orphan)) {
            Some(at) => drop(sent.swap_remove(at)),
            None => found.push(broken(&LAW, "-", unexpected(orphan), Vec::new())),
        }
    }
    let missing = |sent: &Orphan| {
        let what = format!("it was sent and is no orphan: {}", sent.told());
        broken(&LAW, "-", what, Vec::new())
    };
    found.extend(sent.iter().map(missing));
    found
}

/// The message of an orphan may be megabytes long.
fn unexpected(orphan: &Value) -> String {
    let message = orphan["message"].to_string();
    let message: String = message.chars().take(1_000).collect();
    let reason = orphan["reason"].as_str().unwrap_or_default();
    format!("an orphan that nobody sent: {reason}: {message}")
}

/// It speaks of a saga that was lost: nothing else could be done with it.
fn is_of_lost(evidence: &Evidence, letter: &Value) -> bool {
    let reason = letter["reason"].as_str().unwrap_or_default();
    let names = |id: &String| reason == format!("there is no saga `{id}`");
    evidence.lost.iter().any(names)
}
