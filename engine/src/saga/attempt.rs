//! The life of a call: started, attempted, retried, given up or held (semantics section 3).

use super::event::{AtTask, CallStarted, Cause, Event, Failure, Place};
use super::knowledge::Knowledge;
use super::record::Record;
use super::render;
use super::state::{Call, Node, Phase, Stage};
use super::tick;
use super::turn::{Turn, shared};
use crate::workflow::{self, Kind, OnExhausted, Task};
use baton_shared::outcome::Verdict;
use baton_shared::retry::Backoff;
use baton_shared::{Outcome, Problem, RetryPolicy, StepId, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long a job may wait for a worker, on top of the call's own timeout. It only bounds how late a
/// lost job is noticed: a worker that has the job reports much earlier.
pub(super) const QUEUE_ALLOWANCE: Duration = Duration::from_secs(300);

/// After the pivot, where nothing else was said: up to a minute apart, for a day.
fn after_pivot() -> RetryPolicy {
    RetryPolicy {
        count: 1500,
        delay: Duration::from_millis(500),
        backoff: Backoff::Exponential,
        max_delay: Duration::from_secs(60),
        within: Some(Duration::from_secs(86_400)),
        jitter: Duration::from_millis(500),
    }
}

impl<'a> Turn<'a> {
    /// Fixes the request of a call; the attempt starts when it may.
    pub(super) fn start_call(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        dot: &Arc<Value>,
        edited: Option<Arc<Value>>,
    ) -> Result<(), Box<Problem>> {
        let task = self.workflow.task(at_task.task);
        let Kind::Call(call) = &task.kind else {
            return Ok(());
        };
        let (epoch, round, attempts_before) = self.numbers(id, at_task);
        let env = self.here(at_task, dot);
        let seen = render::seen(call, &env, dot)?;
        let input = match edited {
            Some(input) => input,
            None => render::input(call, &env, &seen)?,
        };
        env.fits(
            call.input_schema.as_deref(),
            &input,
            "input of the operation",
        )?;
        let request = render::request(call, &env, &seen, &input)?;
        let key = self.key(id, at_task, task, dot, epoch)?;
        let deadline = self.own_deadline(at_task, task, dot)?;
        let started = CallStarted {
            service: call.service.clone(),
            operation: call.operation.clone(),
            key,
            compensates: self
                .record_at(at_task.place)
                .map(|record| record.key.clone()),
            input,
            dot: Arc::clone(dot),
            request: Arc::new(request),
            timeout_ms: u64::try_from(call.timeout.as_millis()).unwrap_or(u64::MAX),
            deadline,
            epoch,
            round,
            attempts_before,
            pivot: task.pivot && at_task.place == Place::Main,
        };
        let (node, at_task, call) = (id.clone(), at_task.clone(), Box::new(started));
        self.record(Event::StepStarted {
            node,
            at_task,
            call,
        });
        Ok(())
    }

    pub(super) fn record_at(&self, place: Place) -> Option<&Record> {
        match place {
            Place::Undo(order) => self.saga.records.get(&order),
            Place::Main | Place::OnFailure => None,
        }
    }

    /// Epoch, round, and the last attempt number used.
    fn numbers(&self, id: &StepId, at_task: &AtTask) -> (u32, u32, u32) {
        if let Some(record) = self.record_at(at_task.place) {
            return (record.epoch, record.round, record.undo_attempts);
        }
        match self.node(id).and_then(Node::call) {
            Some(call) => (call.started.epoch + 1, 0, call.attempt),
            None => (0, 0, 0),
        }
    }

    /// The unchanging key (semantics S2).
    fn key(
        &self,
        id: &StepId,
        at_task: &AtTask,
        task: &'a Task,
        dot: &Arc<Value>,
        epoch: u32,
    ) -> Result<String, Box<Problem>> {
        if let Some(record) = self.record_at(at_task.place) {
            let round = if record.round == 0 {
                String::new()
            } else {
                format!(".{}", record.round)
            };
            // With the lap, should a `then` go back.
            let inner = match &at_task.parent {
                Some(parent) => id
                    .as_str()
                    .strip_prefix(parent.as_str())
                    .unwrap_or_default(),
                None => "",
            };
            return Ok(format!("{}:undo{round}{inner}", record.key));
        }
        let base = match &task.idempotency_key {
            Some(expr) => {
                let env = self.here(at_task, dot);
                match env.expr(expr, dot)? {
                    Value::String(key) if is_header_safe(&key) => key,
                    other => {
                        let title = "The idempotency key must be a short plain text";
                        let problem = Problem::standard("expression", 400, title);
                        return Err(env.placed(problem.with_detail(format!("it is `{other}`"))));
                    }
                }
            }
            None => format!("{}:{id}", self.saga.id),
        };
        Ok(if epoch == 0 {
            base
        } else {
            format!("{base}:e{epoch}")
        })
    }

    /// Puts the next attempt out.
    pub(super) fn start_attempt(&mut self, id: &StepId) {
        let Some((attempt, deadline)) = self.node(id).and_then(|node| {
            let call = node.call()?;
            Some((call.attempt + 1, self.attempt_deadline(node, call)))
        }) else {
            return;
        };
        self.record(Event::AttemptStarted {
            node: id.clone(),
            attempt,
            deadline,
        });
        if let Some(effect) = self.saga.dispatch(id) {
            self.owe(effect);
        }
    }

    /// Whether an attempt that started now would find its deadline passed.
    pub(super) fn would_be_late(&self, id: &StepId) -> bool {
        self.node(id)
            .and_then(|node| Some(self.attempt_deadline(node, node.call()?)))
            .is_some_and(|deadline| deadline <= self.now)
    }

    /// The earliest of the attempt's own timeout and of every timeout around it (semantics S5).
    fn attempt_deadline(&self, node: &Node, call: &Call) -> Timestamp {
        let own = self
            .now
            .after(Duration::from_millis(call.started.timeout_ms) + QUEUE_ALLOWANCE);
        let mut deadline = node.deadline.map_or(own, |task| own.min(task));
        let mut at = node.parent.clone();
        while let Some(parent) = at.as_ref().and_then(|parent| self.node(parent)) {
            deadline = parent
                .deadline
                .map_or(deadline, |outer| deadline.min(outer));
            at = parent.parent.clone();
        }
        let bounded = self.saga.pivot.is_none() && self.saga.pending.is_none();
        if node.place == Place::Main && bounded {
            deadline = self
                .saga
                .deadline
                .map_or(deadline, |workflow| deadline.min(workflow));
        }
        deadline
    }

    /// A worker reports.
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        let id = outcome.job.step.clone();
        let current = self.node(&id).and_then(Node::call).is_some_and(|call| {
            call.started.epoch == outcome.job.epoch
                && call.started.round == outcome.job.round
                && !call.is_replaced()
        });
        match (current, &outcome.verdict) {
            (_, Verdict::Accepted) => {}
            (true, Verdict::Succeeded { output }) => {
                let output = Arc::new(output.clone());
                self.succeeded(&id, output);
            }
            (true, _) => self.reported_failure(&id, outcome),
            (false, Verdict::Succeeded { output }) => self.late_success(&outcome.job, output),
            // News of an attempt that was booked already cannot lower what is known.
            (false, _) => {}
        }
    }

    fn succeeded(&mut self, id: &StepId, output: Arc<Value>) {
        let Some(node) = self.node(id) else { return };
        let dot = Arc::clone(&node.dot);
        let at_task = self.at_task_of(id);
        self.complete(id, &at_task, &dot, output, false);
    }

    fn reported_failure(&mut self, id: &StepId, outcome: Outcome) {
        let Some(node) = self.node(id) else { return };
        let Some(call) = node.call() else { return };
        if !matches!(call.phase, Phase::Out { .. }) || call.attempt != outcome.job.attempt {
            return;
        }
        let described = self.call_of(node);
        let (verdict, retryable, retry_after, problem) = match outcome.verdict {
            Verdict::Rejected {
                retryable,
                retry_after_ms,
                problem,
            } => (Failure::Rejected, retryable, retry_after_ms, problem),
            Verdict::Unknown { problem } => (Failure::Unknown, true, None, problem),
            Verdict::Succeeded { .. } | Verdict::Accepted => return,
        };
        // Only the service itself can prove it: a rejection without a status is the worker's own, and
        // says nothing of an earlier attempt.
        let proven = verdict == Failure::Rejected
            && !retryable
            && outcome.status.is_some()
            && described.is_some_and(|call| call.rejections_final);
        let nothing = verdict == Failure::Rejected
            && self.nothing_to_undo(node, call, outcome.status, outcome.redelivered);
        let problem = self.instance(id, problem);
        self.record(Event::AttemptFailed {
            node: id.clone(),
            attempt: outcome.job.attempt,
            verdict,
            redelivered: outcome.redelivered,
            proven,
            status: outcome.status,
            problem: problem.clone(),
        });
        if nothing {
            self.succeeded(id, shared(Value::Null));
            return;
        }
        let wish = retry_after.map(|ms| outcome.ended_at.after(Duration::from_millis(ms)));
        self.after_failure(id, retryable, wish, problem);
    }

    fn instance(&self, id: &StepId, mut problem: Problem) -> Problem {
        problem.instance = self.node(id).map(|node| node.reference.to_string());
        problem
    }

    fn call_of(&self, node: &Node) -> Option<&'a workflow::Call> {
        match &self.workflow.task(node.task?).kind {
            Kind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// Whether this status of a compensation means that there is nothing to undo (semantics S18).
    fn nothing_to_undo(
        &self,
        node: &Node,
        call: &Call,
        status: Option<u16>,
        redelivered: bool,
    ) -> bool {
        let (Some(record), Some(status)) = (self.record_at(node.place), status) else {
            return false;
        };
        match self
            .call_of(node)
            .and_then(|call| call.nothing_to_undo.as_ref())
        {
            Some(listed) => listed.contains(&status),
            None => {
                matches!(status, 404 | 410)
                    && (record.bare || record.round > 0 || call.maybe || redelivered)
            }
        }
    }

    /// The deadline of the attempt that is out passed, or its job was lost.
    pub(super) fn attempt_unknown(&mut self, id: &StepId, problem: Problem) {
        let Some(attempt) = self.node(id).and_then(Node::call).map(|call| call.attempt) else {
            return;
        };
        let problem = self.instance(id, problem);
        self.record(Event::AttemptFailed {
            node: id.clone(),
            attempt,
            verdict: Failure::Unknown,
            redelivered: false,
            proven: false,
            status: None,
            problem,
        });
    }

    /// What follows a failed attempt: another one, giving up, or a person.
    pub(super) fn after_failure(
        &mut self,
        id: &StepId,
        retryable: bool,
        wish: Option<Timestamp>,
        problem: Problem,
    ) {
        if self.drains(id) {
            return self.give_up(id, problem);
        }
        let Some(node) = self.node(id) else { return };
        let Some(call) = node.call() else { return };
        let waits_for_it = self.saga.pending.is_some() && call.started.pivot;
        if retryable
            && !waits_for_it
            && let Some(due) = self.retry_at(node, call, id, wish)
        {
            return self.record(Event::RetryScheduled {
                node: id.clone(),
                due,
            });
        }
        self.exhausted(id, retryable, problem);
    }

    /// Out of retries, or refused for good.
    pub(super) fn exhausted(&mut self, id: &StepId, retryable: bool, problem: Problem) {
        let Some(reason) = self.reason_to_hold(id, retryable, &problem) else {
            let at_task = self.at_task_of(id);
            self.give_up(id, problem.clone());
            return self.error_leaves(&at_task, problem);
        };
        self.record(Event::StepHeld {
            node: id.clone(),
            problem,
            reason,
        });
    }

    fn reason_to_hold(&self, id: &StepId, retryable: bool, problem: &Problem) -> Option<String> {
        let node = self.node(id)?;
        let call = node.call()?;
        let ends = if retryable {
            "out of retries"
        } else if workflow::same_type(&problem.kind, &tick::timeout("").kind) {
            "out of time"
        } else {
            "refused"
        };
        match node.place {
            Place::Undo(_) => return Some(format!("a compensation is {ends}")),
            Place::OnFailure => return Some(format!("a task of onFailure is {ends}")),
            Place::Main => {}
        }
        let task = self.workflow.task(node.task?);
        if call.in_doubt(task) {
            return Some(
                "the pivot is in doubt: did it happen? skip says yes, drop says no".to_owned(),
            );
        }
        if let Some(reason) = self.must_hold(&self.at_task_of(id), problem) {
            return Some(reason);
        }
        // What waits for this pivot acts now, and covers it.
        let waited_for = self.saga.pending.is_some();
        (retryable && !waited_for && task.on_exhausted == OnExhausted::Hold)
            .then(|| "out of retries, and its policy says hold".to_owned())
    }

    /// The step is given up; what its compensation must do is registered.
    pub(super) fn give_up(&mut self, id: &StepId, problem: Problem) {
        let compensate = self.compensation_of(id);
        self.record(Event::StepGivenUp {
            node: id.clone(),
            problem,
            compensate,
        });
    }

    /// What undoes a step of the main line, unless it changes nothing.
    pub(super) fn compensation_of(&self, id: &StepId) -> Option<workflow::TaskIndex> {
        let node = self.node(id).filter(|node| node.place == Place::Main)?;
        self.workflow.task(node.task?).compensate
    }

    /// Whether no new attempt may start here.
    pub(super) fn drains(&self, id: &StepId) -> bool {
        let Some(node) = self.node(id) else {
            return true;
        };
        match node.place {
            Place::Main => {}
            Place::OnFailure => return self.saga.stage == Stage::Closing,
            Place::Undo(_) => return false,
        }
        self.saga.stage != Stage::Forward || self.in_draining_fork(node.parent.as_ref())
    }

    fn retry_at(
        &self,
        node: &Node,
        call: &Call,
        id: &StepId,
        wish: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let policy = self.policy(node);
        if call.tries > policy.count {
            return None;
        }
        let seed = format!("{}:{id}", self.saga.id);
        let due = self.now.after(policy.wait(call.tries, &seed));
        let due = wish.map_or(due, |wish| due.max(wish));
        let first = call.first_attempt.unwrap_or(self.now);
        let in_time = policy
            .within
            .is_none_or(|within| due <= first.after(within));
        in_time.then_some(due)
    }

    /// The retry policy in force at a call.
    fn policy(&self, node: &Node) -> RetryPolicy {
        let Some(task) = node.task.map(|task| self.workflow.task(task)) else {
            return RetryPolicy::none();
        };
        let service = self.call_of(node).and_then(|call| call.retry.as_ref());
        let undoing = matches!(node.place, Place::Undo(_));
        let saga = self.workflow.saga.retry.as_ref().filter(|_| undoing);
        if let Some(policy) = task.retry.as_ref().or(saga) {
            return policy.clone();
        }
        if node.place == Place::Main && self.saga.pivot.is_some() {
            return after_pivot();
        }
        match service {
            Some(policy) => policy.clone(),
            None if undoing => RetryPolicy::persistent(),
            None => RetryPolicy::default(),
        }
    }

    /// The broker gave the job up.
    pub(super) fn job_given_up(&mut self, job: &baton_shared::JobId, reason: &str) {
        let is_out = self
            .node(&job.step)
            .and_then(Node::call)
            .is_some_and(|call| {
                matches!(call.phase, Phase::Out { .. })
                    && call.attempt == job.attempt
                    && call.started.epoch == job.epoch
                    && call.started.round == job.round
            });
        if !is_out {
            return;
        }
        let id = job.step.clone();
        let problem = Problem::standard("communication", 500, "The queue gave the job up")
            .with_detail(format!("reason: {reason}"));
        self.attempt_unknown(&id, problem.clone());
        let problem = self.instance(&id, problem);
        if self.drains(&id) {
            return self.give_up(&id, problem);
        }
        if self.saga.pending.is_some() {
            return self.exhausted(&id, true, problem);
        }
        let reason = format!("the queue gave the job up ({reason}): it may be poison to workers");
        self.record(Event::StepHeld {
            node: id,
            problem,
            reason,
        });
    }

    /// Success for an epoch that nobody waits for any more (semantics section 7).
    fn late_success(&mut self, job: &baton_shared::JobId, output: &Value) {
        if job.kind == baton_shared::JobKind::Compensation {
            return;
        }
        let found = self.saga.records.iter().find(|(_, record)| {
            record.step == job.step
                && record.epoch == job.epoch
                && record.knowledge != Knowledge::Happened
        });
        let Some((order, record)) = found.map(|(order, record)| (*order, record.clone())) else {
            return;
        };
        self.record(Event::LateSuccess {
            record: order,
            output: Arc::new(output.clone()),
        });
        if record.pivot && record.compensate.is_none() && record.given_up {
            let node = StepId::new(format!("{}:late", record.epoch_name()));
            let reason = if self.saga.failing.is_some() && self.saga.pivot.is_none() {
                "the pivot happened after the saga went back: settle it by hand".to_owned()
            } else {
                "the pivot happened after it was given up: settle it by hand".to_owned()
            };
            self.record(Event::PivotStandsLate {
                node,
                record: order,
                reason,
            });
        }
    }

    /// A cancel or timeout meets a pivot that has had an attempt (semantics S36).
    pub(super) fn wait_for_pivot(&mut self, cause: Cause, problem: Problem) -> bool {
        let decides = |node: &Node, call: &Call| match call.phase {
            // Its old epoch is settled by being undone.
            Phase::Replacing { .. } => false,
            Phase::Held { .. } => node
                .task
                .is_some_and(|task| call.in_doubt(self.workflow.task(task))),
            Phase::Ready | Phase::Out { .. } | Phase::Backoff { .. } => true,
        };
        let pivots = self.nodes(|_, node| {
            node.place == Place::Main
                && node.call().is_some_and(|call| {
                    call.started.pivot
                        && call.attempt > call.started.attempts_before
                        && decides(node, call)
                })
        });
        let Some(id) = pivots.into_iter().next() else {
            return false;
        };
        self.record(Event::Pending { cause, problem });
        let Some(node) = self.node(&id) else {
            return true;
        };
        let waiting = node
            .call()
            .is_some_and(|call| matches!(call.phase, Phase::Backoff { .. } | Phase::Ready));
        if waiting {
            let last = node.call().and_then(|call| call.last.clone());
            let problem = last.unwrap_or_else(|| Problem::standard("runtime", 500, "Not retried"));
            self.exhausted(&id, true, problem);
        }
        true
    }
}

impl Call {
    /// A pivot of which nobody knows whether it happened, and that nothing undoes (semantics S35).
    fn in_doubt(&self, task: &Task) -> bool {
        self.started.pivot && self.knowledge == Knowledge::Maybe && task.compensate.is_none()
    }

    /// Its epoch is over: it is being undone, or was and the edited one could not be rendered.
    pub(super) fn is_replaced(&self) -> bool {
        let undone = self.knowledge == Knowledge::Untried
            && self.attempt > self.started.attempts_before
            && matches!(self.phase, Phase::Held { .. });
        undone || matches!(self.phase, Phase::Replacing { .. })
    }
}

/// Keys travel in a header.
fn is_header_safe(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|b| (0x21..0x7f).contains(&b))
}
