//! What the judges know: every saga's story, every job that was queued, every request that was
//! answered. It is told of each fact as it happens, and lets the laws judge it.

use crate::canary::Heard;
use crate::counted::Counted;
use crate::fault::Fault;
use crate::hands::{Begins, Handed, Hands};
use crate::healing::Healing;
use crate::law::secrets_stay;
use crate::law::{Judgement, LAWS, Law};
use crate::says::Says;
use crate::service::Call;
use crate::story::Story;
use crate::world::Who;
use baton_engine::saga::event::{self, Recorded};
use baton_engine::store::{Append, DueKind};
use baton_engine::workflow::Workflow;
use baton_shared::{Job, JobId, Outcome, SagaId, Timestamp, Verdict};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// A law that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub law: &'static str,
    pub what: String,
}

#[derive(Default)]
pub struct Books {
    pub stories: BTreeMap<SagaId, Story>,
    pub hands: Hands,
    /// By `namespace/name`.
    pub workflows: BTreeMap<String, Arc<Workflow>>,
    /// Jobs that were in the queue at some time.
    pub queued: BTreeSet<JobId>,
    /// What each key sent, as the journal has it and as it reached the service.
    pub requests: BTreeMap<String, Arc<baton_shared::Request>>,
    pub calls: BTreeMap<String, Call>,
    /// Forward keys of steps that were reported as done to an orchestrator, and acknowledged.
    pub reported: BTreeMap<String, u64>,
    /// Jobs that the queue gave up, and outcomes it gave up or lost.
    pub buried: BTreeSet<JobId>,
    pub poisoned: u32,
    /// Submissions that were answered with success, with their input.
    pub accepted: BTreeMap<SagaId, Value>,
    /// Sagas that outlived their retention.
    pub forgotten: BTreeSet<SagaId>,
    /// A power cut took back what the store had promised for no longer than a second.
    pub power_cut: bool,
    /// Sagas of which it took everything back: the id was free again.
    pub taken_back: BTreeSet<SagaId>,
    /// What a service asked for with `Retry-After`, by attempt: not before. Of several answers the least, which is
    /// zero where one asked for nothing.
    pub wished: BTreeMap<JobId, Timestamp>,
    pub broken: Option<Broken>,
    /// The kinds of events and the status words that came.
    pub events_seen: BTreeSet<&'static str>,
    pub statuses_seen: BTreeSet<&'static str>,
    /// When anything was written last, and when anything was queued.
    pub now: u64,
    pub clock: u64,
    /// What people asked for that the journal has taken in, until it is counted.
    pub asked_for: Vec<Fault>,
    /// Requests by orchestrator's life that are not answered.
    pub asked: BTreeMap<Who, usize>,
    pub healing: Healing,
    pub counted: Counted,
    /// What was heard of the log, where somebody listened.
    pub heard: Option<Heard>,
}

/// The first law that does not hold.
fn judged(check: impl Fn(&dyn Law) -> Judgement) -> Option<Broken> {
    LAWS.iter().find_map(|law| {
        let what = check(*law).err()?;
        let law = law.name();
        Some(Broken { law, what })
    })
}

/// What of people's doing an event shows. A pause of what is paused already is answered well, and so is a
/// second cancel: only the journal tells whether anything came of one.
fn asked_for(event: &event::Event) -> Option<Fault> {
    match event {
        event::Event::Paused => Some(Fault::Pause),
        event::Event::Failing { cause, .. } | event::Event::Pending { cause, .. } => {
            (*cause == event::Cause::Cancel).then_some(Fault::Cancel)
        }
        _ => None,
    }
}

impl Books {
    fn judge(&mut self, check: impl Fn(&Self, &dyn Law) -> Judgement) {
        if self.broken.is_none() {
            self.broken = judged(|law| check(self, law));
        }
    }

    /// What concerns one saga: its story is looked up once, and not by each law.
    fn judge_saga(&mut self, id: &SagaId, check: impl Fn(&Self, &Story, &dyn Law) -> Judgement) {
        if self.broken.is_none()
            && let Some(story) = self.stories.get(id)
        {
            self.broken = judged(|law| check(self, story, law));
        }
    }

    pub fn break_law(&mut self, law: &'static str, what: String) {
        if self.broken.is_none() {
            self.broken = Some(Broken { law, what });
        }
    }

    /// Something is kept, sent or shown to people.
    pub fn seen(&mut self, place: &str, bytes: &[u8]) {
        if let Err(what) = secrets_stay::seen(place, bytes) {
            self.break_law("secrets_stay", what);
        }
    }

