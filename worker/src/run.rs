//! The worker's loop: takes jobs, lets them be called side by side, publishes outcomes in batches.
//!
//! ```text
//!   inbox ──► lanes ──► attempts (look up, call, record) ──► finished ──► publish ──► acknowledge
//!                                                               ▲            │
//!                                                               └─ patience ─┘ what failed
//! ```
//!
//! Invariant: for each delivery one of these is true at any moment: it is unacknowledged; or its
//! outcome is published, confirmed. Nothing here spawns, sleeps or opens a socket by itself, so the
//! loop runs as well under a simulated scheduler.

use crate::attempt::{Ended, Recorded, Stop};
use crate::lanes::{Lanes, Pools, Taken};
use crate::record;
use baton_shared::planted::{self, Bug};
use baton_shared::port::{
    Caller, Clock, Delivery, Inbox, Lane, Outgoing, Queue, QueueError, Records,
};
use baton_shared::retry::{Backoff, RetryPolicy};
use baton_shared::{Envelope, Job, MessageError, Outcome, Spans, Timestamp};
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Messages taken from the inbox, and outcomes published, in one call.
const BATCH: usize = 256;
/// Publishes that may wait for their confirms at once. Few: what finishes meanwhile forms a batch, and
/// the outcomes of a batch share messages.
const PUBLISHES: usize = 2;

/// Makes attempts for the services of its pools. Cheap parts, shared by reference count: the same
/// queue may serve an orchestrator in the same process.
pub struct Worker<Q, R, C, K> {
    pub(crate) queue: Arc<Q>,
    pub(crate) records: Arc<R>,
    pub(crate) caller: Arc<C>,
    pub(crate) clock: Arc<K>,
    pub(crate) spans: Spans,
    pools: Pools,
    /// How many messages were sent, for ids that name one sending.
    sent: AtomicU64,
}

/// The pause before try `tries` + 1 of something of our own that failed: 100 ms to 10 s.
pub(crate) fn patience(tries: u32, seed: &str) -> Duration {
    let policy = RetryPolicy {
        count: u32::MAX,
        delay: Duration::from_millis(100),
        backoff: Backoff::Exponential,
        max_delay: Duration::from_secs(10),
        within: None,
        jitter: Duration::from_millis(50),
    };
    policy.wait(tries, seed)
}

/// What the loop keeps between its turns.
struct State<'a> {
    lanes: Lanes,
    attempts: FuturesUnordered<BoxFuture<'a, Ended>>,
    publishes: FuturesUnordered<BoxFuture<'a, Vec<Recorded>>>,
    /// To be published; the time is when, for those that failed before.
    finished: Vec<(Timestamp, Recorded)>,
    stop: Stop,
    draining: bool,
}

impl State<'_> {
    fn is_idle(&self) -> bool {
        self.attempts.is_empty() && self.publishes.is_empty() && self.finished.is_empty()
    }
}

impl<Q: Queue, R: Records, C: Caller, K: Clock> Worker<Q, R, C, K> {
    pub fn new(
        queue: Arc<Q>,
        records: Arc<R>,
        caller: Arc<C>,
        clock: Arc<K>,
        pools: Pools,
    ) -> Self {
        Self {
            queue,
            records,
            caller,
            clock,
            spans: Spans::default(),
            pools,
            sent: AtomicU64::new(0),
        }
    }

    /// The same, with a span for each attempt.
    #[must_use]
    pub fn with_spans(mut self, spans: Spans) -> Self {
        self.spans = spans;
        self
    }

