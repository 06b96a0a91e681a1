//! The ports `Store` and `Records` on a log of our own in one folder.
//!
//! ```text
//!   callers ── ops ──► writer thread ── one frame, one sync ──► segment files
//!      │                    │ apply
//!      └── load, due, list ─► index (memory) ── places ──► segment files
//! ```
//!
//! What survives what:
//!
//! - An answered `append`, `forget`, `put_new` or `remove` survives a power cut under
//!   [`Durability::Fsync`], about a second's worth may be lost under [`Durability::Second`].
//! - A claim is in memory only; after a crash what was claimed is due again.
//! - `settle` changes the index at once. That a duty was settled is not written: after a crash it is
//!   due again, as every duty is. A settled timer is written without waiting, and is synced with the
//!   next commit; if a power cut takes it, the timer it replaced is back. That one had come due, or
//!   its saga is live and its duty is due at once when the store is opened; either way the core is
//!   asked again and gives the same answer.
//! - When opened, every saga that owes something or is not final has its duty due at once: the queue of
//!   this process has forgotten what was out. Those that ran come before those that stand still.
//! - Results of attempts are kept in memory, the latest of them: they answer redelivered jobs of this
//!   process, and after a restart there are none.
//!
//! Reading happens on the caller's thread: what was written lately is in the system's cache.

use super::commit::{Op, lock};
use super::disk::{Disk, Folder};
use super::log::Log;
use super::results::Results;
use super::saga::Chunk;
use super::state::{Reading, State};
use super::writer::{Inlet, Shared, Writer};
use super::{frame, open};
use baton_engine::store::{
    self, Append, AppendError, Due, Durability, Query, Row, Settled, Stored, Version,
};
use baton_shared::port::{RecordKind, Records, StoreError};
use baton_shared::{SagaId, Timestamp};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

/// Rows looked at before the index is unlocked for others.
const LIST_STRIDE: usize = 4_096;

/// How the store is to work.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub durability: Durability,
    /// Where a segment ends, in bytes; a larger transition has a segment of its own.
    pub segment_bytes: u32,
    /// Write on the caller's thread instead of one of its own: for simulation, where nothing may
    /// happen beside the scheduler. [`Durability::Second`] then syncs each commit: there is no second.
    pub inline: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            durability: Durability::Fsync,
            segment_bytes: 64 * 1024 * 1024,
            inline: false,
        }
    }
}

/// The embedded store; clones are the same store. The folder is let go with the last of them, when
/// everything asked for is written.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    hand: Hand,
    results: Mutex<Results>,
}

/// Who writes.
enum Hand {
    Thread(Option<JoinHandle<()>>),
    Caller(Box<Mutex<Writer>>),
}

impl Store {
    /// Opens the folder, made if it is not there. Refuses one in use by another process, and one that
    /// is damaged.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, StoreError> {
        Self::open_on(Arc::new(Folder::open(folder)?), settings)
    }

    /// The same on any disk.
    pub fn open_on(disk: Arc<dyn Disk>, settings: Settings) -> Result<Self, StoreError> {
        let (state, head) = open::open(&*disk)?;
        let smallest = frame::HEADER + frame::FRAME;
        let segment_bytes = settings.segment_bytes.clamp(smallest, 1024 * 1024 * 1024);
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            inlet: Mutex::new(Inlet::default()),
            bell: Condvar::new(),
            trouble: Mutex::new(None),
            durability: settings.durability,
            sync_each: match settings.durability {
                Durability::Fsync => true,
                Durability::Second => settings.inline,
                Durability::Memory => false,
            },
        });
        let mut writer = Writer::new(Log::new(disk, segment_bytes, head));
        let hand = if settings.inline {
            Hand::Caller(Box::new(Mutex::new(writer)))
        } else {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name("baton-store".into());
            let thread = thread.spawn(move || writer.run(&shared)).map_err(|error| {
                StoreError::Unavailable(format!("cannot start the thread that writes: {error}"))
            })?;
            Hand::Thread(Some(thread))
        };
        let results = Mutex::new(Results::default());
        Ok(Self {
            inner: Arc::new(Inner {
                shared,
                hand,
                results,
            }),
        })
    }

    fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    /// Hands ops to the writer.
    fn ask(&self, ops: impl IntoIterator<Item = Op>) {
        lock(&self.shared().inlet).ops.extend(ops);
        self.stir();
    }

    /// Wakes the writer, or is it.
    fn stir(&self) {
        match &self.inner.hand {
            Hand::Thread(_) => self.shared().bell.notify_one(),
            Hand::Caller(writer) => while lock(writer).turn(self.shared()) {},
        }
    }

    /// Without a writer thread nobody else notices that a disk has room again.
    fn nudge(&self) {
        if let Hand::Caller(writer) = &self.inner.hand
            && lock(&self.shared().trouble).is_some()
        {
            lock(writer).probe(self.shared());
        }
    }

    fn read_journal(&self, saga: &SagaId) -> Result<Option<Stored>, StoreError> {
        let (version, readings): (Version, Vec<Reading>) = {
            let state: &State = &lock(&self.shared().state);
            let Some((_, saga)) = state.index.find(saga) else {
                return Ok(None);
            };
            let reading = |chunk: &Chunk| state.reading(chunk.place);
            (saga.version(), saga.chunks.iter().map(reading).collect())
        };
        let mut events = Vec::new();
        for reading in readings {
            reading.read(&mut events)?;
        }
        Ok(Some(Stored { version, events }))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        lock(&self.shared.inlet).closed = true;
        self.shared.bell.notify_one();
        if let Hand::Thread(thread) = &mut self.hand
            && let Some(thread) = thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes the store panicked");
        }
    }
}