    /// A transition was kept.
    pub fn appended(&mut self, append: &Append, now: u64) {
        self.now = now;
        let Ok(events) = event::decode(&append.events) else {
            return self.break_law("replay", "an appended event cannot be read".to_owned());
        };
        if events.len() as u64 != append.count {
            self.break_law("replay", "the append miscounts its events".to_owned());
        }
        let id = &append.saga;
        self.counted.transition(append.txid);
        let mut events = events.into_iter();
        if append.expected.seq == 0
            && let Some(first) = events.next()
        {
            self.born(id, first, append);
        }
        for recorded in events {
            self.one(id, recorded, append.txid);
        }
        self.judge_saga(id, |_, story, law| law.state(story, append));
        if let Some(story) = self.stories.get(id) {
            self.statuses_seen.insert(story.saga.status().word());
        }
    }

    fn born(&mut self, id: &SagaId, first: Recorded, append: &Append) {
        self.events_seen.insert(crate::cover::kind(&first.event));
        let workflow = self.workflows.get(&append.row.workflow).cloned();
        let story = workflow.and_then(|workflow| Story::new(id.clone(), first, workflow));
        match story {
            Some(story) => {
                self.counted.begins(append.txid);
                self.stories.insert(id.clone(), story);
            }
            None => self.break_law("replay", format!("{id} does not begin with a submission")),
        }
    }

    fn one(&mut self, id: &SagaId, recorded: Recorded, txid: u64) {
        self.events_seen.insert(crate::cover::kind(&recorded.event));
        self.judge_saga(id, |books, story, law| law.event(books, story, &recorded));
        if let event::Event::StepStarted { call, .. } = &recorded.event {
            self.requests
                .entry(call.key.clone())
                .or_insert_with(|| call.request.clone());
        }
        self.asked_for.extend(asked_for(&recorded.event));
        if let Some(story) = self.stories.get_mut(id) {
            self.counted.kept(txid, story, &recorded.event, &self.hands);
            story.take(recorded);
        }
    }

    /// The store's due times of a saga, after they changed.
    pub fn dues(&mut self, id: &SagaId, dues: &BTreeMap<DueKind, Timestamp>, now: u64) {
        self.now = now;
        self.judge_saga(id, |books, story, law| law.dues(books, story, dues));
        if let Some(story) = self.stories.get_mut(id) {
            // What is written when its time has passed is due from then on.
            let due = |(kind, at): (&DueKind, &Timestamp)| (*kind, (*at).max(Timestamp(now)));
            story.dues.clear();
            story.dues.extend(dues.iter().map(due));
        }
    }

    /// A message is in the queue.
    pub fn published(&mut self, says: &Says, now: u64) {
        self.clock = now;
        if let Says::Job(job) = says {
            self.judge(|books, law| law.queued(books, job));
            self.queued.insert(job.id.clone());
            self.hands.queued(job, self.clock);
        }
        if let Says::Outcome(outcome) = says {
            self.hands.tells(outcome);
        }
        if let Says::Outcome(outcome) = says
            && let Verdict::Rejected { retry_after_ms, .. } = outcome.verdict
        {
            let till = |ms| outcome.ended_at.after(Duration::from_millis(ms));
            let wish = retry_after_ms.map_or(Timestamp(0), till);
            let wished = self.wished.entry(outcome.job.clone()).or_insert(wish);
            *wished = wish.min(*wished);
        }
    }

    /// A worker's report is in the queue; `record` is what is kept of the job at that moment.
    pub fn reported(&mut self, outcome: &Outcome, record: Option<&[u8]>) {
        self.judge(|books, law| law.reported(books, outcome, record));
    }

    /// A job is given to a worker.
    pub fn handed(&mut self, handed: &Handed<'_>) {
        self.hands.handed(handed);
    }

    /// A worker begins a call, by its own clock.
    pub fn begins(&mut self, who: Who, call: &Call, clock: Timestamp, credentials: Option<&str>) {
        let job = self.hands.job_of(call);
        let begins = Begins {
            who,
            call,
            job: job.as_deref(),
            clock,
            credentials,
        };
        self.judge(|books, law| law.begins(books, &begins));
        self.hands.begins(who, call);
    }

    /// A message of nobody's was acknowledged; `orphans` are kept.
    pub fn put_away(&mut self, body: &[u8], orphans: &[&[u8]]) {
        self.judge(|books, law| law.put_away(books, body, orphans));
    }

