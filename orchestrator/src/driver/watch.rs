//! Lets somebody wait until a saga rests: has ended, or waits for a person.
//!
//! Only this process's own transitions are seen: another orchestrator may move the saga too, so
//! whoever waits also looks from time to time.

use baton_shared::SagaId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Notify;

#[derive(Debug, Default)]
pub struct Watchers {
    waiting: Mutex<HashMap<SagaId, Vec<Arc<Notify>>>>,
}

/// One who waits; leaves the list when dropped.
#[derive(Debug)]
pub struct Watch<'a> {
    watchers: &'a Watchers,
    saga: SagaId,
    bell: Arc<Notify>,
}

impl Watchers {
    /// From now on no rest goes unnoticed: watch first, then look, then wait.
    pub fn watch(&self, saga: &SagaId) -> Watch<'_> {
        let bell = Arc::new(Notify::new());
        let mut waiting = self.lock();
        waiting.entry(saga.clone()).or_default().push(bell.clone());
        Watch {
            watchers: self,
            saga: saga.clone(),
            bell,
        }
    }

    pub(super) fn rested(&self, saga: &SagaId) {
        let waiting = self.lock();
        for bell in waiting.get(saga).into_iter().flatten() {
            bell.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SagaId, Vec<Arc<Notify>>>> {
        self.waiting.lock().expect("no panic while ringing")
    }
}

impl Watch<'_> {
    /// Resolves when the saga comes to rest, or at once when it did since the last call.
    pub async fn rested(&self) {
        self.bell.notified().await;
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut waiting = self.watchers.lock();
        if let Some(bells) = waiting.get_mut(&self.saga) {
            bells.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
            if bells.is_empty() {
                waiting.remove(&self.saga);
            }
        }
    }
}
