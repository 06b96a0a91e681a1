//! Which of the jobs that are owed this process knows to be published.
//!
//! A duty may be settled only when *everything* owed was confirmed: also what an earlier batch
//! publishes beside us, and what another process owed before it died. What is not confirmed here is
//! published again when the duty comes due; a worker answers a second copy from its record.

use crate::lru::Lru;
use baton_shared::planted::{self, Bug};
use baton_shared::{JobId, SagaId};
use std::sync::{Mutex, MutexGuard};

/// Sagas with a job out that are remembered; one forgotten costs a second copy of its job.
const REMEMBERED: usize = 65_536;

#[derive(Debug)]
pub(super) struct Ledger {
    /// Each job owed, and whether its publication was confirmed.
    owed: Mutex<Lru<SagaId, Vec<(JobId, bool)>>>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            owed: Mutex::new(Lru::new(REMEMBERED)),
        }
    }
}

impl Ledger {
    /// The saga now owes exactly these.
    pub(super) fn owe(&self, saga: &SagaId, owed: &[JobId]) {
        let mut ledger = self.lock();
        let known = ledger.take(saga).unwrap_or_default();
        if owed.is_empty() {
            return;
        }
        let confirmed = |job: &JobId| known.iter().any(|(known, sent)| *sent && known == job);
        let entry = owed.iter().map(|job| (job.clone(), confirmed(job)));
        ledger.put(saga.clone(), entry.collect());
    }

    /// Notes confirmed jobs, and says whether everything the saga owes is confirmed.
    pub(super) fn confirm(&self, saga: &SagaId, jobs: &[JobId]) -> bool {
        let mut ledger = self.lock();
        let Some(mut owed) = ledger.take(saga) else {
            return false;
        };
        for (job, sent) in &mut owed {
            *sent |= jobs.contains(job);
        }
        let all = owed.iter().all(|(_, sent)| *sent) || planted::is(Bug::DutyClearedByOne);
        ledger.put(saga.clone(), owed);
        all
    }

    fn lock(&self) -> MutexGuard<'_, Lru<SagaId, Vec<(JobId, bool)>>> {
        self.owed.lock().expect("no panic while noting")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_shared::{JobKind, StepId};

    fn job(attempt: u32) -> JobId {
        JobId {
            saga: "s".parse().expect("id"),
            step: StepId::new("a"),
            kind: JobKind::Task,
            epoch: 0,
            round: 0,
            attempt,
        }
    }

    #[test]
    fn a_duty_is_settled_only_when_everything_owed_is_confirmed() {
        let (ledger, saga) = (Ledger::default(), "s".parse().expect("id"));
        ledger.owe(&saga, &[job(1), job(2)]);
        assert!(!ledger.confirm(&saga, &[job(2)]));
        assert!(ledger.confirm(&saga, &[job(1)]));
        ledger.owe(&saga, &[job(2), job(3)]);
        assert!(!ledger.confirm(&saga, &[]), "3 is new");
        assert!(ledger.confirm(&saga, &[job(3)]), "2 stays confirmed");
    }

    #[test]
    fn a_confirmation_after_the_outcome_leaves_nothing_behind() {
        let (ledger, saga) = (Ledger::default(), "s".parse().expect("id"));
        ledger.owe(&saga, &[job(1)]);
        ledger.owe(&saga, &[]);
        assert!(!ledger.confirm(&saga, &[job(1)]));
        assert!(ledger.lock().peek(&saga).is_none());
    }
}
