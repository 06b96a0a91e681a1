//! What passes through the hands of processes: which job came to whom and how, who has it called, who
//! wrote its record, what was reported of it.

use crate::service::Call;
use crate::world::Who;
use baton_shared::port::RecordKind;
use baton_shared::{Job, JobId, Outcome, SagaId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A call that a worker begins.
pub struct Begins<'a> {
    pub who: Who,
    pub call: &'a Call,
    /// The job that it is of, if one was ever queued.
    pub job: Option<&'a Job>,
    /// What the worker's own clock says.
    pub clock: Timestamp,
    /// Its `Authorization`, if it has one.
    pub credentials: Option<&'a str>,
}

/// One delivery of a job to a worker.
pub struct Handed<'a> {
    pub who: Who,
    pub job: &'a JobId,
    /// Neither the queue nor the job says that it may have come before.
    pub fresh: bool,
    /// Its record was there already.
    pub recorded: bool,
}

/// All that passed.
#[derive(Default)]
pub struct Hands {
    jobs: BTreeMap<(String, u32), Arc<Job>>,
    /// Sent as if for the first time.
    new: BTreeSet<JobId>,
    fresh: BTreeSet<(Who, JobId)>,
    unanswered: BTreeSet<(Who, JobId)>,
    calling: BTreeSet<(Who, String, u32)>,
    busy: BTreeMap<(Who, String), usize>,
    /// When a job was queued first, and how often it was.
    copies: BTreeMap<JobId, (u64, u64)>,
    writers: BTreeMap<String, Who>,
    /// Without its record an attempt may be made twice, and answered otherwise.
    reported: BTreeMap<JobId, Vec<Arc<Outcome>>>,
}

impl Hands {
    pub fn queued(&mut self, job: &Arc<Job>, now: u64) {
        let copies = self.copies.entry(job.id.clone()).or_insert((now, 0));
        copies.1 += 1;
        let name = (job.key.clone(), job.id.attempt);
        self.jobs.entry(name).or_insert_with(|| job.clone());
        if !job.again {
            self.new.insert(job.id.clone());
        }
    }

    /// When it was queued first, and how often it was.
    pub fn copies(&self, job: &JobId) -> Option<(u64, u64)> {
        self.copies.get(job).copied()
    }

    /// How many calls of this service this worker has under way.
    pub fn busy(&self, who: Who, service: &str) -> usize {
        let name = (who, service.to_owned());
        self.busy.get(&name).copied().unwrap_or(0)
    }

    /// A copy of it was sent as if for the first time.
    pub fn was_new(&self, job: &JobId) -> bool {
        self.new.contains(job)
    }

    pub fn job_of(&self, call: &Call) -> Option<Arc<Job>> {
        self.jobs.get(&(call.key.clone(), call.attempt)).cloned()
    }

    /// Any job that was ever queued of this saga.
    pub fn one_of(&self, saga: &SagaId) -> Option<&Arc<Job>> {
        self.jobs.values().find(|job| job.id.saga == *saga)
    }

    /// All that was reported of any job of this saga.
    pub fn reports_of(&self, saga: &SagaId) -> impl Iterator<Item = &Outcome> {
        let of = self.reported.iter().filter(|(job, _)| job.saga == *saga);
        of.flat_map(|(_, reports)| reports).map(AsRef::as_ref)
    }

    pub fn handed(&mut self, handed: &Handed<'_>) {
        let name = (handed.who, handed.job.clone());
        if handed.fresh {
            self.fresh.insert(name.clone());
        }
        if handed.fresh || !handed.recorded {
            self.unanswered.insert(name);
        }
    }

    /// It came to this worker as one that comes for the first time.
    pub fn was_fresh(&self, who: Who, job: &JobId) -> bool {
        self.fresh.contains(&(who, job.clone()))
    }

    /// It came to this worker at least once without an answer in the record.
    pub fn was_unanswered(&self, who: Who, job: &JobId) -> bool {
        self.unanswered.contains(&(who, job.clone()))
    }

    pub fn is_calling(&self, who: Who, call: &Call) -> bool {
        let name = (who, call.key.clone(), call.attempt);
        self.calling.contains(&name)
    }

    pub fn begins(&mut self, who: Who, call: &Call) {
        self.calling.insert((who, call.key.clone(), call.attempt));
        *self.busy.entry((who, call.service.clone())).or_default() += 1;
    }

    pub fn ends(&mut self, who: Who, call: &Call) {
        self.calling.remove(&(who, call.key.clone(), call.attempt));
        if let Some(busy) = self.busy.get_mut(&(who, call.service.clone())) {
            *busy = busy.saturating_sub(1);
        }
    }

    /// Whose record of a job is there first is whose record counts.
    pub fn wrote(&mut self, who: Who, kind: RecordKind, key: &str) {
        if kind == RecordKind::Result {
            self.writers.entry(key.to_owned()).or_insert(who);
        }
    }

    pub fn writer(&self, job: &JobId) -> Option<Who> {
        self.writers.get(&job.to_string()).copied()
    }

    pub fn tells(&mut self, outcome: &Arc<Outcome>) {
        let name = outcome.job.clone();
        self.reported.entry(name).or_default().push(outcome.clone());
    }

    /// All that was reported of a job.
    pub fn reports(&self, job: &JobId) -> impl Iterator<Item = &Outcome> {
        self.reported
            .get(job)
            .into_iter()
            .flatten()
            .map(AsRef::as_ref)
    }
}
