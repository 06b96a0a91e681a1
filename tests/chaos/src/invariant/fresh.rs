//! I10: forward is over when undoing begins.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga, Step};
use jiff::Timestamp;

pub(super) const LAW: Law = Law {
    id: "I10",
    says: "no attempt of a step starts after its compensation did, and none of the saga after a rollback",
    binds: "all services; told by Baton's history, since a late copy may reach the ledger",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    evidence.sagas.values().flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let starts = |step: &Step| {
        step.attempts
            .iter()
            .filter_map(|attempt| attempt.started)
            .collect::<Vec<_>>()
    };
    let undone = |of: Option<&str>| -> Option<Timestamp> {
        let undos = saga.steps.iter().filter(|step| step.compensates.is_some());
        let undos = undos.filter(|step| of.is_none() || step.compensates.as_deref() == of);
        undos.flat_map(starts).min()
    };
    // A block that is caught is undone while the saga goes on.
    let whole = saga.shape.name != "try";
    let mut found = Vec::new();
    for step in saga.forward() {
        let since = if whole {
            undone(None)
        } else {
            undone(Some(&step.name))
        };
        let last = starts(step).into_iter().max();
        if let (Some(since), Some(last)) = (since, last)
            && last > since
        {
            let what = format!(
                "an attempt of {} started at {last}, undoing began at {since}",
                step.name
            );
            found.push(broken(&LAW, &saga.id, what, saga.told(None)));
        }
    }
    found
}
