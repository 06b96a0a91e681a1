//! I9: what is undone is undone backwards.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga};
use baton_ledger::record::Verdict;

pub(super) const LAW: Law = Law {
    id: "I9",
    says: "a step is undone only when all that followed from it is",
    binds: "all services; first rounds, since what succeeds late is undone at once",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    evidence.sagas.values().flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let mut found = Vec::new();
    for early in saga.shape.steps {
        let Some(first) = first_undo(saga, early.name) else {
            continue;
        };
        let later = saga
            .shape
            .steps
            .iter()
            .filter(|step| follows(saga, step.name, early.name));
        for late in later {
            if first_undo(saga, late.name).is_some()
                && settled(saga, late.name).is_none_or(|at| at > first)
            {
                let what = format!("{} was undone before {}", early.name, late.name);
                found.push(broken(&LAW, &saga.id, what, saga.told(None)));
            }
        }
    }
    found
}

/// Where the first round of undoing this step begins.
fn first_undo(saga: &Saga, step: &str) -> Option<usize> {
    let (_, call) = saga.calls(step).next()?;
    let mut first = saga
        .undos(&call.key)
        .filter(|(_, line)| line.key.ends_with(":undo"));
    first.next().map(|(at, _)| *at)
}

/// Where a call to undo this step was first answered for good.
fn settled(saga: &Saga, step: &str) -> Option<usize> {
    let (_, call) = saga.calls(step).next()?;
    let mut undos = saga.undos(&call.key);
    let settled = |verdict| matches!(verdict, Verdict::Ok | Verdict::Absent);
    undos
        .find(|(_, line)| settled(line.verdict))
        .map(|(at, _)| *at)
}

/// Whether `late` follows, at some distance, from `early`.
fn follows(saga: &Saga, late: &str, early: &str) -> bool {
    let after = saga.shape.step(late).map_or(&[][..], |step| step.after);
    after
        .iter()
        .any(|before| *before == early || follows(saga, before, early))
}
