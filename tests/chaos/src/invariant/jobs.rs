//! I22: no job is left over.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;

pub(super) const LAW: Law = Law {
    id: "I22",
    says: "every job is done or a dead letter: the queues are empty, and no message is an orphan",
    binds: "RabbitMQ, and all letters",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    for (queue, messages) in &evidence.queued {
        let what = format!("{messages} messages are left in {queue}");
        found.push(broken(&LAW, "-", what, Vec::new()));
    }
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
