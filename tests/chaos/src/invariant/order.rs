//! I6: a step is called only when those before it have succeeded.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga};
use baton_ledger::record::Verdict;

pub(super) const LAW: Law = Law {
    id: "I6",
    says: "the first call of a step comes after a success of every step before it",
    binds: "all services; a success is what the service said, true or not",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    evidence.sagas.values().flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let mut found = Vec::new();
    for step in saga.shape.steps {
        let Some((first, _)) = saga.calls(step.name).next() else {
            continue;
        };
        for before in step.after {
            let mut answered = saga
                .calls(before)
                .filter(|(_, line)| line.verdict == Verdict::Ok);
            if answered.next().is_none_or(|(at, _)| at > first) {
                let what = format!("{} was called before {before} had succeeded", step.name);
                found.push(broken(&LAW, &saga.id, what, saga.told(None)));
            }
        }
    }
    found
}
