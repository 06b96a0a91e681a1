//! What happens to one job: looked up, called, recorded. Ends with an outcome that may be published.

use crate::caller::too_late;
use crate::lanes::Taken;
use crate::record;
use crate::run::{Worker, patience};
use crate::span::Begun;
use baton_shared::planted::{self, Bug};
use baton_shared::port::{Caller, Clock, Queue, Receipt, RecordKind, Records};
use baton_shared::{JobKind, Outcome, Problem, SagaId, ServiceName, Verdict};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use serde_json::value::RawValue;
use std::panic::AssertUnwindSafe;

/// Resolves when the worker shall stop.
pub(crate) type Stop = Shared<BoxFuture<'static, ()>>;

/// How the work on one delivery ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Recorded: the outcome may be published.
    Recorded(Box<Recorded>),
    /// The worker stops before the outcome could be recorded. The job stays unacknowledged.
    Left { service: ServiceName, key: String },
    /// It was no job of ours and is in the dead lane, or the worker stops.
    Refused,
}

/// An outcome in the record, on its way out.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) key: String,
    pub(crate) saga: SagaId,
    pub(crate) service: ServiceName,
    pub(crate) partition: baton_shared::Partition,
    pub(crate) traceparent: Option<String>,
    /// JSON of an [`Outcome`], as the record has it.
    pub(crate) outcome: Box<RawValue>,
    /// Of the job and of its copies.
    pub(crate) receipts: Vec<Receipt>,
    /// How often publishing it failed.
    pub(crate) tries: u32,
}

impl<Q: Queue, R: Records, C: Caller, K: Clock> Worker<Q, R, C, K> {
    /// Makes one attempt, unless the record already has its outcome.
    pub(crate) async fn attempt(&self, taken: Taken, stop: Stop) -> Ended {
        let Some(outcome) = self.outcome(&taken, &stop).await else {
            let (service, key) = (taken.job.service, taken.key);
            return Ended::Left { service, key };
        };
        Ended::Recorded(Box::new(Recorded {
            key: taken.key,
            saga: taken.job.id.saga,
            service: taken.job.service,
            partition: taken.job.partition,
            traceparent: taken.traceparent,
            outcome,
            receipts: vec![taken.receipt],
            tries: 0,
        }))
    }

    async fn outcome(&self, taken: &Taken, stop: &Stop) -> Option<Box<RawValue>> {
        if taken.again {
            // Dying before or after: nothing changed. The record is read, and read again next time.
            let look = || self.records.get(RecordKind::Result, &taken.key);
            let found = self.insist("look up", &taken.key, stop, look).await?;
            if let Some(outcome) = found.and_then(|bytes| record::read(&taken.job.id, &bytes))
                && !planted::is(Bug::RecordNotRead)
            {
                return Some(outcome);
            }
        }
        let outcome = self.call(taken).await;
        let outcome = serde_json::value::to_raw_value(&outcome).expect("outcomes are plain data");
        if planted::is(Bug::RecordNotWritten) || planted::is(Bug::RecordAfterOutcome) {
            return Some(outcome);
        }
        // Dying before: the call may have happened and nobody knows; the job comes again and is
        // called again under the same key, marked `redelivered`. Dying within or after: the record
        // has this outcome or none, and a job that comes again is answered accordingly.
        let keep = || {
            let bytes = outcome.get().as_bytes().to_vec();
            self.records.put_new(RecordKind::Result, &taken.key, bytes)
        };
        let earlier = self.insist("record", &taken.key, stop, keep).await?;
        // Another copy was first: what it said has perhaps been sent, so it is what we say.
        Some(
            earlier
                .and_then(|bytes| record::read(&taken.job.id, &bytes))
                .unwrap_or(outcome),
        )
    }

    async fn call(&self, taken: &Taken) -> Outcome {
        let job = &taken.job;
        let now = self.clock.now();
        let made = |verdict| Outcome {
            job: job.id.clone(),
            verdict,
            status: None,
            redelivered: taken.again,
            started_at: now,
            ended_at: self.clock.now(),
        };
        let outcome = if now >= job.deadline && !planted::is(Bug::CallAfterDeadline) {
            made(too_late())
        } else {
            let begun = Begun::below(taken.traceparent.as_deref(), &self.spans);
            let own = begun.as_ref().map(Begun::traceparent);
            let traceparent = own.as_deref().or(taken.traceparent.as_deref());
            // Dying within: the service may have done it. The job, unacknowledged, comes again.
            // A bug in a caller must not take the other jobs with it. The call has no name of its own:
            // each attempt would keep room for it twice.
            let outcome = AssertUnwindSafe(self.caller.call(job, traceparent, taken.again))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| made(broken_off()));
            if let Some(begun) = begun {
                self.spans.record(begun.end(job, &outcome));
            }
            outcome
        };
        log(taken, &outcome);
        outcome
    }

    /// Moves what is no job of ours to the dead lane.
    pub(crate) async fn refuse(&self, receipt: Receipt, stop: Stop) -> Ended {
        // Dying before: it comes again and is refused again. Dying after: it is in the dead lane.
        let refuse = || self.queue.reject(receipt);
        // None only when the worker stops: then it stays unacknowledged and comes again.
        let _refused_or_stopped = self.insist("refuse", "unreadable", &stop, refuse).await;
        Ended::Refused
    }

    /// Does it until it works, with growing pauses; `None` when the worker stops meanwhile.
    async fn insist<T, E: std::error::Error, F: Future<Output = Result<T, E>>>(
        &self,
        what: &str,
        job: &str,
        stop: &Stop,
        mut action: impl FnMut() -> F,
    ) -> Option<T> {
        for tries in 1.. {
            match action().await {
                Ok(done) => return Some(done),
                Err(error) => tracing::warn!(job, tries, %error, "cannot {what}; trying again"),
            }
            let until = self.clock.now().after(patience(tries, job));
            // Dying here: as before the action; nothing is held but the unacknowledged delivery.
            tokio::select! {
                biased;
                () = stop.clone() => return None,
                () = self.clock.sleep_until(until) => {}
            }
        }
        None
    }
}

fn broken_off() -> Verdict {
    let problem = Problem::standard("runtime", 500, "The worker failed within the call");
    Verdict::Unknown { problem }
}

/// One line an attempt. Names and numbers only: never a body, never a header. What went well is told to
/// who asks for it: at thousands a second it would be most of what a worker says.
fn log(taken: &Taken, outcome: &Outcome) {
    let job = &taken.job;
    let verdict = match &outcome.verdict {
        Verdict::Succeeded { .. } => "succeeded",
        Verdict::Accepted => "accepted",
        Verdict::Rejected {
            retryable: true, ..
        } => "rejected, retryable",
        Verdict::Rejected { .. } => "rejected",
        Verdict::Unknown { .. } => "unknown",
    };
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                saga = %job.id.saga,
                step = %job.id.step,
                attempt = job.id.attempt,
                compensation = job.id.kind == JobKind::Compensation,
                service = %job.service,
                operation = job.operation.as_deref().unwrap_or("-"),
                status = outcome.status,
                ms = outcome.ended_at.since(outcome.started_at).as_millis(),
                verdict,
                "attempt"
            )
        };
    }
    match outcome.verdict {
        Verdict::Succeeded { .. } | Verdict::Accepted => line!(debug),
        _ => line!(info),
    }
}
