//! When a failed attempt is made again.

use crate::{duration, id::stable_hash};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A retry policy, as the catalogue writes it and as the workflow's `retry` becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct RetryPolicy {
    /// Retries *after* the first attempt; 0 never retries.
    pub count: u32,
    /// The wait before the first retry.
    #[serde(with = "duration")]
    pub delay: Duration,
    pub backoff: Backoff,
    /// The longest wait between two attempts.
    #[serde(with = "duration")]
    pub max_delay: Duration,
    /// No retry starts later than this after the first attempt, if set.
    #[serde(with = "duration::option", skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// Up to this much is added to each wait.
    #[serde(with = "duration")]
    pub jitter: Duration,
}

/// How the wait grows from one retry to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    Constant,
    /// delay × n
    Linear,
    /// delay × 2ⁿ
    #[default]
    Exponential,
}

impl Default for RetryPolicy {
    /// Three retries after 0.5, 1 and 2 seconds: what a step gets when nobody said anything.
    fn default() -> Self {
        Self {
            count: 3,
            delay: Duration::from_millis(500),
            backoff: Backoff::Exponential,
            max_delay: Duration::from_secs(60),
            within: None,
            jitter: Duration::from_millis(100),
        }
    }
}

impl RetryPolicy {
    /// Never retries.
    pub fn none() -> Self {
        Self {
            count: 0,
            ..Self::default()
        }
    }

    /// Ten retries over some five minutes: what a compensation gets when nobody said anything.
    pub fn persistent() -> Self {
        Self {
            count: 10,
            ..Self::default()
        }
    }

    /// The wait before retry `n` (from 1). Jitter is a hash of `seed`, so that the same step waits
    /// the same time wherever it is decided.
    pub fn wait(&self, n: u32, seed: &str) -> Duration {
        let growth = match self.backoff {
            Backoff::Constant => 1,
            Backoff::Linear => n,
            Backoff::Exponential => 1_u32.checked_shl(n.saturating_sub(1)).unwrap_or(u32::MAX),
        };
        let wait = self
            .delay
            .checked_mul(growth)
            .unwrap_or(self.max_delay)
            .min(self.max_delay);
        let jitter_ms = u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX);
        let hash = stable_hash(format!("{seed}/{n}").as_bytes());
        wait + Duration::from_millis(hash % jitter_ms.saturating_add(1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = RetryPolicy {
            jitter: Duration::ZERO,
            ..RetryPolicy::persistent()
        };
        let waits: Vec<u128> = (1..=10).map(|n| policy.wait(n, "k").as_millis()).collect();
        assert_eq!(
            waits,
            [
                500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000
            ]
        );
        assert_eq!(policy.wait(400, "k").as_millis(), 60000);
    }

    #[test]
    fn jitter_is_bounded_and_repeats() {
        let policy = RetryPolicy::default();
        for n in 1..50 {
            let wait = policy.wait(n, "saga:step");
            assert_eq!(wait, policy.wait(n, "saga:step"));
            assert!(wait <= Duration::from_millis(60_100));
        }
    }
}
