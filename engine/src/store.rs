//! The port behind which sagas are kept: one journal a saga, and what must be found without reading it.
//!
//! ```text
//!   append ─► journal (events, in order) + row (what lists show) + timer + duty     one atomic write
//!   due    ◄─ timers and duties whose time has come, claimed for a while
//! ```
//!
//! The **timer** is the next moment at which the core wants to be asked again. The **duty** says that
//! messages may still have to be published: it is set in the same write as the events that owe them,
//! and settled when the queue has confirmed them. If the process dies in between, the duty comes due
//! and whoever claims it publishes what the state says is outstanding.

use baton_shared::port::StoreError;
use baton_shared::{SagaId, Timestamp};
use serde::{Deserialize, Serialize};
use std::future::Future;

/// Which state of a saga a journal holds. The length alone would not tell: where a store loses what it
/// acknowledged (class `second`), other events may bring a journal to the same length again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// How many events the journal has.
    pub seq: u64,
    /// The [`Append::txid`] that wrote the last of them.
    pub txid: u64,
}

impl Version {
    /// There is no such saga.
    pub const NONE: Self = Self { seq: 0, txid: 0 };

    /// Whether a store that had `self` and now has `found` lost something. A live journal only grows.
    pub fn lost(self, found: Self) -> bool {
        found.seq < self.seq || (found.seq == self.seq && found.txid != self.txid)
    }
}

/// One saga's transition.
#[derive(Clone, Debug)]
pub struct Append {
    pub saga: SagaId,
    /// What the journal must be at; [`Version::NONE`] creates the saga.
    pub expected: Version,
    /// Names this very write, never 0: a repetition of it after a lost answer is answered like the
    /// first.
    pub txid: u64,
    /// Encoded events, never empty. Their number is [`Append::count`].
    pub events: Vec<u8>,
    pub count: u64,
    pub row: Row,
    /// The next moment the core wants, if any; replaces the earlier one.
    pub timer: Option<Timestamp>,
    pub duty: Duty,
    /// When the whole saga may be forgotten; set once it is final and quiet.
    pub expires: Option<Timestamp>,
}

impl Append {
    /// What the journal is at once this is written.
    pub fn version(&self) -> Version {
        Version {
            seq: self.expected.seq.saturating_add(self.count),
            txid: self.txid,
        }
    }
}

/// What a write does to the saga's duty to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Something new is owed; ask again at this moment unless settled.
    Owed(Timestamp),
    /// As it was.
    Keep,
    /// Nothing is owed any more.
    Clear,
}

/// What lists show without reading the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// `namespace/name`
    pub workflow: String,
    pub version: String,
    /// One of DESIGN's status words.
    pub status: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Open dead letters.
    pub held: u32,
}

/// A saga's journal as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub version: Version,
    /// All events, as appended, end to end.
    pub events: Vec<u8>,
}

/// Why a transition was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else moved the saga on; reload and decide again. Nothing was written.
    #[error("the saga has {} events", found.seq)]
    Stale { found: Version },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Something whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub saga: SagaId,
    pub what: DueKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueKind {
    /// The core asked for this moment.
    Timer,
    /// What is outstanding may not have been published.
    Duty,
    /// The saga has outlived its retention.
    Expiry,
}

/// What became of a claimed due time, or of a publication.
#[derive(Clone, Debug)]
pub struct Settled {
    pub saga: SagaId,
    /// What the journal was at; ignored when the saga has moved on since.
    pub at: Version,
    /// Everything owed then was confirmed.
    pub duty: bool,
    /// The timer to set instead of the claimed one; `None` leaves it.
    pub timer: Option<Option<Timestamp>>,
}

/// Which rows a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub status: Option<String>,
    /// `namespace/name`
    pub workflow: Option<String>,
    /// Only sagas with open dead letters.
    pub held: bool,
    /// Continue after this row, newest first.
    pub after: Option<(Timestamp, SagaId)>,
    pub limit: usize,
}

/// How much of what was answered a power cut can take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// All of it, with the process.
    Memory,
    /// About its last second.
    Second,
    /// Nothing.
    Fsync,
}

impl Durability {
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Second => "second",
            Self::Fsync => "fsync",
        }
    }
}

/// Keeps sagas.
pub trait Store: Send + Sync + 'static {
    /// Writes each transition, atomically and on its own, and answers for each, in order. `Ok` means
    /// it survives what [`Store::durability`] says. Dying before: nothing is written. Dying within:
    /// each is written whole or not at all, and the repetition with the same `txid` tells which.
    /// At most one transition a saga in one batch.
    fn append(
        &self,
        batch: Vec<Append>,
    ) -> impl Future<Output = Vec<Result<(), AppendError>>> + Send;

    /// The journals of these sagas, in order; `None` where there is no such saga. Reads everything
    /// that any orchestrator's `append` has answered.
    fn load(
        &self,
        sagas: Vec<SagaId>,
    ) -> impl Future<Output = Vec<Result<Option<Stored>, StoreError>>> + Send;

    /// Claims up to `limit` due times at or before `now`: each comes again at `until` unless an
    /// `append` or `settle` replaces it first. Dying after: another process gets it at `until`.
    fn due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Due>, StoreError>> + Send;

    /// Notes what became of due times. Losing it costs a repetition, never a loss.
    fn settle(&self, batch: Vec<Settled>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The next moment at which [`Store::due`] may have something, as far as this process knows;
    /// other processes may add earlier ones.
    fn next_due(&self) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Rows that fit, newest first.
    fn list(
        &self,
        query: Query,
    ) -> impl Future<Output = Result<Vec<(SagaId, Row)>, StoreError>> + Send;

    /// Removes a final saga and everything of it.
    fn forget(&self, saga: SagaId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Read from the real settings of the store.
    fn durability(&self) -> Durability;

    /// Why the store cannot be written right now, if so. Never waits.
    fn trouble(&self) -> Option<StoreError>;
}
