//! Which connections are in trouble, and why.

use super::lock;
use baton_shared::port::QueueError;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// By connection: 0 is the publisher, others are inboxes.
#[derive(Default)]
pub(super) struct Health(Mutex<BTreeMap<u64, Trouble>>);

struct Trouble {
    error: QueueError,
    /// Nobody needs to read of a start that goes well.
    told: bool,
}

impl Health {
    /// It is not there yet, as at every start.
    pub(super) fn begin(&self, connection: u64, error: QueueError) {
        let now = Trouble { error, told: false };
        lock(&self.0).insert(connection, now);
    }

    pub(super) fn set(&self, connection: u64, error: QueueError) {
        let now = Trouble {
            error: error.clone(),
            told: true,
        };
        let before = lock(&self.0).insert(connection, now);
        if before.is_none_or(|before| before.error != error) {
            tracing::warn!(connection, %error, "trouble with RabbitMQ");
        }
    }

    pub(super) fn clear(&self, connection: u64) {
        if lock(&self.0).remove(&connection).is_some_and(|it| it.told) {
            tracing::info!(connection, "RabbitMQ works again");
        }
    }

    /// The connection is gone for good: what it lacked is of no interest any more.
    pub(super) fn forget(&self, connection: u64) {
        lock(&self.0).remove(&connection);
    }

    /// Of one connection.
    pub(super) fn of(&self, connection: u64) -> Option<QueueError> {
        let all = lock(&self.0);
        all.get(&connection).map(|trouble| trouble.error.clone())
    }

    /// The publisher's first, for it decides what can be accepted.
    pub(super) fn trouble(&self) -> Option<QueueError> {
        let all = lock(&self.0);
        all.values().next().map(|trouble| trouble.error.clone())
    }
}
