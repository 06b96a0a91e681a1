//! What became of an attempt: a worker's report, a deadline, a job given up, a success too late
//! (semantics sections 2, 3 and 7).

use super::event::{Event, Failure};
use super::knowledge::Knowledge;
use super::node::{Call, Node, Phase};
use super::turn::{Turn, shared};
use baton_shared::outcome::Verdict;
use baton_shared::planted::{self, Bug};
use baton_shared::{Outcome, Problem, StepId};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

impl Turn<'_> {
    /// A worker reports.
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        if self.saga.paused && planted::is(Bug::FactsLostInPause) {
            return;
        }
        let id = outcome.job.step.clone();
        let current = self.node(&id).and_then(Node::call).is_some_and(|call| {
            call.started.epoch == outcome.job.epoch
                && call.started.round == outcome.job.round
                && !call.is_replaced()
        });
        match (current, outcome.verdict) {
            (_, Verdict::Accepted) => {}
            (true, Verdict::Succeeded { output }) => {
                self.answered = outcome.status;
                self.succeeded(&id, Arc::new(output));
            }
            (true, verdict) => self.reported_failure(&id, Outcome { verdict, ..outcome }),
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
        let stale = call.attempt != outcome.job.attempt;
        if !matches!(call.phase, Phase::Out { .. })
            || (stale && !planted::is(Bug::StaleRejectionTaken))
        {
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
        let retry_after = retry_after.filter(|_| !planted::is(Bug::RetryAfterIgnored));
        let wish = retry_after.map(|ms| outcome.ended_at.after(Duration::from_millis(ms)));
        self.after_failure(id, retryable, wish, problem);
    }

    fn instance(&self, id: &StepId, mut problem: Problem) -> Problem {
        problem.instance = self.node(id).map(|node| node.reference.to_string());
        problem
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
                let doubted = record.bare || record.round > 0 || call.maybe || redelivered;
                matches!(status, 404 | 410)
                    && (doubted || planted::is(Bug::NotFoundIsUndone))
                    && !planted::is(Bug::NotFoundIsALetter)
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
        if !is_out || planted::is(Bug::PoisonIgnored) {
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
    fn late_success(&mut self, job: &baton_shared::JobId, output: Value) {
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
        if planted::is(Bug::LateSuccessIgnored)
            || (record.skipped && planted::is(Bug::SkippedLateIgnored))
            || (self.saga.ended.is_some() && planted::is(Bug::LateAfterEndIgnored))
        {
            return;
        }
        self.record(Event::LateSuccess {
            record: order,
            output: Arc::new(output),
        });
        let silent = planted::is(Bug::SilentPivot);
        if record.pivot && record.compensate.is_none() && record.given_up && !silent {
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
}
