//! How long to wait before the next attempt to connect.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LAST: Duration = Duration::from_secs(5);

/// Doubles from failure to failure, each time shortened at random by up to a half, so that many
/// processes do not return together.
#[derive(Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(super) fn next(&mut self) -> Duration {
        let full = FIRST.saturating_mul(1 << self.failures.min(10)).min(LAST);
        self.failures = self.failures.saturating_add(1);
        // Each `RandomState` has keys of its own: a random number without a crate.
        let share = u32::try_from(RandomState::new().hash_one(0) % 512).unwrap_or(0);
        full.mul_f64(0.5 + f64::from(share) / 1024.0)
    }

    /// It worked: the next failure is a first one again.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_its_bound_and_starts_anew() {
        let mut backoff = Backoff::default();
        for round in 0..100_u32 {
            let full = FIRST.saturating_mul(1 << round.min(10)).min(LAST);
            let wait = backoff.next();
            assert!(wait >= full / 2 && wait <= full, "round {round}: {wait:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }
}
