//! A clock that jumps to the next moment somebody sleeps for as soon as nothing else can happen, and
//! with it the executor of one input: hours pass in no time, and the same way each time.

use baton_shared::Timestamp;
use baton_shared::port::Clock;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Polls before a client counts as stuck.
const PATIENCE: usize = 100_000;

#[derive(Clone)]
pub(super) struct Jumping(Arc<Mutex<Hands>>);

struct Hands {
    now: Timestamp,
    sleepers: Vec<(Timestamp, Waker)>,
}

impl Default for Jumping {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Hands {
            now: Timestamp(1_800_000_000_000),
            sleepers: Vec::new(),
        })))
    }
}

/// Set when a future may go on.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Jumping {
    /// Runs both until the client is done. Panics when it never is.
    pub(super) fn run<T>(
        &self,
        mut driver: Pin<&mut impl Future<Output = T>>,
        mut client: Pin<&mut impl Future<Output = ()>>,
    ) {
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut context = Context::from_waker(&waker);
        for _ in 0..PATIENCE {
            flag.0.store(false, Ordering::SeqCst);
            if client.as_mut().poll(&mut context).is_ready() {
                return;
            }
            assert!(
                driver.as_mut().poll(&mut context).is_pending(),
                "a driver ends when told to"
            );
            if !flag.0.load(Ordering::SeqCst) {
                self.jump();
            }
        }
        panic!("a request is never answered");
    }

    fn jump(&self) {
        let mut hands = self.hands();
        let next = hands.sleepers.iter().map(|(at, _)| *at).min();
        let second = hands.now.after(Duration::from_secs(1));
        hands.now = next.unwrap_or(second).max(Timestamp(hands.now.0 + 1));
        let now = hands.now;
        for (_, waker) in hands.sleepers.extract_if(.., |(at, _)| *at <= now) {
            waker.wake();
        }
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().expect("no panic while the hands are moved")
    }
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        self.hands().now
    }

    async fn sleep_until(&self, at: Timestamp) {
        poll_fn(|context| {
            let mut hands = self.hands();
            if hands.now >= at {
                return Poll::Ready(());
            }
            hands.sleepers.push((at, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
