//! Store and queue as the settings name them: embedded in this process, or RabbitMQ and Redis.
//!
//! ```text
//!   Backend ── open ─┬ Embedded ──► embedded::Store, embedded::Queue
//!                    └ Brokers  ──► redis::Store,    amqp::Queue
//! ```
//!
//! The choice is made once, at the start; each call then is a match.

use crate::config::{Backend, Brokers, Described};
use crate::{amqp, embedded, redis};
use baton_engine::store::{self as ports};
use baton_engine::store::{Append, AppendError, Due, Durability, Query, Row, Settled, Stored};
use baton_shared::port::{
    self, Delivery, Outgoing, QueueError, Receipt, RecordKind, Source, StoreError,
};
use baton_shared::{SagaId, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// The pauses between two attempts to open brokers that are away: doubled each time, up to the last.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(5)];

/// Why store and queue cannot be had. No message contains a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Redis(#[from] redis::ConnectError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl OpenError {
    /// Whether waiting may help: somebody is away, not wrong.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Redis(redis::ConnectError::Unreachable { .. }))
    }
}

/// Store and queue, ready for use. Clones are the same store and the same queue.
#[derive(Clone)]
pub struct Opened {
    pub store: AnyStore,
    pub queue: AnyQueue,
    /// What people see of them.
    pub described: Described,
}

/// Opens store and queue, once. A RabbitMQ that is away is no failure: the queue connects when it
/// comes and says so in `trouble` until then. A Redis that is away is a passing failure, because
/// its settings decide what can be promised.
pub async fn open(backend: &Backend) -> Result<Opened, OpenError> {
    let (store, queue) = match backend {
        Backend::Embedded { folder } => {
            let store = embedded::Store::open(folder, embedded::Settings::default())?;
            let queue = AnyQueue::Embedded(embedded::Queue::default());
            (AnyStore::Embedded(store), queue)
        }
        Backend::Brokers(brokers) => {
            let Brokers { store, queue } = &**brokers;
            // A wrong URL is told at once, also while Redis is away.
            queue.check()?;
            let store = redis::connect(store.clone()).await?;
            let settings = amqp::Settings {
                wait: true,
                ..queue.clone()
            };
            let queue = amqp::connect(settings).await?;
            (AnyStore::Redis(store), AnyQueue::Amqp(Arc::new(queue)))
        }
    };
    Ok(Opened {
        store,
        queue,
        described: backend.described(),
    })
}

/// Opens store and queue, and waits for what is away for as long as it takes; `tell` hears of each
/// failure that may pass. Fails only on what waiting does not mend.
pub async fn open_patiently(
    backend: &Backend,
    mut tell: impl FnMut(&OpenError),
) -> Result<Opened, OpenError> {
    let [mut pause, longest] = PAUSES;
    loop {
        match open(backend).await {
            Err(error) if error.is_passing() => tell(&error),
            settled => return settled,
        }
        tokio::time::sleep(pause).await;
        pause = (2 * pause).min(longest);
    }
}

/// The store of the settings.
#[derive(Clone)]
pub enum AnyStore {
    Embedded(embedded::Store),
    Redis(redis::Store),
}

impl ports::Store for AnyStore {
    async fn append(&self, batch: Vec<Append>) -> Vec<Result<(), AppendError>> {
        match self {
            Self::Embedded(store) => store.append(batch).await,
            Self::Redis(store) => store.append(batch).await,
        }
    }

    async fn load(&self, sagas: Vec<SagaId>) -> Vec<Result<Option<Stored>, StoreError>> {
        match self {
            Self::Embedded(store) => store.load(sagas).await,
            Self::Redis(store) => store.load(sagas).await,
        }
    }