    /// Somebody said that a message is done with.
    pub fn acknowledged(&mut self, says: &Says, dead: bool) {
        match says {
            Says::Outcome(outcome) if !dead => {
                let outcome: &Outcome = outcome;
                self.judge(|books, law| law.settled(books, outcome));
                let done = matches!(outcome.verdict, Verdict::Succeeded { .. });
                if let Some(key) = self.key_of(&outcome.job).filter(|_| done) {
                    let now = self.now;
                    self.reported.insert(key, now);
                }
            }
            Says::Job(job) if !dead => {
                let job: &Job = job;
                self.judge(|books, law| law.released(books, job));
            }
            Says::Job(job) if dead => {
                let job: &Job = job;
                self.judge(|books, law| law.mourned(books, job));
            }
            _ => {}
        }
    }

    /// The key of a forward job, as the journal has it.
    fn key_of(&self, job: &JobId) -> Option<String> {
        if job.kind != baton_shared::JobKind::Task {
            return None;
        }
        let story = self.stories.get(&job.saga)?;
        let mut calls = story
            .journal
            .iter()
            .rev()
            .filter_map(|recorded| match &recorded.event {
                event::Event::StepStarted { node, call, .. }
                    if *node == job.step && call.epoch == job.epoch =>
                {
                    Some(call)
                }
                _ => None,
            });
        calls.next().map(|call| call.key.clone())
    }

    pub fn buried(&mut self, says: &Says) {
        match says {
            Says::Job(job) => {
                self.buried.insert(job.id.clone());
            }
            Says::Outcome(outcome) => {
                self.buried.insert(outcome.job.clone());
            }
            Says::Forged(_) | Says::Nothing => {}
        }
    }

    pub fn lost(&mut self, says: &Says) {
        if let Says::Job(job) = says {
            self.queued.insert(job.id.clone());
        }
    }

    /// A request left for its service.
    pub fn called(&mut self, call: &Call) {
        self.judge(|books, law| law.called(books, call));
        if !self.calls.contains_key(&call.key) {
            self.calls.insert(call.key.clone(), call.clone());
        }
    }

    /// A service carried out a request.
    pub fn served(&mut self, call: &Call, status: u16) {
        self.judge(|books, law| law.served(books, call, status));
    }

    pub fn forgotten(&mut self, saga: &SagaId) {
        if self
            .stories
            .get(saga)
            .is_some_and(|story| !story.saga.is_over())
        {
            self.break_law(
                "accepted_is_kept",
                format!("{saga} is forgotten and not over"),
            );
        }
        self.forgotten.insert(saga.clone());
    }

    /// A power cut took back what came after `seq`.
    pub fn rewound(&mut self, id: &SagaId, seq: u64) {
        self.power_cut = true;
        let Some(story) = self.stories.remove(id) else {
            return;
        };
        let kept = if seq == 0 { None } else { story.shortened(seq) };
        match kept {
            Some(story) => {
                self.stories.insert(id.clone(), story);
            }
            None => {
                self.accepted.remove(id);
                self.taken_back.insert(id.clone());
            }
        }
    }

    /// Somebody asks this orchestrator for something.
    pub fn asks(&mut self, who: Who) {
        *self.asked.entry(who).or_default() += 1;
    }

    /// It answers; with a limit where it refused because so many wait.
    pub fn answers(&mut self, who: Who, overloaded: Option<usize>) {
        let asked = self.asked.entry(who).or_default();
        *asked = asked.saturating_sub(1);
        let waiting = *asked;
        if let Some(limit) = overloaded {
            self.judge(|books, law| law.refused(books, waiting, limit));
        }
    }

    /// The API answered a submission with success.
    pub fn answered(&mut self, saga: &SagaId, input: &Value) {
        self.judge(|books, law| law.answered(books, saga, input));
        // One that a power cut took back before its answer came was accepted for no longer than that.
        if self.stories.contains_key(saga) {
            self.accepted.insert(saga.clone(), input.clone());
        }
    }

    /// Nothing is in flight any more.
    pub fn end(&mut self, end: &crate::law::End<'_>) {
        self.judge(|books, law| law.end(books, end));
    }

    /// An append for people.
    pub fn told(&self, append: &Append) -> String {
        let mut text = format!("  {} {}..", append.saga, append.expected.seq);
        for recorded in event::decode(&append.events).unwrap_or_default() {
            let event = serde_json::to_string(&recorded.event).unwrap_or_default();
            let short: String = event.chars().take(170).collect();
            write!(text, "\n                {short}").expect("a string takes all");
        }
        let timer = append
            .timer
            .map(|at| at.0.saturating_sub(crate::world::BEGIN));
        let status = &append.row.status;
        write!(
            text,
            "\n                = {status}, timer {timer:?}, {:?}",
            append.duty
        )
        .expect("a string takes all");
        text
    }
}
