//! I14: what was published is consumed, and what was owed is done.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;

pub(super) const LAW: Law = Law {
    id: "I14",
    says: "once all is quiet nothing is left in a queue or unacknowledged, and nothing is due of what has ended",
    binds: "RabbitMQ and Redis",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let left = |(queue, messages): (&String, &u64)| {
        let what = format!("{messages} messages are left in {queue}");
        broken(&LAW, "-", what, Vec::new())
    };
    let due = |member: &String| {
        let (what, saga) = member.split_once('|').unwrap_or_default();
        let what = if what == "d" {
            "a duty to publish"
        } else {
            "a timer"
        };
        broken(
            &LAW,
            saga,
            format!("it has ended, and {what} is left"),
            Vec::new(),
        )
    };
    let queued = evidence.queued.iter().map(left);
    queued.chain(evidence.due.iter().map(due)).collect()
}
