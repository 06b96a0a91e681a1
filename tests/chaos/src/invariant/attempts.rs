//! I13: attempts are bounded, and apart.

use super::{Law, Violation, broken};
use crate::client::{Came, Kind};
use crate::evidence::{Evidence, Saga, Step};
use crate::workload::{DELAY_MS, RETRIES, UNDO_RETRIES};
use jiff::SignedDuration;
use std::collections::BTreeMap;

pub(super) const LAW: Law = Law {
    id: "I13",
    says: "no more attempts than the policy grants, and its pause between two",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    // What a person retried may be tried as often again.
    let mut retried: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for op in evidence
        .log
        .iter()
        .filter(|op| op.kind == Kind::Operate && op.came != Came::Fail)
    {
        let step = op.note.strip_prefix("retry ").unwrap_or_default().trim();
        let step = step.split(' ').next().unwrap_or_default();
        *retried.entry((&op.saga, step)).or_default() += 1;
    }
    let mut found = Vec::new();
    for saga in evidence.sagas.values() {
        for step in saga.steps.iter().filter(|step| step.service) {
            let more = retried.get(&(&*saga.id, &*step.name)).copied().unwrap_or(0);
            found.extend(of_step(saga, step, more));
        }
    }
    found
}

fn of_step(saga: &Saga, step: &Step, retried: usize) -> Option<Violation> {
    let granted = if step.compensates.is_some() {
        UNDO_RETRIES
    } else {
        RETRIES
    };
    let most = (granted as usize + 1) * (retried + 1);
    let made = step.attempts.len();
    if made > most {
        let what = format!(
            "{} had {made} attempts, at most {most} are granted",
            step.name
        );
        return Some(broken(&LAW, &saga.id, what, saga.told(None)));
    }
    let pause = SignedDuration::from_millis(i64::try_from(DELAY_MS).unwrap_or(0));
    let hasty = step
        .attempts
        .windows(2)
        .filter(|pair| match (pair[0].ended, pair[1].started) {
            (Some(ended), Some(started)) => started.duration_since(ended) < pause,
            _ => false,
        });
    (hasty.count() > retried).then(|| {
        let what = format!(
            "an attempt of {} came less than {DELAY_MS} ms after the last",
            step.name
        );
        broken(&LAW, &saga.id, what, saga.told(None))
    })
}
