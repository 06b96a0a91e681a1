//! I15: what waits does not go on too early.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;
use baton_ledger::record::Verdict;

pub(super) const LAW: Law = Law {
    id: "I15",
    says: "a step after a wait is not called before the wait is over",
    binds: "all services, by the ledger's clock",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    for saga in evidence.sagas.values() {
        for step in saga.shape.steps.iter().filter(|step| step.rest_ms > 0) {
            let called = saga.calls(step.name).next().map(|(_, line)| line.at_ms);
            let before = step.after.iter().filter_map(|before| {
                let mut answered = saga
                    .calls(before)
                    .filter(|(_, line)| line.verdict == Verdict::Ok);
                answered.next().map(|(_, line)| line.at_ms)
            });
            let due = before.max().unwrap_or(0) + step.rest_ms;
            if let Some(called) = called.filter(|called| *called < due) {
                let what = format!("{} was called {} ms too early", step.name, due - called);
                found.push(broken(&LAW, &saga.id, what, saga.told(None)));
            }
        }
    }
    found
}