    async fn due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        match self {
            Self::Embedded(store) => store.due(now, until, limit).await,
            Self::Redis(store) => store.due(now, until, limit).await,
        }
    }

    async fn settle(&self, batch: Vec<Settled>) -> Result<(), StoreError> {
        match self {
            Self::Embedded(store) => store.settle(batch).await,
            Self::Redis(store) => store.settle(batch).await,
        }
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Embedded(store) => store.next_due().await,
            Self::Redis(store) => store.next_due().await,
        }
    }

    async fn list(&self, query: Query) -> Result<Vec<(SagaId, Row)>, StoreError> {
        match self {
            Self::Embedded(store) => store.list(query).await,
            Self::Redis(store) => store.list(query).await,
        }
    }

    async fn forget(&self, saga: SagaId) -> Result<(), StoreError> {
        match self {
            Self::Embedded(store) => store.forget(saga).await,
            Self::Redis(store) => store.forget(saga).await,
        }
    }

    fn durability(&self) -> Durability {
        match self {
            Self::Embedded(store) => store.durability(),
            Self::Redis(store) => store.durability(),
        }
    }

    fn trouble(&self) -> Option<StoreError> {
        match self {
            Self::Embedded(store) => store.trouble(),
            Self::Redis(store) => store.trouble(),
        }
    }
}

impl port::Records for AnyStore {
    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Embedded(store) => store.get(kind, key).await,
            Self::Redis(store) => store.get(kind, key).await,
        }
    }

    async fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Embedded(store) => store.put_new(kind, key, value).await,
            Self::Redis(store) => store.put_new(kind, key, value).await,
        }
    }

    async fn scan(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        match self {
            Self::Embedded(store) => store.scan(kind, after, limit).await,
            Self::Redis(store) => store.scan(kind, after, limit).await,
        }
    }

    async fn remove(&self, kind: RecordKind, key: &str) -> Result<(), StoreError> {
        match self {
            Self::Embedded(store) => store.remove(kind, key).await,
            Self::Redis(store) => store.remove(kind, key).await,
        }
    }
}

/// The queue of the settings.
#[derive(Clone)]
pub enum AnyQueue {
    Embedded(embedded::Queue),
    Amqp(Arc<amqp::Queue>),
}

impl AnyQueue {
    /// Ends every inbox and closes what is open; for all clones.
    pub async fn close(&self) {
        match self {
            Self::Embedded(queue) => queue.close(),
            Self::Amqp(queue) => queue.close().await,
        }
    }
}

impl port::Queue for AnyQueue {
    type Inbox = AnyInbox;

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<(), QueueError>> {
        match self {
            Self::Embedded(queue) => queue.publish(batch).await,
            Self::Amqp(queue) => queue.publish(batch).await,
        }
    }

    async fn open(&self, source: Source) -> Result<AnyInbox, QueueError> {
        match self {
            Self::Embedded(queue) => queue.open(source).await.map(AnyInbox::Embedded),
            Self::Amqp(queue) => queue.open(source).await.map(AnyInbox::Amqp),
        }
    }

    async fn ack(&self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        match self {
            Self::Embedded(queue) => queue.ack(receipts).await,
            Self::Amqp(queue) => queue.ack(receipts).await,
        }
    }

    async fn reject(&self, receipt: Receipt) -> Result<(), QueueError> {
        match self {
            Self::Embedded(queue) => queue.reject(receipt).await,
            Self::Amqp(queue) => queue.reject(receipt).await,
        }
    }

    fn trouble(&self) -> Option<QueueError> {
        match self {
            Self::Embedded(queue) => queue.trouble(),
            Self::Amqp(queue) => queue.trouble(),
        }
    }
}

/// The receiving end of [`AnyQueue`].
pub enum AnyInbox {
    Embedded(embedded::Inbox),
    Amqp(amqp::Inbox),
}

impl port::Inbox for AnyInbox {
    async fn next(&mut self, max: usize) -> Option<Vec<Delivery>> {
        match self {
            Self::Embedded(inbox) => inbox.next(max).await,
            Self::Amqp(inbox) => inbox.next(max).await,
        }
    }
}
