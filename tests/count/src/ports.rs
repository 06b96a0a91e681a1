//! The ports of the embedded pair, each call counted, in a world where time stands still and every
//! service answers at once.

use crate::tally::{Item, Tally};
use baton_adapters::embedded;
use baton_engine::store::{
    Append, AppendError, Due, Durability, Query, Row, Settled, Store, Stored,
};
use baton_shared::port::{
    Clock, Outgoing, Queue, QueueError, Receipt, RecordKind, Records, Source, StoreError,
};
use baton_shared::{SagaId, Timestamp};
use baton_worker::classify::{Answer, Came};
use baton_worker::exchange::{Carrier, Ready};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};

/// No timer fires and nothing is late, so that no batch depends on how fast it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_800_000_000_000)
    }

    async fn sleep_until(&self, _at: Timestamp) {
        std::future::pending().await
    }
}

/// The embedded store, on a disk in memory and without a thread of its own.
#[derive(Clone)]
pub(crate) struct CountedStore {
    pub(crate) inner: embedded::Store,
    pub(crate) tally: Tally,
}

impl Store for CountedStore {
    async fn append(&self, batch: Vec<Append>) -> Vec<Result<(), AppendError>> {
        self.tally.add(Item::StoreTrips, 1);
        self.tally.add(Item::Transitions, batch.len());
        for append in &batch {
            self.tally.add(Item::JournalBytes, append.events.len());
            self.tally.add(Item::RowBytes, row(&append.row));
        }
        self.inner.append(batch).await
    }

    async fn load(&self, sagas: Vec<SagaId>) -> Vec<Result<Option<Stored>, StoreError>> {
        self.tally.add(Item::StoreTrips, 1);
        self.inner.load(sagas).await
    }

    async fn due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        self.tally.add(Item::StoreTrips, 1);
        self.inner.due(now, until, limit).await
    }

    async fn settle(&self, batch: Vec<Settled>) -> Result<(), StoreError> {
        self.tally.add(Item::StoreTrips, 1);
        self.inner.settle(batch).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.tally.add(Item::StoreTrips, 1);
        self.inner.next_due().await
    }

    async fn list(&self, query: Query) -> Result<Vec<(SagaId, Row)>, StoreError> {
        self.tally.add(Item::StoreTrips, 1);
        self.inner.list(query).await
    }

    async fn forget(&self, saga: SagaId) -> Result<(), StoreError> {
        self.tally.add(Item::StoreTrips, 1);
        self.inner.forget(saga).await
    }

    fn durability(&self) -> Durability {
        self.inner.durability()
    }

    fn trouble(&self) -> Option<StoreError> {
        self.inner.trouble()
    }
}

impl Records for CountedStore {
    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.tally.add(Item::RecordTrips, 1);
        self.inner.get(kind, key).await
    }

    async fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.tally.add(Item::RecordTrips, 1);
        self.tally.add(Item::RecordBytes, value.len());
        self.inner.put_new(kind, key, value).await
    }

    async fn scan(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.tally.add(Item::RecordTrips, 1);
        self.inner.scan(kind, after, limit).await
    }

    async fn remove(&self, kind: RecordKind, key: &str) -> Result<(), StoreError> {
        self.tally.add(Item::RecordTrips, 1);
        self.inner.remove(kind, key).await
    }
}

#[derive(Clone)]
pub(crate) struct CountedQueue {
    pub(crate) inner: embedded::Queue,
    pub(crate) tally: Tally,
}

impl Queue for CountedQueue {
    type Inbox = embedded::Inbox;

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<(), QueueError>> {
        self.tally.add(Item::Publishes, 1);
        self.tally.add(Item::Messages, batch.len());
        for message in &batch {
            self.tally.add(Item::MessageBytes, message.body.len());
            self.tally.add(Item::PropertyBytes, properties(message));
        }
        self.inner.publish(batch).await
    }

    async fn open(&self, source: Source) -> Result<embedded::Inbox, QueueError> {
        self.inner.open(source).await
    }

    async fn ack(&self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        self.tally.add(Item::Acks, 1);
        self.inner.ack(receipts).await
    }

    async fn reject(&self, receipt: Receipt) -> Result<(), QueueError> {
        self.inner.reject(receipt).await
    }

    fn trouble(&self) -> Option<QueueError> {
        self.inner.trouble()
    }
}

/// A row's bytes: its texts, and its numbers as an adapter's binary form has them. Nothing is made of
/// it, for making it would be counted.
fn row(row: &Row) -> usize {
    let texts = row.workflow.len() + row.version.len() + row.status.len();
    let numbers =
        size_of_val(&row.created_at) + size_of_val(&row.updated_at) + size_of_val(&row.held);
    texts + numbers
}

/// What is said of a message beside its body.
fn properties(message: &Outgoing) -> usize {
    message.id.len() + message.traceparent.as_ref().map_or(0, String::len)
}

/// Services that answer every call at once, with about twenty bytes.
#[derive(Clone)]
pub(crate) struct Answers(pub(crate) Tally);

impl Carrier for Answers {
    async fn make(&self, ready: Ready, _time_up: impl Future<Output = ()> + Send) -> Came {
        assert!(ready.body.len() > 100, "the call carries its ballast");
        self.0.add(Item::Calls, 1);
        let json = HeaderValue::from_static("application/json");
        Came::Answer(Answer {
            status: 200,
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, json)]),
            body: Bytes::from_static(br#"{"answer":"0123456789abcdef"}"#),
        })
    }
}
