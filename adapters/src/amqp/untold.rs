//! How much of each lane is acknowledged and not told, and when that is too much.
//!
//! The broker counts what it was not told as in hand, against the prefetch of its lane. So a lane that may have
//! little in hand is told at once, and one that may have much gathers, whatever other lanes the channel has.

use std::collections::BTreeMap;

/// What does not grow beyond this, however large the prefetch: so much less is there to work on.
const MANY: usize = 128;

/// The messages of one channel in one generation.
pub(super) struct Untold {
    lanes: Vec<Share>,
    /// What the broker counts as in hand, by tag: of which lane, and whether it is acknowledged.
    in_hand: BTreeMap<u64, (usize, bool)>,
}

struct Share {
    /// So many are told at once.
    many: usize,
    untold: usize,
}

impl Untold {
    /// Of lanes with these prefetches.
    pub(super) fn new(prefetches: impl Iterator<Item = u16>) -> Self {
        let share = |prefetch| Share {
            many: (usize::from(prefetch) / 4).clamp(1, MANY),
            untold: 0,
        };
        Self {
            lanes: prefetches.map(share).collect(),
            in_hand: BTreeMap::new(),
        }
    }

    pub(super) fn delivered(&mut self, tag: u64, lane: usize) {
        self.in_hand.insert(tag, (lane, false));
    }

    /// Takes note of what is done with. What is not in hand, or was before, is ignored.
    pub(super) fn acknowledged(&mut self, tags: &[u64]) {
        for tag in tags {
            if let Some((lane, acknowledged @ false)) = self.in_hand.get_mut(tag) {
                *acknowledged = true;
                self.lanes[*lane].untold += 1;
            }
        }
    }

    /// The broker was told of these.
    pub(super) fn told(&mut self, tags: &[u64]) {
        for tag in tags {
            if let Some(entry) = self.in_hand.remove(tag) {
                self.is_out(entry);
            }
        }
    }

    /// The broker was told of all up to this one.
    pub(super) fn told_up_to(&mut self, tag: u64) {
        let above = self.in_hand.split_off(&(tag + 1));
        for entry in std::mem::replace(&mut self.in_hand, above).into_values() {
            self.is_out(entry);
        }
    }

    fn is_out(&mut self, (lane, acknowledged): (usize, bool)) {
        self.lanes[lane].untold -= usize::from(acknowledged);
    }

    /// Whether a lane has too much untold.
    pub(super) fn presses(&self) -> bool {
        self.lanes.iter().any(Share::presses)
    }

    /// What of such lanes is untold.
    pub(super) fn pressing(&self) -> Vec<u64> {
        let pressing = self
            .in_hand
            .iter()
            .filter(|(_, (lane, acknowledged))| *acknowledged && self.lanes[*lane].presses());
        pressing.map(|(tag, _)| *tag).collect()
    }
}

impl Share {
    fn presses(&self) -> bool {
        self.untold >= self.many
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lane_presses_by_its_own_prefetch() {
        let (small, large) = (0, 1);
        let mut untold = Untold::new([2, 16].into_iter());
        for (tag, lane) in [
            (1, large),
            (2, large),
            (3, large),
            (4, small),
            (5, large),
            (6, large),
        ] {
            untold.delivered(tag, lane);
        }
        untold.acknowledged(&[1, 2, 5]);
        assert!(!untold.presses(), "three of sixteen");
        untold.acknowledged(&[4, 4]);
        assert_eq!(untold.pressing(), [4], "one of two, and of no other lane");
        untold.told(&[4]);
        assert!(!untold.presses());
        untold.acknowledged(&[6, 7]);
        assert_eq!(untold.pressing(), [1, 2, 5, 6], "a quarter");
        untold.told_up_to(2);
        assert!(!untold.presses());
    }

    /// What may happen to one message.
    #[derive(Clone, Copy, Debug)]
    enum Next {
        Delivered(usize),
        Acknowledged(u64),
        Refused(u64),
        Told(u64),
    }

    fn next() -> impl Strategy<Value = Next> {
        prop_oneof![
            2 => (0..3_usize).prop_map(Next::Delivered),
            2 => (1..30_u64).prop_map(Next::Acknowledged),
            1 => (1..30_u64).prop_map(Next::Refused),
            1 => (1..30_u64).prop_map(Next::Told),
        ]
    }

    proptest! {
        /// What is counted is what is there, and all that presses is told of.
        #[test]
        fn counts_are_true(story in prop::collection::vec(next(), 1..80)) {
            let prefetches = [1, 8, 400];
            let mut untold = Untold::new(prefetches.into_iter());
            let mut last = 0;
            for next in story {
                match next {
                    Next::Delivered(lane) => {
                        last += 1;
                        untold.delivered(last, lane);
                    }
                    Next::Acknowledged(tag) => untold.acknowledged(&[tag]),
                    Next::Refused(tag) if !untold.in_hand.get(&tag).is_some_and(|(_, done)| *done) => {
                        untold.told(&[tag]);
                    }
                    Next::Refused(_) => {}
                    Next::Told(top) if untold.in_hand.range(..=top).all(|(_, (_, done))| *done) => {
                        untold.told_up_to(top);
                    }
                    Next::Told(_) => {}
                }
                for (lane, prefetch) in prefetches.iter().enumerate() {
                    let there = untold.in_hand.values().filter(|(of, done)| *of == lane && *done);
                    let there = there.count();
                    prop_assert_eq!(untold.lanes[lane].untold, there);
                    prop_assert_eq!(
                        untold.lanes[lane].presses(),
                        there > 0 && there >= usize::from(prefetch / 4)
                    );
                }
                let pressing = untold.pressing();
                untold.told(&pressing);
                prop_assert!(!untold.presses());
            }
        }
    }
}
