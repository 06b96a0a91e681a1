//! Makes ids without a source of randomness: a seed, a counter, and a hash of both.
//!
//! A process passes a seed that no other has; a simulation passes the same seed again and gets the
//! same ids. Nothing relies on the ids being hard to guess.

use baton_shared::id::{hex16, stable_hash};
use baton_shared::{SagaId, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

/// A stream of numbers that do not repeat.
#[derive(Debug)]
pub struct Ids {
    seed: u64,
    made: AtomicU64,
}

impl Ids {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            made: AtomicU64::new(0),
        }
    }

    /// 64 bits; never 0, which trace contexts forbid.
    pub fn number(&self) -> u64 {
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.seed.to_le_bytes());
        bytes[8..].copy_from_slice(&count.to_le_bytes());
        stable_hash(&bytes).max(1)
    }

    /// A saga id that sorts by time: 12 hex digits of it, then 16 of our own.
    pub fn saga(&self, now: Timestamp) -> SagaId {
        format!("{:012x}-{:016x}", now.0, self.number())
            .parse()
            .expect("hex digits and a hyphen make an id")
    }

    /// For messages and trace ids: 32 hex digits.
    pub fn long(&self) -> String {
        hex16(self.number()) + &hex16(self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_do_not_repeat_and_a_seed_replays_them() {
        let (one, same, other) = (Ids::new(1), Ids::new(1), Ids::new(2));
        let mut seen = BTreeSet::new();
        for _ in 0..1000 {
            let id = one.number();
            assert_eq!(id, same.number());
            assert!(seen.insert(id));
            assert!(seen.insert(other.number()));
        }
    }

    #[test]
    fn saga_ids_sort_by_time() {
        let ids = Ids::new(7);
        let early = ids.saga(Timestamp(1_700_000_000_000));
        let late = ids.saga(Timestamp(1_700_000_000_001));
        assert!(early < late);
    }
}
