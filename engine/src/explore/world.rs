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
use super::law::{Broken, Judge, forward_of};
use super::service::{Answer, Services};
use super::shape::Undoings;
use crate::language::need::{Need, Telling};
use crate::saga::event::Place;
use crate::saga::{self, Effect, Input, Saga, Submission};
use crate::workflow::{Call, Kind, TaskIndex, Workflow};
use baton_shared::outcome::Verdict;
use baton_shared::{Job, JobKind, Outcome, Problem, StepId, Timestamp};
use foldhash::quality::FixedState;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher};
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
    pub undoings: &'a Undoings,
}

#[derive(Clone, Debug)]
pub(super) struct World<'a> {
    pub(super) ground: Ground<'a>,
    pub saga: Saga,
    pub judge: Judge,
    pub services: Services,
    pub(super) now: Timestamp,
    /// Jobs at the queue.
    pub(super) jobs: VecDeque<Arc<Job>>,
    /// Outcomes and calls that are held up somewhere.
    pub(super) astray: Vec<Astray>,
    /// Keys that get no answer any more.
    pub(super) down: Vec<Down>,
    /// Whether the calls of compensations say what to undo by something that is not there, by their keys.
    blind: BTreeMap<String, bool>,
    /// How many inputs there were.
    pub inputs: u32,
}

/// Something on its way that comes when nobody expects it any more.
#[derive(Clone, Debug, Hash)]
pub(super) struct Astray {
    pub job: Arc<Job>,
    pub when: When,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum When {
    /// Once a deadline has passed.
    Overdue,
    /// While the step is being undone, or else at last.
    Undoing,
    AtLast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// A request: the service acts when it comes.
    Request,
    Refusal,
    Success,
}

#[derive(Clone, Debug, Hash)]
pub(super) struct Down {
    pub key: Arc<str>,
    /// Attempts so far.
    pub tried: u32,
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
            blind: BTreeMap::new(),
            inputs: 0,
        };
        world.follow(decision)?;
        Ok(world)
    }

    /// Two worlds of one exploration with the same print go on alike, and are judged alike. A print is
    /// made at every step, of everything, so its hasher is one for many short values.
    pub(super) fn print(&self) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        self.saga.hash_future(&mut hasher);
        (&self.judge, &self.services, self.now).hash(&mut hasher);
        (&self.astray, &self.down).hash(&mut hasher);
        self.blind.hash(&mut hasher);
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

    pub(super) fn tick(&mut self) -> Result<(), Broken> {
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
            self.note(&job);
            self.jobs.push_back(Arc::from(job));
        }
        self.judge.state(&self.saga)
    }

    /// A request is fixed when its call begins: whether it says what to undo is, too.
    fn note(&mut self, job: &Job) {
        let noted = self.blind.contains_key(&job.key) || self.ground.undoings.is_empty();
        if job.id.kind == JobKind::Compensation && !noted {
            let blind = self.is_blind(job);
            self.blind.insert(job.key.clone(), blind);
        }
    }

    /// A worker takes the job, and reports what the service says.
    pub(super) fn attempt(&mut self, job: &Arc<Job>) -> Result<(), Broken> {
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

    pub(super) fn call(&mut self, job: &Job) -> Answer {
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
        let blind = self.blind.get(&job.key).copied().unwrap_or(false);
        self.services.undo(job, (reads, blind), below)
    }

    /// Whether the call of a compensation says what to undo by something that is not there. One that says
    /// nothing of it leaves it to the key, and then the service goes by that in all of this compensation or in none.
    fn is_blind(&self, job: &Job) -> bool {
        let forward = self.judge.track(forward_of(&job.id.step));
        let Some(undoing) = forward.and_then(|track| self.ground.undoings.get(&track.task)) else {
            return false;
        };
        let bare = forward.is_some_and(|track| track.bare);
        let is_null = |need: &Need| {
            let (mut steps, mut context) = (need.steps.iter(), need.context.iter());
            (bare || !need.output)
                && steps.all(|step| !self.saga.has_output(step))
                && context.all(|name| !self.saga.has_context(name))
        };
        let says_null = |told: &Telling| told.needs.iter().any(is_null);
        let call = self.judge.track(job.id.step.as_str());
        match call.and_then(|call| undoing.get(&call.task)) {
            Some(told) if says_null(told) => true,
            Some(told) if told.names || !told.needs.is_empty() => false,
            _ => undoing.values().any(says_null),
        }
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

    pub(super) fn answered(&mut self, job: &Job, answer: Answer) -> Result<(), Broken> {
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

    pub(super) fn report(
        &mut self,
        job: &Job,
        verdict: Verdict,
        status: Option<u16>,
    ) -> Result<(), Broken> {
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

    /// The services are well again.
    pub(super) fn heal(&mut self) {
        self.down.clear();
    }

    /// Whether the main line is at work next.
    pub(super) fn is_forward(&self, next: &Next) -> bool {
        let step = match next {
            Next::Job(job) => Some(&job.id.step),
            _ => self.saga.leaf(),
        };
        let track = step.and_then(|step| self.judge.track(step.as_str()));
        track.is_none_or(|track| track.place == Place::Main)
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

pub(super) fn unanswered() -> Verdict {
    Verdict::Unknown {
        problem: Problem::standard("communication", 504, "No answer"),
    }
}

pub(super) fn refused(status: u16, retryable: bool) -> Verdict {
    Verdict::Rejected {
        retryable,
        retry_after_ms: None,
        problem: Problem::standard("communication", status, "Refused"),
    }
}
