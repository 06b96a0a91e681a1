//! I1: every saga ends, or waits for a person and says why.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, is_final};
use serde_json::Value;

pub(super) const LAW: Law = Law {
    id: "I1",
    says: "every saga ends, or a dead letter says what it waits for",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    for (id, saga) in &evidence.sagas {
        let reasons: Vec<&str> = evidence
            .letters
            .iter()
            .filter(|letter| letter["saga"] == **id)
            .filter_map(|letter| letter["reason"].as_str())
            .collect();
        let said = !reasons.is_empty() && reasons.iter().all(|reason| !reason.is_empty());
        let ended = is_final(&saga.status) || (saga.status == "suspended" && said);
        if !ended {
            let what = format!("it is {} and nobody is asked", saga.status);
            found.push(broken(&LAW, id, what, saga.told(None)));
        }
        let busy = saga
            .steps
            .iter()
            .find(|step| matches!(&*step.status, "running" | "scheduled"));
        if let Some(step) = busy.filter(|_| ended) {
            let what = format!(
                "it is {}, and {} is still {}",
                saga.status, step.name, step.status
            );
            found.push(broken(&LAW, id, what, saga.told(None)));
        }
    }
    found.extend(evidence.letters.iter().filter_map(pointless));
    found
}

/// A letter of a saga that nobody can act on.
fn pointless(letter: &Value) -> Option<Violation> {
    let reason = letter["reason"].as_str().unwrap_or_default();
    let saga = letter["saga"].as_str().unwrap_or("-");
    reason.is_empty().then(|| {
        broken(
            &LAW,
            saga,
            "a dead letter without a reason",
            vec![letter.to_string()],
        )
    })
}
