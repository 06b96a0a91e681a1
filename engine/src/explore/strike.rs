//! How each fault strikes, and when it can.

use super::fault::Fault;
use super::law::Broken;
use super::service::Answer;
use super::world::{Astray, Down, Next, What, When, World, refused, unanswered};
use crate::saga::{Effect, Input};
use baton_shared::{Job, JobKind};
use std::collections::VecDeque;
use std::sync::Arc;

impl World<'_> {
    /// Whether this fault can strike now.
    pub(super) fn admits(&self, fault: Fault, next: &Next) -> bool {
        let Next::Job(job) = next else {
            return self.admits_at_any_time(fault);
        };
        let forward = job.id.kind == JobKind::Task;
        let untouched = !self.services.knows(&job.key);
        let down = self.down.iter().any(|down| *down.key == *job.key);
        match fault {
            Fault::Cancelled | Fault::TimedOut | Fault::Paused => self.admits_at_any_time(fault),
            // It is down already; only what does not ask the service is new.
            _ if down => matches!(fault, Fault::GivenUp | Fault::CrashBefore),
            // A service that honours keys refuses nothing that it has done.
            Fault::Refused | Fault::StaleRefusal => untouched,
            Fault::LateWhileUndoing => forward && untouched && self.undoes(job),
            Fault::LateAtLast => forward && untouched,
            Fault::Overtaken => self.jobs.len() > 1,
            _ => true,
        }
    }

    fn admits_at_any_time(&self, fault: Fault) -> bool {
        match fault {
            Fault::Cancelled => self.saga.can_be_cancelled(),
            Fault::TimedOut => self.saga.deadline_ahead().is_some(),
            Fault::Paused => !self.saga.is_paused() && !self.saga.status().is_final(),
            _ => false,
        }
    }

    /// Whether this step has a compensation of its own.
    fn undoes(&self, job: &Job) -> bool {
        let task = self.task_of(job);
        task.is_some_and(|task| self.ground.workflow.task(task).compensate.is_some())
    }

    /// The fault strikes what comes next.
    pub(super) fn strike(&mut self, fault: Fault) -> Result<(), Broken> {
        match fault {
            Fault::Cancelled => return self.tell(Input::Cancel { reason: None }),
            Fault::Paused => return self.tell(Input::Pause),
            Fault::TimedOut => {
                let deadline = self.saga.deadline_ahead();
                self.now = deadline.map_or(self.now, |deadline| self.now.max(deadline));
                return self.tick();
            }
            _ => {}
        }
        let Some(job) = self.jobs.pop_front() else {
            return Ok(());
        };
        match fault {
            Fault::Refused => {
                let answer = self.refuse(&job);
                self.answered(&job, answer)
            }
            Fault::Busy => self.report(&job, refused(429, true), Some(429)),
            Fault::Unanswered => self.report(&job, unanswered(), None),
            Fault::UnansweredDone => {
                self.call(&job);
                self.report(&job, unanswered(), None)
            }
            Fault::Silent => Ok(()),
            Fault::SilentDone => {
                self.call(&job);
                Ok(())
            }
            Fault::GivenUp => self.tell(Input::GivenUp {
                job: job.id.clone(),
                reason: "delivery-limit".to_owned(),
            }),
            Fault::Doubled => self.doubled(&job),
            Fault::Overtaken => {
                self.jobs.push_back(job);
                Ok(())
            }
            Fault::Copied => {
                self.jobs.push_back(again(&job));
                self.attempt(&job)
            }
            Fault::StaleSuccess | Fault::StaleRefusal => {
                self.stale(job, fault);
                Ok(())
            }
            Fault::CrashBefore => self.crash(Some(&job)),
            Fault::CrashAfter => {
                self.call(&job);
                self.crash(Some(&job))
            }
            _ => self.stays_down(&job, fault),
        }
    }

    fn refuse(&mut self, job: &Job) -> Answer {
        let is_final = self
            .described(job)
            .is_some_and(|call| call.rejections_final);
        self.services.refuse(job, is_final)
    }

    fn doubled(&mut self, job: &Arc<Job>) -> Result<(), Broken> {
        let answer = self.call(job);
        self.answered(job, answer)?;
        self.answered(job, answer)
    }

    /// The service acts in time, and its answer comes when nobody waits for it any more.
    fn stale(&mut self, job: Arc<Job>, fault: Fault) {
        let answer = match fault {
            Fault::StaleSuccess => self.call(&job),
            _ => self.refuse(&job),
        };
        let what = match answer {
            Answer::Done => What::Success,
            Answer::Refused(_) => What::Refusal,
        };
        self.astray.push(Astray {
            job,
            when: When::Overdue,
            what,
        });
    }

    fn stays_down(&mut self, job: &Arc<Job>, fault: Fault) -> Result<(), Broken> {
        if fault == Fault::DownDone {
            self.call(job);
        }
        let when = match fault {
            Fault::LateWhileUndoing => Some(When::Undoing),
            Fault::LateAtLast => Some(When::AtLast),
            _ => None,
        };
        if let Some(when) = when {
            self.astray.push(Astray {
                job: Arc::clone(job),
                when,
                what: What::Request,
            });
        }
        self.down.push(Down {
            key: job.key.as_str().into(),
            tried: 1,
        });
        self.report(job, unanswered(), None)
    }

    /// The orchestrator dies, and with it all that it had not published: another one sends again what
    /// is outstanding, which must be all that was at the queue.
    fn crash(&mut self, taken: Option<&Arc<Job>>) -> Result<(), Broken> {
        let owed: VecDeque<Arc<Job>> = self
            .saga
            .outstanding()
            .into_iter()
            .map(|Effect::Dispatch(job)| {
                Arc::new(Job {
                    again: true,
                    ..*job
                })
            })
            .collect();
        let newest = taken.into_iter().chain(&self.jobs).filter(|job| !job.again);
        for job in newest {
            let kept = owed
                .iter()
                .any(|one| one.id == job.id && one.request == job.request);
            if !kept && self.saga.owed().any(|id| id == job.id) {
                return Err(format!("S11: {} is owed and not outstanding", job.id));
            }
        }
        self.jobs = owed;
        Ok(())
    }
}

fn again(job: &Job) -> Arc<Job> {
    Arc::new(Job {
        again: true,
        ..job.clone()
    })
}
