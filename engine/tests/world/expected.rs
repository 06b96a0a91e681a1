//! What an input must lead to: each outcome, by what is known of the step it is about.

use super::epoch::{Knows, Life};
use super::shadow::Shadow;
use baton_engine::saga::Decision;
use baton_engine::saga::event::Event;
use baton_shared::outcome::Verdict;
use baton_shared::{JobId, JobKind, Outcome, StepId, Timestamp};
use std::time::Duration;

/// What an input must lead to.
#[derive(Debug, PartialEq)]
pub(super) enum Expected {
    /// Nothing about this step.
    Nothing(StepId),
    Completed(StepId),
    /// With what was known before.
    Late(StepId, u32, Knows),
    /// The attempt is booked as failed; `again` if a retry must be scheduled, not before the moment.
    Failed {
        node: StepId,
        attempt: u32,
        again: Option<Timestamp>,
    },
    /// The round ended well: there was nothing to undo.
    Undone(StepId),
}

impl Shadow<'_> {
    pub(super) fn met(&self, expected: &Expected, decision: &Decision) -> Result<(), String> {
        let mut events = decision.events.iter().map(|recorded| &recorded.event);
        let met = match expected {
            Expected::Nothing(step) => !events.any(|event| {
                matches!(event, Event::AttemptFailed { node, .. } if node == step)
                    || matches!(event, Event::LateSuccess { .. })
            }),
            Expected::Completed(step) => events.any(|event| {
                matches!(event, Event::Completed { node, .. } | Event::OutputHeld { node, .. } if node == step)
            }),
            Expected::Late(step, epoch, _) => {
                let told = self.told_pivots.contains(step) || !self.is_lost_pivot(step, *epoch);
                told && events.any(|event| matches!(event, Event::LateSuccess { .. }))
            }
            Expected::Undone(step) => {
                let record = self.undos.get(step).map(|undo| undo.record);
                events.any(|event| match event {
                    Event::Undone { record: it } => Some(*it) == record,
                    Event::Completed { node, .. } => node == step,
                    _ => false,
                })
            }
            Expected::Failed {
                node,
                attempt,
                again,
            } => return Self::failed(node, *attempt, *again, decision),
        };
        if met {
            Ok(())
        } else {
            Err(format!("S6, S25: {expected:?} should follow"))
        }
    }

    fn failed(
        step: &StepId,
        number: u32,
        again: Option<Timestamp>,
        decision: &Decision,
    ) -> Result<(), String> {
        let mut events = decision.events.iter().map(|recorded| &recorded.event);
        let booked = events.any(|event| {
            matches!(event, Event::AttemptFailed { node, attempt, .. } if node == step && *attempt == number)
        });
        if !booked {
            return Err(format!(
                "section 3: {step}/{number} is not booked as failed"
            ));
        }
        let next = events.next();
        match (again, next) {
            (_, Some(Event::Completed { node, .. })) if node == step => Err(format!(
                "S18: {step} found nothing of what is known to be there"
            )),
            (None, _) => Ok(()),
            (Some(earliest), Some(Event::RetryScheduled { node, due })) if node == step => {
                if *due < earliest {
                    return Err(format!("I13: {step} is tried again too early, at {due:?}"));
                }
                Ok(())
            }
            (Some(_), _) => Err(format!(
                "S10: {step} has retries left and is not tried again"
            )),
        }
    }

    pub(super) fn outcome(&mut self, outcome: &Outcome) -> Option<Expected> {
        if outcome.job.kind == JobKind::Compensation {
            return self.outcome_of_undo(outcome);
        }
        let key = (outcome.job.step.clone(), outcome.job.epoch);
        let newest = self.current(&key.0) == Some(key.1);
        let drains = self.drains(&key.0);
        let count = self.count(&key.0, &key.1);
        let epoch = self.epochs.get_mut(&key)?;
        let live = newest && epoch.life == Life::Live;
        match &outcome.verdict {
            Verdict::Succeeded { .. } if live => {
                epoch.knows = Knows::Happened;
                epoch.told = true;
                Some(Expected::Completed(key.0))
            }
            Verdict::Succeeded { .. } if epoch.can_be_late() => {
                let before = std::mem::replace(&mut epoch.knows, Knows::Happened);
                epoch.told = true;
                Some(Expected::Late(key.0, key.1, before))
            }
            Verdict::Succeeded { .. } | Verdict::Accepted => Some(Expected::Nothing(key.0)),
            _ if !live || !epoch.out || epoch.attempt != outcome.job.attempt => {
                Some(Expected::Nothing(key.0))
            }
            failed => {
                let (retryable, wish) = match failed {
                    Verdict::Rejected {
                        retryable,
                        retry_after_ms,
                        ..
                    } => {
                        let proven = epoch.proves && !retryable && outcome.status.is_some();
                        epoch.knows = epoch.knows.rejected(outcome.redelivered, proven);
                        (*retryable, retry_after_ms.unwrap_or(0))
                    }
                    _ => {
                        epoch.knows = epoch.knows.unknown();
                        (true, 0)
                    }
                };
                let waited_for = self.pending && epoch.pivot;
                let may = !drains && !waited_for;
                let again = may && retryable && epoch.tries <= count;
                let wish = outcome.ended_at.after(Duration::from_millis(wish));
                let earliest = wish.max(self.now.after(self.pause()));
                Some(Expected::Failed {
                    node: key.0,
                    attempt: outcome.job.attempt,
                    again: again.then_some(earliest),
                })
            }
        }
    }

    fn outcome_of_undo(&mut self, outcome: &Outcome) -> Option<Expected> {
        let node = outcome.job.step.clone();
        let undo = self.undos.get_mut(&node)?;
        if !undo.live {
            return Some(Expected::Nothing(node));
        }
        let current = undo.out && undo.attempt == outcome.job.attempt;
        let count = undo.retries;
        let (unknown, again, wish) = match &outcome.verdict {
            Verdict::Succeeded { .. } => return Some(Expected::Completed(node)),
            Verdict::Accepted => return None,
            _ if !current => return Some(Expected::Nothing(node)),
            Verdict::Unknown { .. } => (true, true, 0),
            Verdict::Rejected {
                retryable,
                retry_after_ms,
                ..
            } => {
                let nothing = matches!(outcome.status, Some(404 | 410))
                    && (undo.bare || undo.round > 0 || undo.maybe || outcome.redelivered);
                if nothing {
                    return Some(Expected::Undone(node));
                }
                (false, *retryable, retry_after_ms.unwrap_or(0))
            }
        };
        undo.maybe |= unknown || outcome.redelivered;
        let earliest = outcome
            .ended_at
            .after(Duration::from_millis(wish))
            .max(self.now.after(Duration::from_secs(1)));
        Some(Expected::Failed {
            again: (again && undo.tries <= count).then_some(earliest),
            node,
            attempt: outcome.job.attempt,
        })
    }

    pub(super) fn given_up_by_broker(&mut self, job: &JobId) -> Expected {
        let nothing = Expected::Nothing(job.step.clone());
        let failed = Expected::Failed {
            node: job.step.clone(),
            attempt: job.attempt,
            again: None,
        };
        if job.kind == JobKind::Compensation {
            let out = self
                .undos
                .get(&job.step)
                .is_some_and(|undo| undo.live && undo.out && undo.attempt == job.attempt);
            return if out { failed } else { nothing };
        }
        let newest = self.current(&job.step) == Some(job.epoch);
        let epoch = self.epochs.get(&(job.step.clone(), job.epoch));
        let out = epoch.is_some_and(|epoch| {
            newest && epoch.life == Life::Live && epoch.out && epoch.attempt == job.attempt
        });
        if out { failed } else { nothing }
    }

    /// Whether S18 takes "not found" for this job as news and not as an answer.
    pub(crate) fn must_be_there(&self, job: &JobId) -> bool {
        self.undos
            .get(&job.step)
            .is_some_and(|undo| undo.live && !undo.bare && undo.round == 0 && !undo.maybe)
    }

    /// How many retries its policy has: one for `r`, many after the pivot, else none.
    fn count(&self, step: &StepId, epoch: &u32) -> u32 {
        let Some(epoch) = self.epochs.get(&(step.clone(), *epoch)) else {
            return 0;
        };
        match (epoch.main && self.pivot, epoch.retries) {
            // A day of them: enough for any walk.
            (true, retries) => retries.max(100),
            (false, retries) => retries,
        }
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(if self.pivot { 500 } else { 1000 })
    }

    /// Whether nothing new may start at this step.
    fn drains(&self, step: &StepId) -> bool {
        let main = self
            .epochs
            .get(&(step.clone(), 0))
            .is_none_or(|epoch| epoch.main);
        if !main {
            return self.on_failure_left;
        }
        self.failing.is_some() || self.around(step).any(|at| self.draining.contains_key(at))
    }
}
