//! Why the store cannot be written right now.

use super::Inner;
use baton_shared::port::StoreError;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// How often a store in trouble tries a small write.
const PROBE: Duration = Duration::from_millis(500);

/// Learned from the last failure, cleared by the next success.
#[derive(Default)]
pub(super) struct Trouble(Mutex<Option<StoreError>>);

impl Trouble {
    pub(super) fn now(&self) -> Option<StoreError> {
        self.lock().clone()
    }

    /// Whether it is news.
    fn set(&self, error: StoreError) -> bool {
        self.lock().replace(error).is_none()
    }

    fn clear(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<StoreError>> {
        // A panic elsewhere cannot leave a half-written value here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes how a write went; the first failure starts the probing that finds the end of it.
pub(super) fn note(inner: &Arc<Inner>, failure: Option<&StoreError>) {
    match failure {
        None => inner.trouble.clear(),
        // Damage is one key's affair, not the store's.
        Some(StoreError::Damaged(_)) => {}
        Some(error) => {
            if inner.trouble.set(error.clone()) {
                tracing::warn!(%error, "the store cannot be written");
                tokio::spawn(probe(Arc::downgrade(inner)));
            }
        }
    }
}

/// Tries to write until it works, somebody else's write did, or the store is gone.
async fn probe(store: Weak<Inner>) {
    loop {
        tokio::time::sleep(PROBE).await;
        let Some(inner) = store.upgrade() else { return };
        if inner.trouble.now().is_none() {
            return;
        }
        let mut write = redis::cmd("SET");
        write.arg(inner.keys.probe()).arg("1").arg("PX").arg(1000);
        match inner.links.one(write).await {
            Ok(_) => {
                inner.trouble.clear();
                tracing::info!("the store can be written again");
                return;
            }
            Err(error) => drop(inner.trouble.set(error)),
        }
    }
}