    /// Works until `shutdown` resolves or the queue is closed, then finishes what is under way
    /// (each call is bounded by its own time) and returns. What has not started is left to others.
    /// Fails only where the queue says that its lanes can never be had.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), QueueError> {
        let stop: Stop = shutdown.boxed().shared();
        // Dying before or after: nothing was taken.
        let inbox = tokio::select! {
            biased;
            () = stop.clone() => return Ok(()),
            inbox = self.queue.open(self.pools.source()) => inbox?,
        };
        // The stream keeps the inbox, and with it our receipts, until this function returns; and a
        // turn of the loop that does not get to it cancels nothing within it.
        let mut batches = pin!(stream::unfold(inbox, |mut inbox| async {
            let batch = inbox.next(BATCH).await?;
            Some((batch, inbox))
        }));
        let mut state = State {
            lanes: Lanes::new(&self.pools),
            attempts: FuturesUnordered::new(),
            publishes: FuturesUnordered::new(),
            finished: Vec::new(),
            stop: stop.clone(),
            draining: false,
        };
        let mut stopped = stop;
        loop {
            self.start(&mut state);
            self.publish(&mut state);
            if state.draining && state.is_idle() {
                return Ok(());
            }
            let due = if state.publishes.len() < PUBLISHES {
                earliest(&state)
            } else {
                None
            };
            // Dying in this wait: what is unacknowledged comes again, and what was recorded of it
            // answers then. Nothing is acknowledged that was not published.
            tokio::select! {
                biased;
                () = &mut stopped, if !state.draining => drain(&mut state),
                Some(failed) = state.publishes.next() => self.keep(&mut state, failed),
                Some(ended) = state.attempts.next() => finish(&mut state, ended),
                () = self.wake(due), if due.is_some() => {}
                batch = batches.next(), if !state.draining => match batch {
                    Some(batch) => self.accept(&mut state, batch),
                    None => drain(&mut state),
                },
            }
        }
    }

    /// Sorts what was received: jobs into their lanes, everything else out.
    fn accept<'a>(&'a self, state: &mut State<'a>, batch: Vec<Delivery>) {
        for delivery in batch {
            match take(&state.lanes, &delivery) {
                Ok(taken) => state.lanes.accept(taken),
                Err(reason) => {
                    tracing::warn!(lane = ?delivery.lane, %reason, "no job of ours: refused");
                    let stop = state.stop.clone();
                    state
                        .attempts
                        .push(self.refuse(delivery.receipt, stop).boxed());
                }
            }
        }
    }

    /// Starts what its service has room for.
    fn start<'a>(&'a self, state: &mut State<'a>) {
        for taken in state.lanes.start() {
            state
                .attempts
                .push(self.attempt(taken, state.stop.clone()).boxed());
        }
    }

    /// Sends what is due, together.
    fn publish<'a>(&'a self, state: &mut State<'a>) {
        if state.finished.is_empty() || state.publishes.len() >= PUBLISHES {
            return;
        }
        let now = self.clock.now();
        // When draining, what waits for another try gets it at once, and only that one.
        let (ready, later): (Vec<_>, Vec<_>) = std::mem::take(&mut state.finished)
            .into_iter()
            .partition(|(at, _)| *at <= now || state.draining);
        state.finished = later;
        let mut ready = ready.into_iter().map(|(_, recorded)| recorded).peekable();
        while ready.peek().is_some() {
            let batch = ready.by_ref().take(BATCH).collect();
            state.publishes.push(self.send(batch).boxed());
        }
    }

    /// Publishes and then acknowledges; returns what could not be published.
    async fn send(&self, batch: Vec<Recorded>) -> Vec<Recorded> {
        let messages = batch
            .iter()
            .map(|recorded| self.message(recorded))
            .collect();
        // Dying before: the jobs come again and are answered from the record. Dying within: some
        // outcomes are out; their jobs come again all the same, and a second equal outcome does no
        // harm.
        #[cfg(feature = "planted")]
        self.ack_early(&batch).await;
        let mut results = self.queue.publish(messages).await.into_iter();
        let mut receipts = Vec::new();
        let mut failed = Vec::new();
        for mut recorded in batch {
            let silent = || {
                Err(QueueError::Unavailable(
                    "the queue gave no answer".to_owned(),
                ))
            };
            match results.next().unwrap_or_else(silent) {
                Ok(()) => {
                    #[cfg(feature = "planted")]
                    self.record_late(&recorded).await;
                    receipts.append(&mut recorded.receipts);
                }
                Err(error) => {
                    recorded.tries += 1;
                    let (job, tries) = (&recorded.key, recorded.tries);
                    tracing::warn!(job, tries, %error, "cannot publish the outcome");
                    failed.push(recorded);
                }
            }
        }
        if !receipts.is_empty() {
            // Dying before, or failing: the jobs come again, and their outcomes once more. Dying
            // after: these jobs are done with, or come again as far as the broker was not told yet.
            if let Err(error) = self.queue.ack(receipts).await {
                tracing::warn!(%error, "cannot acknowledge; these jobs will come again");
            }
        }
        failed
    }

    fn message(&self, recorded: &Recorded) -> Outgoing {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let mut envelope = Envelope::written::<Outcome>(&recorded.outcome);
        envelope.traceparent.clone_from(&recorded.traceparent);
        Outgoing {
            to: Lane::Outcomes(recorded.partition),
            id: format!("{}:{number}", recorded.saga),
            body: envelope.encode(),
            traceparent: recorded.traceparent.clone(),
        }
    }

    /// Keeps what could not be published for another try; when draining, leaves it: its jobs are
    /// unacknowledged and its outcomes are in the record.
    fn keep(&self, state: &mut State<'_>, failed: Vec<Recorded>) {
        if state.draining {
            return;
        }
        let now = self.clock.now();
        let again =
            |recorded: Recorded| (now.after(patience(recorded.tries, &recorded.key)), recorded);
        state.finished.extend(failed.into_iter().map(again));
    }

    /// Dying here loses nothing: see the wait this is part of.
    async fn wake(&self, due: Option<Timestamp>) {
        if let Some(at) = due {
            self.clock.sleep_until(at).await;
        }
    }
}

/// When the next outcome is to be sent again.
fn earliest(state: &State<'_>) -> Option<Timestamp> {
    state.finished.iter().map(|(at, _)| *at).min()
}

fn drain(state: &mut State<'_>) {
    state.draining = true;
    state.lanes.forget_waiting();
}

/// Books one that ended, and all others that ended meanwhile, so that they are published together.
fn finish(state: &mut State<'_>, ended: Ended) {
    book(state, ended);
    while let Some(Some(ended)) = state.attempts.next().now_or_never() {
        book(state, ended);
    }
}

fn book(state: &mut State<'_>, ended: Ended) {
    match ended {
        Ended::Recorded(mut recorded) => {
            let copies = state.lanes.end(&recorded.service, &recorded.key);
            recorded.receipts.extend(copies);
            state.finished.push((Timestamp(0), *recorded));
        }
        Ended::Left { service, key } => {
            state.lanes.end(&service, &key);
        }
        Ended::Refused => {}
    }
}

/// Why a delivery is no job for this worker.
#[derive(Debug, thiserror::Error)]
enum NotOurs {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("a job of service `{0}` in another service's lane")]
    Lane(baton_shared::ServiceName),
}

fn take(lanes: &Lanes, delivery: &Delivery) -> Result<Taken, NotOurs> {
    let envelope = Envelope::<Job>::decode(&delivery.body)?;
    let job = envelope.body;
    if delivery.lane != Lane::Jobs(job.service.clone()) || !lanes.serves(&job.service) {
        return Err(NotOurs::Lane(job.service));
    }
    Ok(Taken {
        key: record::key(&job.id),
        again: (delivery.redelivered || job.again) && !planted::is(Bug::RedeliveryForgotten),
        traceparent: envelope.traceparent,
        receipt: delivery.receipt,
        job,
    })
}
