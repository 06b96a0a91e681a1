//! I12: after the point of no return only forward.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga};

pub(super) const LAW: Law = Law {
    id: "I12",
    says: "after the pivot nothing before it is undone, and the saga does not go back",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    evidence.sagas.values().flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let Some(pivot) = &saga.pivot else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if matches!(&*saga.status, "compensated" | "cancelled") {
        let what = format!("it passed {pivot} and is {}", saga.status);
        found.push(broken(&LAW, &saga.id, what, saga.told(None)));
    }
    if saga.lines.iter().any(|(_, line)| line.undo) {
        let what = format!("it passed {pivot}, and something was undone");
        found.push(broken(&LAW, &saga.id, what, saga.told(None)));
    }
    found
}
