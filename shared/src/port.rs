//! The ports through which orchestrator and worker reach the outside.
//!
//! Each has a few methods, written from the crash's point of view: what is true if we die before it,
//! and after it. They name no runtime: the driver and the worker loop run on tokio in a process and
//! on a simulated scheduler in tests. The port of the saga store stands in the engine, beside the
//! journal it keeps.

use crate::outcome::Outcome;
use crate::{Job, Partition, ServiceName, Timestamp};
use std::future::Future;
use std::sync::Arc;

/// Time, the only way to it.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
    /// Resolves at `at`, or soon after. Carries no promise over a crash: what must survive one is a
    /// due time in the store.
    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send;
}

/// Where a message waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Jobs for the workers of a service.
    Jobs(ServiceName),
    /// Outcomes for the orchestrator that has the partition.
    Outcomes(Partition),
    /// What could not be delivered or read: consumed by orchestrators.
    Dead,
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub to: Lane,
    /// Unique for this sending; ties a returned message to it.
    pub id: String,
    pub body: Vec<u8>,
    /// Also sent as a message header, for people and tools that look at the queue.
    pub traceparent: Option<String>,
}

/// A message received. It is ours until acknowledged or rejected; if we die first, it comes again.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub lane: Lane,
    pub body: Vec<u8>,
    pub redelivered: bool,
    /// In the lane [`Lane::Dead`]: why the queue gave it up (`delivery_limit`, `rejected`, …) and
    /// the name of the lane it was in.
    pub death: Option<Death>,
    pub receipt: Receipt,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    pub reason: String,
    pub from: String,
}

/// Names a delivery to the queue that made it. One from before a reconnect is silently void: that
/// message comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Receipt {
    pub inbox: u64,
    pub generation: u64,
    pub tag: u64,
}

/// Why a message was not taken or none can be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Not connected, timed out, or cut off meanwhile: it may or may not have been kept.
    #[error("queue unavailable: {0}")]
    Unavailable(String),
    /// Not taken, and may be sent again: the broker asks publishers to wait (memory or disk alarm), the
    /// lane is full, or its queue cannot take it yet.
    #[error("queue refuses more for now: {0}")]
    Full(String),
    /// No such lane at the broker.
    #[error("queue has no lane for it: {0}")]
    Unroutable(String),
}

/// What an inbox takes from, and how many unacknowledged messages of each it may hold: those too whose
/// acknowledgement the queue still gathers. Outcomes that were published in one call may count as one.
#[derive(Clone, Debug)]
pub struct Source {
    pub lanes: Vec<(Lane, u16)>,
}

/// At-least-once messages between orchestrators and workers.
pub trait Queue: Send + Sync + 'static {
    type Inbox: Inbox;

    /// Sends each message and answers for each, in order. `Ok` means it survives whatever the queue
    /// promises to survive. Dying before: nothing was sent. Dying within: any of them may have been.
    fn publish(
        &self,
        batch: Vec<Outgoing>,
    ) -> impl Future<Output = Vec<Result<(), QueueError>>> + Send;

    /// Opens a source. Fails only on a source that can never work; while the broker is away the
    /// inbox waits and reconnects by itself.
    fn open(&self, source: Source) -> impl Future<Output = Result<Self::Inbox, QueueError>> + Send;

    /// The messages are done with. Dying before: they come again; and so they may when we die, or the
    /// connection breaks, soon after, for the queue may gather what is done with for some hundred milliseconds.
    /// Of an inbox that was dropped before they come again. An outcome may come again as long as another one
    /// that was published in the same call is not done with.
    fn ack(&self, receipts: Vec<Receipt>) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// The message cannot be handled here: it moves to [`Lane::Dead`], whole.
    fn reject(&self, receipt: Receipt) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Why the queue cannot be used right now, if so: for readiness and refusals. Never waits.
    fn trouble(&self) -> Option<QueueError>;
}

/// One connection serves orchestrator and worker of the same process.
impl<Q: Queue> Queue for Arc<Q> {
    type Inbox = Q::Inbox;

    fn publish(
        &self,
        batch: Vec<Outgoing>,
    ) -> impl Future<Output = Vec<Result<(), QueueError>>> + Send {
        (**self).publish(batch)
    }
    fn open(&self, source: Source) -> impl Future<Output = Result<Self::Inbox, QueueError>> + Send {
        (**self).open(source)
    }
    fn ack(&self, receipts: Vec<Receipt>) -> impl Future<Output = Result<(), QueueError>> + Send {
        (**self).ack(receipts)
    }
    fn reject(&self, receipt: Receipt) -> impl Future<Output = Result<(), QueueError>> + Send {
        (**self).reject(receipt)
    }
    fn trouble(&self) -> Option<QueueError> {
        (**self).trouble()
    }
}

/// The receiving end of a source.
pub trait Inbox: Send + 'static {
    /// Waits for at least one message and returns up to `max` that are there. `None` only when the
    /// queue was closed by its owner.
    fn next(&mut self, max: usize) -> impl Future<Output = Option<Vec<Delivery>>> + Send;
}

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Not reachable, or no answer in time: it may or may not have been done.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// No room: nothing was written. Goes away when somebody makes room.
    #[error("store full: {0}")]
    Full(String),
    /// What was read is not what was written.
    #[error("store damaged: {0}")]
    Damaged(String),
}

/// Small named values that are no sagas: results of attempts, definitions, orphans.
pub trait Records: Send + Sync + 'static {
    /// The value of `key`, if there is one.
    fn get(
        &self,
        kind: RecordKind,
        key: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Keeps `value` unless the key has one, and returns the one it had. Dying within: it is there
    /// whole or not at all.
    fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Keys of a kind with their values, in key order, after `after`, at most `limit`.
    fn scan(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(String, Vec<u8>)>, StoreError>> + Send;

    /// Forgets a key; forgetting what is not there is fine.
    fn remove(
        &self,
        kind: RecordKind,
        key: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// The outcome of one attempt, by job id. Kept for some minutes, and never listed: a
    /// job that comes again later is called again, with the same key.
    Result,
    /// A workflow's source, by `namespace/name@version`.
    Definition,
    /// A message that belongs to no saga.
    Orphan,
}

impl RecordKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Definition => "definition",
            Self::Orphan => "orphan",
        }
    }
}

/// Makes one attempt: the call over HTTP, judged. Never fails: whatever goes wrong is an outcome.
pub trait Caller: Send + Sync + 'static {
    /// `traceparent` is the job's; the call carries it on.
    fn call(
        &self,
        job: &Job,
        traceparent: Option<&str>,
        redelivered: bool,
    ) -> impl Future<Output = Outcome> + Send;
}
