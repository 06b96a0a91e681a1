//! A small world in memory for tests of the driver: a store, a queue and a clock that outlive any
//! driver, and an executor that can stop polling one at any await.

pub(crate) mod queue;
pub(crate) mod run;
pub(crate) mod store;
pub(crate) mod time;
pub(crate) mod worker;

use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::driver::request::Request;
use baton_orchestrator::driver::{Shared, drive};
use baton_orchestrator::{Outside, Settings};
use baton_shared::catalogue::Catalogue;
use queue::FakeQueue;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use store::FakeStore;
use time::FakeClock;
use tokio::sync::mpsc;

pub(crate) type Ports = Outside<FakeStore, FakeQueue, FakeStore, FakeClock>;

/// What stays when an orchestrator dies.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) store: FakeStore,
    pub(crate) queue: FakeQueue,
    pub(crate) clock: FakeClock,
}

/// One life of an orchestrator, not yet polled.
pub(crate) struct Life {
    pub(crate) desk: Arc<Desk<Ports>>,
    driver: Pin<Box<dyn Future<Output = ()>>>,
    woken: Arc<Flag>,
}

/// Set when a future may go on.
#[derive(Default)]
pub(crate) struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl World {
    pub(crate) fn settings() -> Settings {
        Settings::default().with_partitions(4)
    }

    pub(crate) fn ports(&self) -> Arc<Ports> {
        Arc::new(Outside {
            store: self.store.clone(),
            queue: self.queue.clone(),
            records: self.store.clone(),
            clock: self.clock.clone(),
        })
    }

    pub(crate) fn parts(
        &self,
        settings: Settings,
    ) -> (Arc<Shared<Ports>>, Desk<Ports>, mpsc::Receiver<Request>) {
        let ports = self.ports();
        let definitions = Definitions::new(ports.clone(), Catalogue::default());
        let shared = Arc::new(Shared::new(ports, definitions, settings));
        let (desk, requests) = Desk::new(shared.clone());
        (shared, desk, requests)
    }

    /// A new orchestrator on what is there. `seed` differs from life to life, as in production.
    pub(crate) fn start(&self, seed: u64, settings: Settings) -> Life {
        let (shared, desk, requests) = self.parts(Settings { seed, ..settings });
        let driver = Box::pin(async move {
            let never = std::future::pending();
            drive(&shared, requests, never)
                .await
                .expect("the queue is there");
        });
        let woken = Arc::new(Flag::default());
        woken.clone().wake();
        Life {
            desk: Arc::new(desk),
            driver,
            woken,
        }
    }
}

impl Life {
    /// Polls once if something happened since. False when nothing did.
    pub(crate) fn poll(&mut self) -> bool {
        if !self.woken.0.swap(false, Ordering::SeqCst) {
            return false;
        }
        let waker = Waker::from(self.woken.clone());
        let polled = self.driver.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "a driver ends only when told to");
        true
    }
}

/// A client's future, polled beside the driver.
pub(crate) struct Client<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
}

impl<T> Client<T> {
    pub(crate) fn new(future: impl Future<Output = T> + 'static) -> Self {
        Self {
            future: Box::pin(future),
        }
    }

    pub(crate) fn poll(&mut self) -> Poll<T> {
        self.future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// Gives way once, so that a crash can happen here.
pub(crate) async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if paused {
            return Poll::Ready(());
        }
        paused = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
