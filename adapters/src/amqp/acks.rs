//! Which deliveries of a channel are done with, and the fewest frames that say so.
//!
//! ```text
//!   tag    1  2  3  4  5  6  7       done: 1 2 3, 6
//!          ──────►│        ×         frames: ack 3 multiple, ack 6
//!               floor
//! ```
//!
//! The broker numbers a channel's deliveries from 1 without gaps. Everything up to the floor is done
//! with, so a `multiple` acknowledgement there can take in no message that is still being worked on,
//! nor one that is on its way to us.

use std::collections::BTreeSet;

/// What to send; rejections first, for a `multiple` acknowledgement would cover them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frames {
    pub(super) reject: Vec<u64>,
    pub(super) ack: Vec<u64>,
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
        for (tags, out) in [(rejected, &mut frames.reject), (acked, &mut frames.ack)] {
            for tag in tags {
                if *tag > self.floor && *tag <= self.seen && self.done.insert(*tag) {
                    out.push(*tag);
                }
            }
        }
        while self.done.first() == Some(&(self.floor + 1)) {
            self.done.pop_first();
            self.floor += 1;
        }
        let floor = self.floor;
        if let Some(top) = frames.ack.iter().copied().filter(|tag| *tag <= floor).max() {
            frames.ack.retain(|tag| *tag > floor);
            frames.ack_up_to = Some(top);
        }
        frames
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

    #[test]
    fn a_run_is_one_frame() {
        let mut acks = of(6);
        let frames = acks.finish(&[3, 1, 2, 6], &[]);
        assert_eq!(
            frames,
            Frames {
                reject: vec![],
                ack: vec![6],
                ack_up_to: Some(3)
            }
        );
        let frames = acks.finish(&[4, 5], &[]);
        assert_eq!(
            frames,
            Frames {
                reject: vec![],
                ack: vec![],
                ack_up_to: Some(5)
            }
        );
    }

    #[test]
    fn what_is_not_ours_is_ignored() {
        let mut acks = of(2);
        acks.finish(&[1], &[]);
        assert_eq!(acks.finish(&[1, 1, 3, 0], &[1]), Frames::default());
    }

    proptest! {
        /// Plays the broker: each delivery is settled once, as it was meant.
        #[test]
        fn each_is_settled_once_as_meant(
            rounds in prop::collection::vec(
                (0..6_u64, prop::collection::vec((1..60_u64, any::<bool>()), 0..10)), 1..20),
        ) {
            let mut acks = Acks::default();
            let mut open: BTreeSet<u64> = BTreeSet::new();
            let mut seen = 0;
            for (more, finished) in rounds {
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
                let Frames { reject, ack, ack_up_to } = acks.finish(&acked, &rejected);
                for tag in reject {
                    prop_assert!(rejected.contains(&tag) && open.remove(&tag));
                }
                for tag in ack {
                    prop_assert!(acked.contains(&tag) && open.remove(&tag));
                }
                if let Some(top) = ack_up_to {
                    let covered: Vec<_> = open.range(..=top).copied().collect();
                    prop_assert!(!covered.is_empty(), "an empty acknowledgement is an error");
                    for tag in covered {
                        prop_assert!(acked.contains(&tag), "{tag} was still being worked on");
                        open.remove(&tag);
                    }
                }
                prop_assert_eq!(acks.in_hand(), open.len() as u64);
                for tag in acked.iter().chain(&rejected) {
                    prop_assert!(!open.contains(tag), "{tag} is done with");
                }
            }
        }
    }
}
