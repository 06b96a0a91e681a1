//! Which deliveries of a channel are done with, and the fewest frames that say so.
//!
//! ```text
//!   tag    1  2  3  4  5  6  7       done: 1 2 3, 6
//!          ──────►│        ×         frames: ack 3 multiple; 6 waits for the floor, or a moment
//!               floor
//! ```
//!
//! The broker numbers a channel's deliveries from 1 without gaps. Everything up to the floor is done
//! with, so a `multiple` acknowledgement there can take in no message that is still being worked on,
//! nor one that is on its way to us. To a quorum queue each frame is a command for all its replicas:
//! so what is done with above the floor waits a moment for it.

use std::collections::BTreeSet;

/// What to send; rejections first, for a `multiple` acknowledgement would cover them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frames {
    pub(super) reject: Vec<u64>,
    pub(super) ack_up_to: Option<u64>,
}

/// One channel's deliveries in one generation.
#[derive(Default)]
pub(super) struct Acks {
    /// The highest tag delivered.
    seen: u64,
    /// Every tag up to this one is done with.
    floor: u64,
    /// Done with, above the floor.
    done: BTreeSet<u64>,
    /// Acknowledged by us, and the broker was not told yet.
    untold: BTreeSet<u64>,
}

impl Acks {
    pub(super) fn delivered(&mut self, tag: u64) {
        self.seen = self.seen.max(tag);
    }

    /// How many were delivered and are not done with.
    pub(super) fn in_hand(&self) -> u64 {
        self.seen - self.floor - self.done.len() as u64
    }

    /// Takes note of what is done with. What was never delivered, or was done before, is ignored:
    /// the broker would close the channel over it.
    pub(super) fn finish(&mut self, acked: &[u64], rejected: &[u64]) -> Frames {
        let mut frames = Frames::default();
        for tag in rejected {
            if self.note(*tag) {
                frames.reject.push(*tag);
            }
        }
        for tag in acked {
            if self.note(*tag) {
                self.untold.insert(*tag);
            }
        }
        while self.done.first() == Some(&(self.floor + 1)) {
            self.done.pop_first();
            self.floor += 1;
        }
        let above = self.untold.split_off(&(self.floor + 1));
        let below = std::mem::replace(&mut self.untold, above);
        frames.ack_up_to = below.last().copied();
        frames
    }

    /// Whether it was in hand until now.
    fn note(&mut self, tag: u64) -> bool {
        tag > self.floor && tag <= self.seen && self.done.insert(tag)
    }

    /// Whether some are acknowledged of which the broker was not told.
    pub(super) fn has_stragglers(&self) -> bool {
        !self.untold.is_empty()
    }

    /// Takes these: each is to be told by itself, for something below it is still being worked on.
    pub(super) fn stragglers(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.untold).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(seen: u64) -> Acks {
        Acks {
            seen,
            ..Acks::default()
        }
    }

    fn up_to(tag: u64) -> Frames {
        Frames {
            reject: vec![],
            ack_up_to: Some(tag),
        }
    }

    #[test]
    fn a_run_is_one_frame() {
        let mut acks = of(7);
        assert_eq!(acks.finish(&[3, 1, 2, 6], &[]), up_to(3));
        assert!(acks.has_stragglers());
        assert_eq!(acks.finish(&[4, 5], &[]), up_to(6));
        assert!(!acks.has_stragglers());
    }

    #[test]
    fn what_waited_long_enough_is_told_by_itself() {
        let mut acks = of(4);
        assert_eq!(
            acks.finish(&[2, 4], &[3]),
            Frames {
                reject: vec![3],
                ack_up_to: None
            }
        );
        assert_eq!(acks.stragglers(), [2, 4]);
        assert_eq!(acks.finish(&[1], &[]), up_to(1));
        assert_eq!(acks.in_hand(), 0);
    }

    #[test]
    fn what_is_not_ours_is_ignored() {
        let mut acks = of(2);
        acks.finish(&[1], &[]);
        assert_eq!(acks.finish(&[1, 1, 3, 0], &[1]), Frames::default());
        assert!(!acks.has_stragglers());
    }

    proptest! {
        /// Plays the broker: each delivery is settled once, as it was meant.
        #[test]
        fn each_is_settled_once_as_meant(
            rounds in prop::collection::vec(
                (0..6_u64, prop::collection::vec((1..60_u64, any::<bool>()), 0..10), any::<bool>()),
                1..20),
        ) {
            let mut acks = Acks::default();
            let mut open: BTreeSet<u64> = BTreeSet::new();
            let mut seen = 0;
            let mut untold: BTreeSet<u64> = BTreeSet::new();
            for (more, finished, moment_is_over) in rounds {
                for _ in 0..more {
                    seen += 1;
                    acks.delivered(seen);
                    open.insert(seen);
                }
                let pick = |wanted: bool| finished.iter()
                    .filter(|(_, ack)| *ack == wanted).map(|(tag, _)| *tag).collect::<Vec<_>>();
                let rejected = pick(false);
                let acked: Vec<_> =
                    pick(true).into_iter().filter(|tag| !rejected.contains(tag)).collect();
                let Frames { reject, ack_up_to } = acks.finish(&acked, &rejected);
                untold.extend(acked.iter().filter(|tag| open.contains(*tag)));
                for tag in reject {
                    prop_assert!(rejected.contains(&tag) && open.remove(&tag));
                }
                if let Some(top) = ack_up_to {
                    let covered: Vec<_> = open.range(..=top).copied().collect();
                    prop_assert!(!covered.is_empty(), "an empty acknowledgement is an error");
                    for tag in covered {
                        prop_assert!(untold.remove(&tag), "{tag} was still being worked on");
                        open.remove(&tag);
                    }
                }
                if moment_is_over {
                    for tag in acks.stragglers() {
                        prop_assert!(untold.remove(&tag) && open.remove(&tag));
                    }
                    prop_assert!(untold.is_empty(), "all are told: {untold:?}");
                }
                prop_assert_eq!(acks.has_stragglers(), !untold.is_empty());
                prop_assert_eq!(acks.in_hand() as usize, open.len() - untold.len());
                for tag in acked.iter().chain(&rejected) {
                    prop_assert!(!open.contains(tag) || untold.contains(tag), "{tag} is done with");
                }
            }
        }
    }
}
