//! The port `Queue` within one process.
//!
//! Nothing is kept over a restart, and nothing needs to be: what was out is in the sagas' state, and
//! the store makes every live saga's duty due when it is opened. It needs no runtime: whoever polls
//! an inbox is woken through its own waker, also by a simulated scheduler.

use super::lanes::Lanes;
use baton_shared::port::{self, Delivery, Outgoing, QueueError, Receipt, Source};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Most messages that wait in one lane, unless said otherwise.
pub const WAITING_MAX: usize = 1_000_000;

/// An in-process queue; clones are the same queue.
#[derive(Clone, Debug)]
pub struct Queue {
    lanes: Arc<Mutex<Lanes>>,
}

impl Default for Queue {
    fn default() -> Self {
        Self::new(WAITING_MAX)
    }
}

impl Queue {
    /// A queue of at most `waiting_max` messages in each lane; beyond it publishing is refused.
    pub fn new(waiting_max: usize) -> Self {
        Self {
            lanes: Arc::new(Mutex::new(Lanes::new(waiting_max))),
        }
    }

    /// Ends every inbox: their `next` answers `None`, and nothing more is taken.
    pub fn close(&self) {
        let wakers = self.lock().close();
        wake(wakers);
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // No method panics half-way through a change, so that the state behind a poisoned lock is
        // whole.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl port::Queue for Queue {
    type Inbox = Inbox;

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<(), QueueError>> {
        let (answers, wakers) = self.lock().publish(batch);
        wake(wakers);
        answers
    }

    async fn open(&self, source: Source) -> Result<Inbox, QueueError> {
        let id = self.lock().open(source);
        Ok(Inbox {
            queue: self.clone(),
            id,
        })
    }

    async fn ack(&self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        let wakers = self.lock().ack(&receipts);
        wake(wakers);
        Ok(())
    }

    async fn reject(&self, receipt: Receipt) -> Result<(), QueueError> {
        let wakers = self.lock().reject(receipt);
        wake(wakers);
        Ok(())
    }

    fn trouble(&self) -> Option<QueueError> {
        self.lock().trouble()
    }
}

/// One source's receiving end; dropping it gives back what it did not acknowledge.
#[derive(Debug)]
pub struct Inbox {
    queue: Queue,
    id: u64,
}

impl port::Inbox for Inbox {
    async fn next(&mut self, max: usize) -> Option<Vec<Delivery>> {
        poll_fn(
            |context| match self.queue.lock().take(self.id, max, context.waker()) {
                Some(taken) if taken.is_empty() => Poll::Pending,
                answer => Poll::Ready(answer),
            },
        )
        .await
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let wakers = self.queue.lock().close_inbox(self.id);
        wake(wakers);
    }
}

/// Outside the lock: a waker may run anything.
fn wake(wakers: Vec<Waker>) {
    for waker in wakers {
        waker.wake();
    }
}
