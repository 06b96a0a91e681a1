//! Which deliveries of a channel are done with, and the fewest frames that say so.
//!
//! ```text
//!   tag    1  2  3  4  5  6  7       done: 1 2 3, 6
//!          ──────►│        ×         a run: one frame, ack 3 multiple; 6, a straggler, waits for the floor
//!               floor
//! ```
//!
//! The broker numbers a channel's deliveries from 1 without gaps. Everything up to the floor is done
//! with, so a `multiple` acknowledgement there can take in no message that is still being worked on,
//! nor one that is on its way to us. To a quorum queue each frame is a command for all its replicas:
//! so a run waits a moment to grow, and what is done with above the floor waits longer, for the floor.

use std::collections::BTreeSet;

/// One channel's deliveries in one generation.
#[derive(Default)]
pub(super) struct Acks {
    /// The highest tag delivered.
    seen: u64,
    /// Every tag up to this one is done with.
    floor: u64,
    /// Done with, above the floor.
    done: BTreeSet<u64>,
    /// Acknowledged by us above the floor, and the broker was not told yet.
    stragglers: BTreeSet<u64>,
    /// The highest straggler of the last look, or the last one that found any.
    aged: u64,
    run: Run,
}

/// Acknowledged by us up to the floor, and the broker was not told yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    top: u64,
    length: usize,
}

impl Acks {
    pub(super) fn delivered(&mut self, tag: u64) {
        self.seen = self.seen.max(tag);
    }

    /// How many were delivered and are not done with.
    pub(super) fn in_hand(&self) -> u64 {
        self.seen - self.floor - self.done.len() as u64
    }

    /// Takes note of what is done with; what of it is to be rejected at once, for a `multiple`
    /// acknowledgement would cover it. What was never delivered, or was done before, is ignored: the
    /// broker would close the channel over it.
    pub(super) fn finish(&mut self, acked: &[u64], rejected: &[u64]) -> Vec<u64> {
        let mut reject = Vec::new();
        for tag in rejected {
            if self.note(*tag) {
                reject.push(*tag);
            }
        }
        for tag in acked {
            if self.note(*tag) {
                self.stragglers.insert(*tag);
            }
        }
        while self.done.first() == Some(&(self.floor + 1)) {
            self.done.pop_first();
            self.floor += 1;
        }
        let above = self.stragglers.split_off(&(self.floor + 1));
        let below = std::mem::replace(&mut self.stragglers, above);
        self.run.length += below.len();
        self.run.top = below.last().copied().unwrap_or(self.run.top);
        reject
    }

    /// Whether it was in hand until now.
    fn note(&mut self, tag: u64) -> bool {
        tag > self.floor && tag <= self.seen && self.done.insert(tag)
    }

    /// How many one frame would tell.
    pub(super) fn run(&self) -> usize {
        self.run.length
    }

    /// Takes the run: up to which tag everything is to be told, if there is any.
    pub(super) fn take_run(&mut self) -> Option<u64> {
        let Run { top, length } = std::mem::take(&mut self.run);
        (length > 0).then_some(top)
    }

    /// How many are acknowledged above something that is still being worked on.
    pub(super) fn stragglers(&self) -> usize {
        self.stragglers.len()
    }

    /// Takes those up to the highest that was there at the last look: each is to be told by itself. Most of them
    /// were there; a younger one among them only goes sooner.
    pub(super) fn take_aged(&mut self) -> Vec<u64> {
        let young = self.stragglers.split_off(&(self.aged + 1));
        let aged = std::mem::replace(&mut self.stragglers, young);
        self.aged = self.stragglers.last().copied().unwrap_or(self.aged);
        aged.into_iter().collect()
    }

    /// Takes what of these are stragglers.
    pub(super) fn take_of(&mut self, tags: &[u64]) -> Vec<u64> {
        let mut taken = tags.to_vec();
        taken.retain(|tag| self.stragglers.remove(tag));
        taken
    }

