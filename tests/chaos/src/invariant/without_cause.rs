//! I8: nothing is undone that was never tried.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga};

pub(super) const LAW: Law = Law {
    id: "I8",
    says: "a compensation undoes a step that had an attempt, by that step's key",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    evidence.sagas.values().flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let tried = |name: &str| {
        let mut steps = saga.forward();
        steps.any(|step| step.name == name && !step.attempts.is_empty())
    };
    let mut found = Vec::new();
    for step in &saga.steps {
        if let Some(undoes) = step.compensates.as_deref().filter(|undoes| !tried(undoes)) {
            let what = format!("{} undoes {undoes}, which was never tried", step.name);
            found.push(broken(&LAW, &saga.id, what, saga.told(None)));
        }
    }
    for (_, line) in saga.lines.iter().filter(|(_, line)| line.undo) {
        let key = line.compensates.as_deref().unwrap_or_default();
        let known = saga
            .forward()
            .any(|step| step.key == key && !step.attempts.is_empty());
        if !known {
            let what = format!("a call undoes key {key}, which no tried step has");
            found.push(broken(&LAW, &saga.id, what, saga.told(None)));
        }
    }
    found
}
