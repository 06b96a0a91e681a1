//! A clock that stands still until somebody moves it.

use baton_shared::Timestamp;
use baton_shared::port::Clock;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

#[derive(Clone)]
pub(crate) struct FakeClock(Arc<Mutex<Hands>>);

struct Hands {
    now: Timestamp,
    sleepers: Vec<(Timestamp, Waker)>,
}

impl Default for FakeClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Hands {
            now: Timestamp(1_800_000_000_000),
            sleepers: Vec::new(),
        })))
    }
}

impl FakeClock {
    /// Moves to the next moment somebody sleeps for, or a second on.
    pub(crate) fn tick(&self) {
        let mut hands = self.0.lock().expect("clock");
        let next = hands.sleepers.iter().map(|(at, _)| *at).min();
        let second = hands.now.after(Duration::from_secs(1));
        hands.now = next.unwrap_or(second).max(Timestamp(hands.now.0 + 1));
        let now = hands.now;
        for (_, waker) in hands.sleepers.extract_if(.., |(at, _)| *at <= now) {
            waker.wake();
        }
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.0.lock().expect("clock").now
    }

    async fn sleep_until(&self, at: Timestamp) {
        std::future::poll_fn(|context| {
            let mut hands = self.0.lock().expect("clock");
            if hands.now >= at {
                return Poll::Ready(());
            }
            hands.sleepers.push((at, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
