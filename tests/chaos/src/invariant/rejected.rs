//! I11: a step that was refused is undone all the same, unless refusals prove that nothing happened.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga, Step};
use baton_ledger::manner::Manner;
use baton_ledger::record::Verdict;

pub(super) const LAW: Law = Law {
    id: "I11",
    says: "a refused step is undone, and is not where `rejections: final` spares it",
    binds: "undone: all but final; spared: final",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    evidence.sagas.values().flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let over = matches!(&*saga.status, "compensated" | "cancelled");
    let mut found = Vec::new();
    for step in saga.forward().filter(|step| refused(saga, step)) {
        let can_be_undone = saga.shape.step(&step.name).is_some_and(|known| known.undo);
        let undone = saga.undos(&step.key).next().is_some();
        let what = match saga.service {
            Manner::Final if undone => format!("{} was refused for good, and undone", step.name),
            Manner::Final => continue,
            _ if over && can_be_undone && !undone => {
                format!("{} was refused, and never undone", step.name)
            }
            _ => continue,
        };
        found.push(broken(&LAW, &saga.id, what, saga.told(None)));
    }
    found
}

/// All its calls were refused, and Baton knows.
fn refused(saga: &Saga, step: &Step) -> bool {
    let known = step.attempts.last();
    let known = known.is_some_and(|last| last.status == "rejected" && last.http == Some(422));
    let mut calls = saga.calls(&step.name).peekable();
    known && calls.peek().is_some() && calls.all(|(_, line)| line.verdict == Verdict::Refused)
}
