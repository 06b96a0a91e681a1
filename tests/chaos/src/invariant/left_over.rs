//! I14: what was published is consumed.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;

pub(super) const LAW: Law = Law {
    id: "I14",
    says: "once all is quiet no job and no outcome is left in a queue",
    binds: "RabbitMQ",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let left = |(queue, messages): (&String, &u64)| {
        let what = format!("{messages} messages are left in {queue}");
        broken(&LAW, "-", what, Vec::new())
    };
    evidence.queued.iter().map(left).collect()
}
