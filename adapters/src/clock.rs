//! The machine's clock behind the port `Clock`.

use baton_shared::Timestamp;
use baton_shared::port::Clock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest single sleep. The wall clock may be set forward or back at any moment; looking at it this
/// often bounds how late a sleeper notices.
const SLICE: Duration = Duration::from_secs(10);

/// Wall-clock time on a tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// The wall clock: moments are kept over restarts and compared between machines, so that a
    /// monotonic clock cannot serve. It may step back; whoever subtracts uses `since`, which
    /// saturates.
    fn now(&self) -> Timestamp {
        // Before 1970 there is no time to speak of: 0 keeps every due time in the future.
        let passed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(0).after(passed)
    }

    /// Sleeps on the monotonic clock, in slices, and asks the wall clock after each: it wakes at most
    /// a slice late when the clock was set forward, and never before `at` when it was set back.
    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(SLICE)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleep_ends_at_its_moment() {
        let clock = SystemClock;
        let at = clock.now().after(Duration::from_millis(30));
        clock.sleep_until(at).await;
        assert!(clock.now() >= at, "not before");
        clock.sleep_until(Timestamp(0)).await;
    }
}
