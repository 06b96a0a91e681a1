//! After the decision: what is written for a turn, and what follows once it is.

use super::decide::{Decided, Known, Moved};
use super::perform::Publication;
use super::request::Answer;
use super::span;
use super::stage::Stage;
use super::turn::{Item, Turn};
use crate::orphan::Orphan;
use crate::outside::Ports;
use crate::settings::Settings;
use baton_engine::saga::{Effect, Saga, Status, event};
use baton_engine::store::{Append, DueKind, Duty, Settled, Stored, Version};
use baton_shared::planted::{self, Bug};
use baton_shared::{Job, JobId, Partition, SagaId, Timestamp};
use std::time::Duration;

/// How long a timer is put off for which the core had nothing to do. Keeps a fault of the core from
/// becoming a hot loop.
const IDLE_TIMER: Duration = Duration::from_secs(1);

/// What waits longer is read again when its time comes, and takes no memory until then.
const SOON: Duration = Duration::from_secs(5);

/// A turn whose events are ready to be appended.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) turn: Turn,
    answers: Vec<Option<Answer>>,
    moved: Moved,
    /// Everything owed after it, by name: the jobs themselves are made only where they are sent again.
    owed: Vec<JobId>,
    txid: u64,
}

/// A transition of which the store did not say whether it is written. Who finds it in the journal later takes it for
/// this one: it says the same, moments included. (Two orchestrators that decide the same report in the same
/// millisecond cannot be told apart, and both may count it.)
#[derive(Debug)]
pub(super) struct Unheard {
    moved: Moved,
    answers: Vec<Option<Answer>>,
}

impl Unheard {
    /// When it was decided.
    fn at(&self) -> Timestamp {
        let last = self.moved.events.last();
        last.map_or(Timestamp(0), |recorded| recorded.at)
    }

    /// Whether it stands in this journal, where it was to stand.
    fn is_in(&self, journal: &[u8]) -> bool {
        let before = usize::try_from(self.moved.version.seq).unwrap_or(usize::MAX);
        let ends = journal
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n');
        let from = match before.checked_sub(1) {
            None => Some(0),
            Some(last) => ends.map(|(at, _)| at + 1).nth(last),
        };
        let after = from.and_then(|from| journal.get(from..));
        after.is_some_and(|after| after.starts_with(&event::encode(&self.moved.events)))
    }
}

impl Ready {
    pub(super) fn of(decided: Decided, txid: u64) -> Option<Self> {
        let moved = decided.moved?;
        Some(Self {
            turn: decided.turn,
            answers: decided.answers,
            owed: moved.saga.owed().collect(),
            moved,
            txid,
        })
    }

    /// The turn, to be decided again on what the store has now.
    pub(super) fn overtaken(self) -> Turn {
        self.unheard().0
    }

    /// The same, and the transition that may have been written all the same.
    pub(super) fn unheard(self) -> (Turn, Unheard) {
        let turn = Turn {
            known: self.moved.known(),
            ..self.turn
        };
        let unheard = Unheard {
            moved: self.moved,
            answers: self.answers,
        };
        (turn, unheard)
    }

    /// What it owes the queue.
    #[cfg(feature = "planted")]
    pub(super) fn jobs(&self) -> &[Job] {
        &self.moved.jobs
    }

    /// The same write each time it is made: it may have to be repeated.
    pub(super) fn append(&self, settings: &Settings, now: Timestamp) -> Append {
        let moved = &self.moved;
        let duty = if !moved.jobs.is_empty() && !planted::is(Bug::DutyNotWritten) {
            Duty::Owed(now.after(settings.duty_after))
        } else if self.owed.is_empty() {
            Duty::Clear
        } else {
            Duty::Keep
        };
        let over = moved.saga.is_over() || planted::is(Bug::RetentionOfLive);
        let expires = over.then(|| now.after(settings.retention));
        Append {
            saga: self.turn.saga.clone(),
            expected: moved.version,
            txid: self.txid,
            events: event::encode(&moved.events),
            count: moved.events.len() as u64,
            row: moved.saga.row(),
            timer: moved
                .saga
                .wake_at()
                .filter(|_| !planted::is(Bug::TimerNotWritten)),
            duty,
            expires,
        }
    }
}

