//! One saga in a world where all goes well, until a fault is injected.
//!
//! ```text
//!   decide ─► jobs ─► services ─► outcome ─► decide ─► …      in the order they were sent
//!               │
//!               └ nothing there: time goes to the next due moment; nothing due: what was held up
//!                 somewhere lands, a pause is lifted; then it is over, or a person must act
//! ```
//!
//! A world is cloned where a fault may strike: what follows with it and without it share all that was
//! before.

use super::answer::Answers;
use super::fault::Fault;
use super::law::{Broken, Judge, forward_of};
use super::service::{Answer, Services};
use crate::saga::{self, Effect, Input, Saga, Submission};
use crate::workflow::{Call, Kind, TaskIndex, Workflow};
use baton_shared::outcome::Verdict;
use baton_shared::{Job, JobKind, Outcome, Problem, StepId, Timestamp};
use serde_json::Value;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// After so many attempts without an answer a day passes: policies that retry for a day end too.
const PATIENCE: u32 = 12;
const DAY: Duration = Duration::from_secs(86_400);
/// Every world begins at the same moment.
const BEGIN: Timestamp = Timestamp(1_767_225_600_000);

/// What all worlds of one exploration share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub workflow: &'a Workflow,
    pub answers: &'a Answers,
}

#[derive(Clone, Debug)]
pub(super) struct World<'a> {
    ground: Ground<'a>,
    pub saga: Saga,
    pub judge: Judge,
    pub services: Services,
    now: Timestamp,
    /// Jobs at the queue.
    jobs: VecDeque<Arc<Job>>,
    /// Outcomes and calls that are held up somewhere.
    astray: Vec<Astray>,
    /// Keys that get no answer any more.
    down: Vec<Down>,
    /// How many inputs there were.
    pub inputs: u32,
}

/// Something on its way that comes when nobody expects it any more.
#[derive(Clone, Debug, Hash)]
struct Astray {
    job: Arc<Job>,
    when: When,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum When {
    /// Once a deadline has passed.
    Overdue,
    /// While the step is being undone, or else at last.
    Undoing,
    AtLast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    /// A request: the service acts when it comes.
    Request,
    Refusal,
    Success,
}

#[derive(Clone, Debug, Hash)]
struct Down {
    key: Arc<str>,
    /// Attempts so far.
    tried: u32,
}

/// What comes next of itself.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// A worker takes this job.
    Job(Arc<Job>),
    /// Time goes on to this moment.
    Due(Timestamp),
    /// Something comes that was held up.
    Astray(usize),
    /// The pause is lifted.
    Resume,
    /// Dead letters, and nothing else moves.
    Held,
    Over,
}

impl<'a> World<'a> {
    /// The saga is submitted. `Err` where its input is refused.
    pub(super) fn born(ground: Ground<'a>, input: Value) -> Result<Self, String> {
        let submission = Submission {
            id: "verify".parse().map_err(|_| "no id".to_owned())?,
            input,
            traceparent: None,
        };
        let started = saga::start(ground.workflow, submission, BEGIN);
        let (saga, decision) = started.map_err(|refusal| refusal.message)?;
        let mut world = Self {
            ground,
            saga,
            judge: Judge::default(),
            services: Services::default(),
            now: BEGIN,
            jobs: VecDeque::new(),
            astray: Vec::new(),
            down: Vec::new(),
            inputs: 0,
        };
        world.follow(decision)?;
        Ok(world)
    }

