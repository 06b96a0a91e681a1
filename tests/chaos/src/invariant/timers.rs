//! I15: what waits does not go on too early, nor long after it could.
//!
//! ```text
//!   a answered ── its wait ──► due ───────── fault ───────── healed ── LATE ──┤ b must have been called
//!   a answered ── its wait ──► due ── LATE ──┤ the same, where the fault was over before
//! ```

use super::{Law, Violation, broken};
use crate::client::Kind;
use crate::evidence::{Evidence, Saga};
use crate::workload::Step;
use baton_ledger::record::Verdict;

/// Longer than a claim that died with its orchestrator, a job that is published again, and a call that hangs take
/// together.
const LATE_MS: u64 = 60_000;

pub(super) const LAW: Law = Law {
    id: "I15",
    says: "a step after a wait is called when the wait is over: not before, and not a minute after all is well again",
    binds: "all services, by the ledger's clock",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    for saga in evidence.sagas.values() {
        for step in saga.shape.steps.iter().filter(|step| step.rest_ms > 0) {
            let wrong = early(saga, step).or_else(|| late(evidence, saga, step));
            found.extend(wrong.map(|what| broken(&LAW, &saga.id, what, saga.told(None))));
        }
    }
    found
}

/// Of several answers the first is the one that the wait may have begun with.
fn early(saga: &Saga, step: &Step) -> Option<String> {
    let called = called(saga, step)?;
    let first = |before: &&'static str| answered(saga, before).next();
    let began = step.after.iter().filter_map(first).max();
    let due = began.unwrap_or(0) + step.rest_ms;
    (called < due).then(|| format!("{} was called {} ms too early", step.name, due - called))
}

/// Of several answers before the call the last is the one that it may have begun with. Where a person acted it
/// may have begun at any time.
fn late(evidence: &Evidence, saga: &Saga, step: &Step) -> Option<String> {
    let mut log = evidence.log.iter();
    if log.any(|op| op.kind == Kind::Operate && op.saga == saga.id) {
        return None;
    }
    let called = called(saga, step)?;
    let last = |before: &&'static str| answered(saga, before).filter(|at| *at <= called).last();
    let due = step.after.iter().filter_map(last).max()? + step.rest_ms;
    let last = due.max(evidence.healed_ms) + LATE_MS;
    (called > last).then(|| format!("{} was called {} ms too late", step.name, called - due))
}

fn called(saga: &Saga, step: &Step) -> Option<u64> {
    saga.calls(step.name).next().map(|(_, line)| line.at_ms)
}

/// When the step's calls came that were answered with success.
fn answered<'a>(saga: &'a Saga, step: &'a str) -> impl Iterator<Item = u64> {
    let well = saga
        .calls(step)
        .filter(|(_, line)| line.verdict == Verdict::Ok);
    well.map(|(_, line)| line.at_ms)
}
