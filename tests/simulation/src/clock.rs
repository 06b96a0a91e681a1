//! The port `Clock`: the world's time, as wrong as the process's own clock is.

use crate::world::{Inside, Port};
use baton_shared::Timestamp;
use baton_shared::port::Clock;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// The clock of one process.
#[derive(Clone)]
pub struct SimClock(pub Port);

/// Who sleeps, and what its clock was wrong by when the alarm was set.
#[derive(Default)]
struct Bed {
    waker: Mutex<Option<Waker>>,
}

impl Inside {
    pub fn clock_of(&self, process: usize) -> Timestamp {
        Timestamp(self.now.saturating_add_signed(self.processes[process].skew))
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.0.world.lock().clock_of(self.0.who.process)
    }

    async fn sleep_until(&self, at: Timestamp) {
        let bed = Arc::new(Bed::default());
        let mut set_with: Option<i64> = None;
        std::future::poll_fn(|context| {
            let mut inside = self.0.world.lock();
            let process = self.0.who.process;
            let now = inside.clock_of(process);
            if now >= at {
                return Poll::Ready(());
            }
            *bed.waker.lock().expect("no panic in bed") = Some(context.waker().clone());
            let skew = inside.processes[process].skew;
            if set_with != Some(skew) {
                set_with = Some(skew);
                let bed = bed.clone();
                inside.after(at.0 - now.0, move |_| bed.ring());
            }
            Poll::Pending
        })
        .await;
    }
}

impl Bed {
    fn ring(&self) {
        let waker = self.waker.lock().expect("no panic in bed").take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