impl<P: Ports> Stage<'_, P> {
    /// It is written.
    pub(super) fn conclude(&mut self, next: Ready, now: Timestamp) {
        let Ready {
            turn,
            answers,
            mut moved,
            owed,
            txid,
        } = next;
        moved.version = Version {
            seq: moved.saga.seq(),
            txid,
        };
        self.count(&moved, &answers, now);
        self.shared
            .ledger
            .owe(&turn.saga, moved.version, now, &owed);
        let mut jobs = std::mem::take(&mut moved.jobs);
        // What was decided and overtaken within the same turn is not owed any more.
        jobs.retain(|job| owed.contains(&job.id));
        if has_due(&turn, DueKind::Duty) {
            let earlier = outstanding(&moved.saga)
                .into_iter()
                .filter(|owed| !jobs.iter().any(|job| job.id == owed.id));
            let earlier: Vec<_> = earlier.map(again).collect();
            jobs.extend(earlier);
        }
        self.owe(&moved, jobs, None);
        if let Some(at) = moved.saga.wake_at() {
            self.shared.alarm.set(at);
        }
        self.answer(turn, answers);
        self.keep(moved, now);
    }

    /// Counts what this process wrote without hearing so, as of when that was: nobody else can. Where nothing was
    /// written since, it may still come.
    pub(super) fn hear(&mut self, saga: &SagaId, stored: Option<&Stored>) {
        let Some(mut all) = self.unheard.take(saga) else {
            return;
        };
        let (seq, journal) = stored.map_or((0, [].as_slice()), |stored| {
            (stored.version.seq, stored.events.as_slice())
        });
        for unheard in all.iter().filter(|unheard| unheard.is_in(journal)) {
            self.count(&unheard.moved, &unheard.answers, unheard.at());
        }
        all.retain(|unheard| unheard.moved.version.seq == seq);
        if !all.is_empty() {
            self.unheard.put(saga.clone(), all);
        }
    }

    /// Nothing follows, and that was decided on the newest state.
    pub(super) fn conclude_quiet(&mut self, decided: Decided, now: Timestamp) {
        let Decided {
            turn,
            answers,
            moved,
            ..
        } = decided;
        let Some(moved) = moved else {
            return self.conclude_absent(turn, answers, now);
        };
        let saga = &moved.saga;
        let timer = has_due(&turn, DueKind::Timer).then(|| idle_timer(saga, now));
        if has_due(&turn, DueKind::Duty) {
            let owed = outstanding(saga);
            self.shared
                .ledger
                .owe(&turn.saga, moved.version, now, &ids(&owed));
            if owed.is_empty() {
                self.settle(&moved, true, timer);
            } else {
                let jobs = owed.into_iter().map(again).collect();
                self.owe(&moved, jobs, timer);
            }
        } else if timer.is_some() {
            self.settle(&moved, false, timer);
        }
        let over = saga.is_over() || planted::is(Bug::RetentionOfLive);
        if has_due(&turn, DueKind::Expiry) && over {
            self.owes.forgets.push(turn.saga.clone());
        }
        self.answer(turn, answers);
        self.keep(moved, now);
    }

    /// No such saga: its messages are orphans, never silently acknowledged.
    fn conclude_absent(&mut self, turn: Turn, answers: Vec<Option<Answer>>, now: Timestamp) {
        for (item, answer) in turn.items.into_iter().zip(answers) {
            match item {
                Item::Message(message) => {
                    let reason = format!("there is no saga `{}`", turn.saga);
                    let orphan = Orphan::of(&message.delivery, reason, now);
                    self.owes.orphans.push((orphan, message.delivery));
                }
                Item::Due(_) => {
                    tracing::debug!(saga = %turn.saga, "a due time of a saga that is gone");
                }
                Item::Request(request) => {
                    if let Some(answer) = answer {
                        let _gone = request.answer.send(answer);
                    }
                }
            }
        }
    }

    fn answer(&mut self, turn: Turn, answers: Vec<Option<Answer>>) {
        for (item, answer) in turn.items.into_iter().zip(answers) {
            match (item, answer) {
                // Right after the append: the duty covers the publication.
                (Item::Message(message), _) => self.owes.acks.push(message.delivery.receipt),
                (Item::Request(request), Some(answer)) => {
                    let _gone = request.answer.send(answer);
                }
                _ => {}
            }
        }
    }

    /// What is over is asked for no more, and what rests not soon: they make room.
    fn keep(&mut self, moved: Moved, now: Timestamp) {
        let status = moved.saga.status();
        if status.is_final() || status == Status::Suspended {
            self.shared.watchers.rested(moved.saga.id());
        }
        if !moved.saga.is_over() && !rests(&moved.saga, now) {
            let id = moved.saga.id().clone();
            let known = Known {
                saga: moved.saga,
                version: moved.version,
                workflow: moved.workflow,
            };
            self.cache.put(id, known);
        }
    }

    fn owe(&mut self, moved: &Moved, mut jobs: Vec<Job>, timer: Option<Option<Timestamp>>) {
        if jobs.is_empty() {
            return;
        }
        let saga = &moved.saga;
        let partition = Partition::of(saga.id(), self.shared.settings.partitions);
        for job in &mut jobs {
            job.partition = partition;
        }
        self.owes.publications.push(Publication {
            saga: saga.id().clone(),
            at: moved.version,
            jobs,
            traceparent: saga.traceparent().map(str::to_owned),
            timer,
        });
    }

    fn settle(&mut self, moved: &Moved, duty: bool, timer: Option<Option<Timestamp>>) {
        self.owes.settles.push(Settled {
            saga: moved.saga.id().clone(),
            at: moved.version,
            duty,
            timer,
        });
    }

    fn count(&self, moved: &Moved, answers: &[Option<Answer>], now: Timestamp) {
        let metrics = &self.shared.metrics;
        for answer in answers.iter().flatten() {
            if answer.as_ref().is_ok_and(|reply| reply.created) {
                metrics.submitted();
            }
        }
        for attempt in &moved.attempts {
            metrics.attempt(*attempt);
        }
        if !moved.was_final && moved.saga.status().is_final() {
            let row = moved.saga.row();
            metrics.ended(&row.status, now.since(row.created_at));
            span::record(&self.shared.settings.spans, &moved.saga, now);
        }
    }
}

/// Whether nothing is out and no time comes soon: only a person could move it until then.
fn rests(saga: &Saga, now: Timestamp) -> bool {
    let soon = now.after(SOON);
    saga.owed().next().is_none() && saga.wake_at().is_none_or(|at| at > soon)
}

fn outstanding(saga: &Saga) -> Vec<Job> {
    let effects = saga.outstanding().into_iter();
    effects.map(|Effect::Dispatch(job)| *job).collect()
}

fn ids(jobs: &[Job]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id.clone()).collect()
}

fn again(mut job: Job) -> Job {
    job.again = !planted::is(Bug::RepublishUnmarked);
    job
}

fn has_due(turn: &Turn, kind: DueKind) -> bool {
    turn.items
        .iter()
        .any(|item| matches!(item, Item::Due(due) if *due == kind))
}

/// When to ask again after a timer that changed nothing.
fn idle_timer(saga: &Saga, now: Timestamp) -> Option<Timestamp> {
    let wake_at = saga.wake_at()?;
    if wake_at > now {
        return Some(wake_at);
    }
    tracing::error!(saga = %saga.id(), "its time has come, and the core has nothing to do");
    Some(now.after(IDLE_TIMER))
}
