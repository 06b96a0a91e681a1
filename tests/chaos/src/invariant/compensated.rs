//! I7: what a saga's end says of its effects is true in the ledger.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga, Step};
use baton_ledger::manner::{Lie, Manner};

pub(super) const LAW: Law = Law {
    id: "I7",
    says: "compensated means that nothing stands; completed, that every step stands once",
    binds: "services with tombstones; without, unless a call landed after its undo",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    evidence.sagas.values().flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let mut found = Vec::new();
    for step in saga.forward() {
        let standing = saga.standing(&step.key);
        let Some(wanted) = wanted(saga, step) else {
            continue;
        };
        let excused = saga.landed_late(&step.key) && !saga.service.keeps_tombstones();
        let right = match wanted {
            Wanted::Nothing => standing == 0 || excused,
            Wanted::Once => standing == 1,
            Wanted::AtLeastOnce => standing >= 1,
        };
        if !right {
            let (status, name) = (&saga.status, &step.name);
            let what =
                format!("it is {status}; of {name} {standing} effects stand, {wanted:?} should");
            found.push(broken(&LAW, &saga.id, what, saga.told(None)));
        }
    }
    found
}

#[derive(Debug)]
enum Wanted {
    Nothing,
    Once,
    AtLeastOnce,
}

/// What should stand of a step; none where nothing can be said.
fn wanted(saga: &Saga, step: &Step) -> Option<Wanted> {
    let can_be_undone = saga.shape.step(&step.name).is_some_and(|known| known.undo);
    let undone = saga
        .compensations(&step.name)
        .any(|undo| undo.status == "succeeded");
    match &*saga.status {
        "compensated" | "cancelled" if can_be_undone => Some(Wanted::Nothing),
        _ if undone => Some(Wanted::Nothing),
        "completed" if step.status == "succeeded" => stands(saga.service),
        "completed" if can_be_undone => Some(Wanted::Nothing),
        _ => None,
    }
}

/// What a success that was believed leaves behind.
fn stands(service: Manner) -> Option<Wanted> {
    match service {
        Manner::Liar(Lie::Unapplied200) => None,
        Manner::Liar(Lie::Twice) | Manner::Plain => Some(Wanted::AtLeastOnce),
        _ => Some(Wanted::Once),
    }
}