impl store::Store for Store {
    async fn append(&self, batch: Vec<Append>) -> Vec<Result<(), AppendError>> {
        let mut answers = Vec::with_capacity(batch.len());
        let mut ops = Vec::with_capacity(batch.len());
        for append in batch {
            let (reply, answer) = oneshot::channel();
            ops.push(Op::Append(append, reply));
            answers.push(answer);
        }
        self.ask(ops);
        // A commit answers its last op first, so that one waking finds all answers there.
        let mut results = Vec::with_capacity(answers.len());
        for answer in answers {
            results.push(answer.await.unwrap_or_else(|_| Err(stopped().into())));
        }
        results
    }

    async fn load(&self, sagas: Vec<SagaId>) -> Vec<Result<Option<Stored>, StoreError>> {
        sagas.iter().map(|saga| self.read_journal(saga)).collect()
    }

    async fn due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        self.nudge();
        Ok(lock(&self.shared().state).index.claim(now, until, limit))
    }

    async fn settle(&self, batch: Vec<Settled>) -> Result<(), StoreError> {
        let mut any = false;
        {
            let mut state = lock(&self.shared().state);
            for settled in &batch {
                let (Some(birth), Some(timer)) = (state.index.settle(settled), settled.timer)
                else {
                    continue;
                };
                // While the index is locked: the log must have timers in the order it had them.
                let seq = u32::try_from(settled.at.seq).expect("it is the seq of a saga");
                lock(&self.shared().inlet)
                    .ops
                    .push_back(Op::Timer { birth, seq, timer });
                any = true;
            }
        }
        if any {
            self.stir();
        }
        Ok(())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(lock(&self.shared().state).index.next_due())
    }

    async fn list(&self, mut query: Query) -> Result<Vec<(SagaId, Row)>, StoreError> {
        let mut rows = Vec::new();
        loop {
            let page = lock(&self.shared().state).index.list(&query, LIST_STRIDE);
            query.limit -= page.rows.len();
            rows.extend(page.rows);
            match page.more {
                Some(_) if query.limit > 0 => query.after = page.more,
                _ => return Ok(rows),
            }
        }
    }

    async fn forget(&self, saga: SagaId) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.ask([Op::Forget(saga, reply)]);
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    fn durability(&self) -> Durability {
        self.shared().durability
    }

    fn trouble(&self) -> Option<StoreError> {
        lock(&self.shared().trouble).clone()
    }
}

impl Records for Store {
    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if kind == RecordKind::Result {
            return Ok(lock(&self.inner.results).value(key));
        }
        let reading = {
            let state = lock(&self.shared().state);
            let place = state.records.get(&(kind, key.to_owned()));
            place.map(|place| state.reading(*place))
        };
        let Some(reading) = reading else {
            return Ok(None);
        };
        let mut value = Vec::new();
        reading.read(&mut value).map(|()| Some(value))
    }

    async fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if kind == RecordKind::Result {
            return Ok(lock(&self.inner.results).put_new(key, value));
        }
        let (reply, answer) = oneshot::channel();
        self.ask([Op::Put(kind, key.to_owned(), value, reply)]);
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    async fn scan(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let from = (kind, after.unwrap_or_default().to_owned());
        let readings: Vec<_> = {
            let state: &State = &lock(&self.shared().state);
            let records = state.records.range(from..);
            let records = records.take_while(|((of, _), _)| *of == kind);
            let records = records
                .filter(|((_, key), _)| after != Some(key.as_str()))
                .take(limit);
            records
                .map(|((_, key), place)| (key.clone(), state.reading(*place)))
                .collect()
        };
        let values = readings.into_iter().map(|(key, reading)| {
            let mut value = Vec::new();
            reading.read(&mut value).map(|()| (key, value))
        });
        values.collect()
    }

    async fn remove(&self, kind: RecordKind, key: &str) -> Result<(), StoreError> {
        if kind == RecordKind::Result {
            lock(&self.inner.results).remove(key);
            return Ok(());
        }
        let (reply, answer) = oneshot::channel();
        self.ask([Op::Remove(kind, key.to_owned(), reply)]);
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the thread that writes has ended; restart".into())
}
