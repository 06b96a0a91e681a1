//! Which connections are in trouble, and why.

use super::lock;
use baton_shared::port::QueueError;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// By connection: 0 is the publisher, others are inboxes.
#[derive(Default)]
pub(super) struct Health(Mutex<BTreeMap<u64, QueueError>>);

impl Health {
    pub(super) fn set(&self, connection: u64, error: QueueError) {
        let before = lock(&self.0).insert(connection, error.clone());
        if before.as_ref() != Some(&error) {
            tracing::warn!(connection, %error, "trouble with RabbitMQ");
        }
    }

    pub(super) fn clear(&self, connection: u64) {
        if lock(&self.0).remove(&connection).is_some() {
            tracing::info!(connection, "RabbitMQ works again");
        }
    }

    /// The connection is gone for good: what it lacked is of no interest any more.
    pub(super) fn forget(&self, connection: u64) {
        lock(&self.0).remove(&connection);
    }

    /// Of one connection.
    pub(super) fn of(&self, connection: u64) -> Option<QueueError> {
        lock(&self.0).get(&connection).cloned()
    }

    /// The publisher's first, for it decides what can be accepted.
    pub(super) fn trouble(&self) -> Option<QueueError> {
        lock(&self.0).values().next().cloned()
    }
}
