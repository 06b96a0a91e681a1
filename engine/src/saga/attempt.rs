//! The life of a call: started, attempted, retried, given up or held (semantics section 3).

use super::event::{Cause, Event, Place};
use super::knowledge::Knowledge;
use super::node::{Call, Node, Phase};
use super::state::Stage;
use super::tick;
use super::turn::Turn;
use crate::workflow::{self, Kind, OnExhausted, Task};
use baton_shared::planted::{self, Bug};
use baton_shared::retry::Backoff;
use baton_shared::{Problem, RetryPolicy, StepId, Timestamp};
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
        let first = call
            .first_attempt
            .filter(|_| planted::is(Bug::StaleDeadline));
        let from = first.unwrap_or(self.now);
        let own = from.after(Duration::from_millis(call.started.timeout_ms) + QUEUE_ALLOWANCE);
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

    pub(super) fn call_of(&self, node: &Node) -> Option<&'a workflow::Call> {
        match &self.workflow.task(node.task?).kind {
            Kind::Call(call) => Some(call),
            _ => None,
        }
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

    /// What undoes a step of the main line, where its task has a `compensate`.
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
        let fewer = u32::from(planted::is(Bug::OneRetryTooFew));
        let count = policy.count.saturating_sub(fewer);
        if call.tries > count && !planted::is(Bug::RetryBeyondCount) {
            return None;
        }
        if planted::is(Bug::BackoffZero) {
            return Some(self.now);
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
        if planted::is(Bug::CancelOverPivot) {
            return false;
        }
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
        let maybe = self.knowledge == Knowledge::Maybe && !planted::is(Bug::PivotInDoubtBelieved);
        self.started.pivot && maybe && task.compensate.is_none()
    }

    /// Its epoch is over: it is being undone, or was and the edited one could not be rendered.
    pub(super) fn is_replaced(&self) -> bool {
        let undone = self.knowledge == Knowledge::Untried
            && self.attempt > self.started.attempts_before
            && matches!(self.phase, Phase::Held { .. });
        undone || matches!(self.phase, Phase::Replacing { .. })
    }
}