    /// Two worlds of one exploration with the same print go on alike, and are judged alike.
    pub(super) fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.saga.hash_future(&mut hasher);
        (&self.judge, &self.services, self.now).hash(&mut hasher);
        (&self.astray, &self.down).hash(&mut hasher);
        for job in &self.jobs {
            (&job.id, job.again).hash(&mut hasher);
        }
        hasher.finish()
    }

    pub(super) fn next(&self) -> Next {
        if let Some(job) = self.jobs.front() {
            return Next::Job(Arc::clone(job));
        }
        if let Some(at) = self.astray.iter().position(|one| one.is_ripe(self)) {
            return Next::Astray(at);
        }
        if let Some(due) = self.saga.wake_at() {
            return Next::Due(due);
        }
        if self.saga.is_paused() {
            return Next::Resume;
        }
        if !self.astray.is_empty() {
            return Next::Astray(0);
        }
        if self.saga.is_over() {
            Next::Over
        } else {
            Next::Held
        }
    }

    /// Lets it come.
    pub(super) fn step(&mut self, next: Next) -> Result<(), Broken> {
        match next {
            Next::Job(_) => {
                let Some(job) = self.jobs.pop_front() else {
                    return Ok(());
                };
                self.attempt(&job)
            }
            Next::Due(due) => {
                self.now = self.now.max(due);
                self.tick()
            }
            Next::Astray(at) => {
                let one = self.astray.remove(at);
                self.arrives(&one)
            }
            Next::Resume => self.tell(Input::Resume),
            Next::Held | Next::Over => Ok(()),
        }
    }

    fn tick(&mut self) -> Result<(), Broken> {
        let before = self.saga.seq();
        self.tell(Input::Tick)?;
        if self.saga.seq() == before {
            return Err("V1: its time has come, and a tick changes nothing".to_owned());
        }
        Ok(())
    }

    /// A person acts, or time or a message reaches the saga.
    pub(super) fn tell(&mut self, input: Input) -> Result<(), Broken> {
        self.inputs += 1;
        match saga::decide(self.ground.workflow, &mut self.saga, input, self.now) {
            Ok(decision) => self.follow(decision),
            // Only people are refused, and then nothing changed.
            Err(_) => Ok(()),
        }
    }

    fn follow(&mut self, decision: saga::Decision) -> Result<(), Broken> {
        self.judge.take(&decision)?;
        for Effect::Dispatch(job) in decision.effects {
            self.jobs.push_back(Arc::from(job));
        }
        self.judge.state(&self.saga)
    }

    /// A worker takes the job, and reports what the service says.
    fn attempt(&mut self, job: &Arc<Job>) -> Result<(), Broken> {
        if let Some(down) = self.down.iter_mut().find(|down| *down.key == *job.key) {
            down.tried += 1;
            if down.tried > PATIENCE {
                self.now = self.now.after(DAY);
            }
            return self.report(job, unanswered(), None);
        }
        let answer = self.call(job);
        let meanwhile = self.astray.iter().position(|one| {
            one.when == When::Undoing && job.compensates.as_deref() == Some(one.job.key.as_str())
        });
        if let Some(at) = meanwhile {
            let one = self.astray.remove(at);
            self.arrives(&one)?;
        }
        self.answered(job, answer)
    }

    fn arrives(&mut self, one: &Astray) -> Result<(), Broken> {
        let answer = match one.what {
            What::Request => self.call(&one.job),
            What::Refusal => Answer::Refused(422),
            What::Success => Answer::Done,
        };
        self.answered(&one.job, answer)
    }

    fn call(&mut self, job: &Job) -> Answer {
        let reads = self.described(job).is_none_or(|call| call.read_only);
        if job.id.kind == JobKind::Task {
            return self.services.forward(job, reads);
        }
        let forward = forward_of(&job.id.step);
        let judge = &self.judge;
        let track = judge.track(forward);
        let composite = track.is_some_and(|track| {
            let task = self.ground.workflow.task(track.task);
            !matches!(task.kind, Kind::Call(_))
        });
        let below = composite.then_some(|step: &StepId| judge.is_below(step, forward));
        self.services.undo(job, reads, below)
    }

    /// The call that this job makes, as the workflow has it.
    pub(super) fn described(&self, job: &Job) -> Option<&'a Call> {
        let track = self.judge.track(job.id.step.as_str())?;
        match &self.ground.workflow.task(track.task).kind {
            Kind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The task whose call, or whose undoing, this job is.
    pub(super) fn task_of(&self, job: &Job) -> Option<TaskIndex> {
        let step = match job.id.kind {
            JobKind::Task => job.id.step.as_str(),
            JobKind::Compensation => forward_of(&job.id.step),
        };
        self.judge.track(step).map(|track| track.task)
    }

    fn answered(&mut self, job: &Job, answer: Answer) -> Result<(), Broken> {
        match answer {
            Answer::Done => {
                let task = self.judge.track(job.id.step.as_str());
                let output = task.map(|track| self.ground.answers.to(track.task).clone());
                let output = output.unwrap_or_default();
                self.report(job, Verdict::Succeeded { output }, Some(200))
            }
            Answer::Refused(status) => self.report(job, refused(status, false), Some(status)),
        }
    }

    fn report(&mut self, job: &Job, verdict: Verdict, status: Option<u16>) -> Result<(), Broken> {
        let outcome = Outcome {
            job: job.id.clone(),
            verdict,
            status,
            redelivered: job.again,
            started_at: self.now,
            ended_at: self.now,
        };
        self.tell(Input::Outcome(Box::new(outcome)))
    }

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

    /// The services are well again.
    pub(super) fn heal(&mut self) {
        self.down.clear();
    }

    /// The task that is at work, and whether it is being undone; where nothing is at the queue.
    pub(super) fn leaf(&self) -> (Option<TaskIndex>, bool) {
        let Some(step) = self.saga.leaf() else {
            return (None, false);
        };
        let track = self.judge.track(forward_of(step));
        let undo = step.as_str().contains(":undo");
        (track.map(|track| track.task), undo)
    }
}

impl Astray {
    fn is_ripe(&self, world: &World<'_>) -> bool {
        self.when == When::Overdue && !world.saga.owed().any(|id| id == self.job.id)
    }
}

fn again(job: &Job) -> Arc<Job> {
    Arc::new(Job {
        again: true,
        ..job.clone()
    })
}

fn unanswered() -> Verdict {
    Verdict::Unknown {
        problem: Problem::standard("communication", 504, "No answer"),
    }
}

fn refused(status: u16, retryable: bool) -> Verdict {
    Verdict::Rejected {
        retryable,
        retry_after_ms: None,
        problem: Problem::standard("communication", status, "Refused"),
    }
}