    /// Takes all of them.
    pub(super) fn take_stragglers(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.stragglers).into_iter().collect()
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
        let mut acks = of(7);
        assert!(acks.finish(&[3, 1, 2, 6], &[]).is_empty());
        assert_eq!((acks.run(), acks.stragglers()), (3, 1));
        acks.finish(&[4, 5], &[]);
        assert_eq!((acks.run(), acks.stragglers()), (6, 0), "it grew");
        assert_eq!((acks.take_run(), acks.take_run()), (Some(6), None), "once");
    }

    #[test]
    fn what_waited_from_one_look_to_the_next_is_told_by_itself() {
        let mut acks = of(6);
        assert_eq!(acks.finish(&[2, 4], &[3]), [3], "refused at once");
        assert!(acks.take_aged().is_empty(), "a run may take them in yet");
        acks.finish(&[6], &[]);
        assert_eq!(acks.take_aged(), [2, 4]);
        acks.finish(&[1], &[]);
        assert_eq!(acks.take_run(), Some(1));
        acks.finish(&[5], &[]);
        assert_eq!(acks.take_run(), Some(6), "the run took it in");
        assert_eq!((acks.take_aged(), acks.in_hand()), (vec![], 0));
    }

    #[test]
    fn what_is_not_ours_is_ignored() {
        let mut acks = of(2);
        acks.finish(&[1], &[]);
        assert_eq!(acks.take_run(), Some(1));
        assert!(acks.finish(&[1, 1, 3, 0], &[1]).is_empty());
        assert_eq!((acks.run(), acks.stragglers()), (0, 0));
    }

    /// What may happen next.
    #[derive(Clone, Debug)]
    enum Next {
        Deliver(u64),
        /// Tags, and whether each is acknowledged.
        Finish(Vec<(u64, bool)>),
        TellRun,
        TellAged,
        TellOf(Vec<u64>),
        TellStragglers,
    }

    fn next() -> impl Strategy<Value = Next> {
        let finish = prop::collection::vec((1..60_u64, any::<bool>()), 0..10);
        prop_oneof![
            3 => (1..6_u64).prop_map(Next::Deliver),
            4 => finish.prop_map(Next::Finish),
            2 => Just(Next::TellRun),
            1 => Just(Next::TellAged),
            1 => prop::collection::vec(1..60_u64, 0..5).prop_map(Next::TellOf),
            1 => Just(Next::TellStragglers),
        ]
    }

    proptest! {
        /// Plays the broker: each delivery is settled once, as it was meant, and all of them once all is told.
        #[test]
        fn each_is_settled_once_as_meant(story in prop::collection::vec(next(), 1..60)) {
            let mut acks = Acks::default();
            let mut seen = 0;
            // As the broker has them; and what of it is acknowledged and not told.
            let (mut open, mut untold) = (BTreeSet::new(), BTreeSet::new());
            for next in story.into_iter().chain([Next::TellRun, Next::TellStragglers]) {
                match next {
                    Next::Deliver(more) => for _ in 0..more {
                        seen += 1;
                        acks.delivered(seen);
                        open.insert(seen);
                    },
                    Next::Finish(tags) => {
                        let pick = |wanted: bool| tags.iter()
                            .filter(|(_, ack)| *ack == wanted).map(|(tag, _)| *tag).collect::<Vec<_>>();
                        let rejected = pick(false);
                        let acked: Vec<_> =
                            pick(true).into_iter().filter(|tag| !rejected.contains(tag)).collect();
                        let fresh: Vec<u64> =
                            acked.iter().copied().filter(|tag| open.contains(tag)).collect();
                        for tag in acks.finish(&acked, &rejected) {
                            prop_assert!(rejected.contains(&tag) && open.remove(&tag));
                            prop_assert!(!untold.contains(&tag));
                        }
                        for tag in rejected {
                            prop_assert!(!open.contains(&tag) || untold.contains(&tag));
                        }
                        untold.extend(fresh);
                    }
                    Next::TellRun => if let Some(top) = acks.take_run() {
                        let covered: Vec<u64> = open.range(..=top).copied().collect();
                        prop_assert!(!covered.is_empty(), "no frame for nothing");
                        for tag in covered {
                            open.remove(&tag);
                            prop_assert!(untold.remove(&tag), "{tag} was still being worked on");
                        }
                    },
                    Next::TellAged | Next::TellOf(_) | Next::TellStragglers => {
                        let told = match next {
                            Next::TellAged => acks.take_aged(),
                            Next::TellOf(tags) => acks.take_of(&tags),
                            _ => acks.take_stragglers(),
                        };
                        for tag in told {
                            prop_assert!(open.remove(&tag) && untold.remove(&tag));
                        }
                    }
                }
                prop_assert_eq!(acks.run() + acks.stragglers(), untold.len());
                prop_assert_eq!(acks.in_hand() as usize, open.len() - untold.len());
            }
            prop_assert!(untold.is_empty(), "all is told in the end");
        }
    }
}
