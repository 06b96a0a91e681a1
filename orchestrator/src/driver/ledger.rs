//! Which of the jobs that are owed this process knows to be published.
//!
//! A duty may be settled only when *everything* owed was confirmed: also what an earlier batch
//! publishes beside us, and what another process owed before it died. What is not confirmed here is
//! published again when the duty comes due; a worker answers a second copy from its record.

use crate::lru::Lru;
use baton_engine::store::Version;
use baton_shared::planted::{self, Bug};
use baton_shared::{JobId, SagaId, Timestamp};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Sagas with a job out that are remembered; one forgotten costs a second copy of its job.
const REMEMBERED: usize = 65_536;

#[derive(Debug)]
pub(super) struct Ledger {
    owed: Mutex<Lru<SagaId, Owed>>,
}

/// What one saga owes, since its last transition.
#[derive(Debug)]
struct Owed {
    at: Version,
    since: Timestamp,
    /// Each job, and whether its publication was confirmed.
    jobs: Vec<(JobId, bool)>,
    /// Whether it stands in the line of those to be settled.
    waits: bool,
}

/// How a saga's duty stands when its turn in the line comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Everything is published, and nothing happened for long enough.
    Settle(Version),
    /// It moved on a short while ago, perhaps once more soon: it is looked at again then.
    Later(Timestamp),
    /// Nothing is owed any more, or something is still to be published, which lines up anew.
    Leave,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            owed: Mutex::new(Lru::new(REMEMBERED)),
        }
    }
}

impl Ledger {
    /// The saga now, at this version, owes exactly these.
    pub(super) fn owe(&self, saga: &SagaId, at: Version, since: Timestamp, owed: &[JobId]) {
        let mut ledger = self.lock();
        let known = ledger.take(saga);
        if owed.is_empty() {
            return;
        }
        let (known, waits) = known.map_or((Vec::new(), false), |known| (known.jobs, known.waits));
        let confirmed = |job: &JobId| known.iter().any(|(known, sent)| *sent && known == job);
        let jobs = owed.iter().map(|job| (job.clone(), confirmed(job)));
        let owed = Owed {
            at,
            since,
            jobs: jobs.collect(),
            waits,
        };
        ledger.put(saga.clone(), owed);
    }

    /// Notes confirmed jobs, and says whether everything the saga owes is confirmed.
    pub(super) fn confirm(&self, saga: &SagaId, jobs: &[JobId]) -> bool {
        let mut ledger = self.lock();
        let Some(owed) = ledger.get_mut(saga) else {
            return false;
        };
        for (job, sent) in &mut owed.jobs {
            *sent |= jobs.contains(job);
        }
        owed.is_published()
    }

    /// Puts the saga in the line, and says whether it did not stand there before.
    pub(super) fn line_up(&self, saga: &SagaId) -> bool {
        let mut ledger = self.lock();
        let stands = |owed: &mut Owed| std::mem::replace(&mut owed.waits, true);
        ledger.get_mut(saga).is_some_and(|owed| !stands(owed))
    }

    /// What is to be done, at `now`, about a saga that stood in the line; it is calm when it did not move
    /// for so long. Only `Later` leaves it there.
    pub(super) fn look(&self, saga: &SagaId, calm: Duration, now: Timestamp) -> Look {
        let mut ledger = self.lock();
        let Some(owed) = ledger.get_mut(saga) else {
            return Look::Leave;
        };
        owed.waits = false;
        if !owed.is_published() {
            return Look::Leave;
        }
        let at = owed.since.after(calm);
        if at > now {
            owed.waits = true;
            return Look::Later(at);
        }
        Look::Settle(owed.at)
    }

    fn lock(&self) -> MutexGuard<'_, Lru<SagaId, Owed>> {
        self.owed.lock().expect("no panic while noting")
    }
}

impl Owed {
    fn is_published(&self) -> bool {
        self.jobs.iter().all(|(_, sent)| *sent) || planted::is(Bug::DutyClearedByOne)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_shared::{JobKind, StepId};

    const AT: Version = Version { seq: 1, txid: 7 };
    const SINCE: Timestamp = Timestamp(1000);

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
        ledger.owe(&saga, AT, SINCE, &[job(1), job(2)]);
        assert!(!ledger.confirm(&saga, &[job(2)]));
        assert!(ledger.confirm(&saga, &[job(1)]));
        ledger.owe(&saga, AT, SINCE, &[job(2), job(3)]);
        assert!(!ledger.confirm(&saga, &[]), "3 is new");
        assert!(ledger.confirm(&saga, &[job(3)]), "2 stays confirmed");
    }

    #[test]
    fn a_confirmation_after_the_outcome_leaves_nothing_behind() {
        let (ledger, saga) = (Ledger::default(), "s".parse().expect("id"));
        ledger.owe(&saga, AT, SINCE, &[job(1)]);
        ledger.owe(&saga, AT, SINCE, &[]);
        assert!(!ledger.confirm(&saga, &[job(1)]));
        assert!(ledger.lock().peek(&saga).is_none());
    }

    #[test]
    fn a_saga_is_settled_when_it_is_calm_and_all_is_published() {
        let (ledger, saga) = (Ledger::default(), "s".parse().expect("id"));
        let later = Version { seq: 2, txid: 8 };
        ledger.owe(&saga, AT, SINCE, &[job(1)]);
        ledger.confirm(&saga, &[job(1)]);
        assert!(ledger.line_up(&saga));
        assert!(!ledger.line_up(&saga), "it stands there already");
        ledger.owe(&saga, later, Timestamp(1200), &[job(1), job(2)]);
        assert!(!ledger.line_up(&saga), "it still does");
        let look = |now| ledger.look(&saga, Duration::from_millis(250), Timestamp(now));
        assert_eq!(look(1300), Look::Leave, "2 is out");
        ledger.confirm(&saga, &[job(2)]);
        assert!(ledger.line_up(&saga), "it had left");
        assert_eq!(look(1300), Look::Later(Timestamp(1450)), "it just moved");
        assert!(!ledger.line_up(&saga), "it was left in the line");
        assert_eq!(look(1450), Look::Settle(later), "as the store has it now");
        ledger.owe(&saga, later, SINCE, &[]);
        assert_eq!(look(1450), Look::Leave, "answered");
    }
}
