//! Lanes that the broker cannot serve: left alone for a while, so that they hold up no other.
//!
//! ```text
//!   cannot be started ─► left out ── a little longer each time ─► tried on the side ─► taken in again
//! ```
//!
//! On the side is a connection of its own: a consumer that is refused ends the one it was asked on.

use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// The first spell: an outage that is over costs no more.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(30);

/// By the lane's place in its source.
#[derive(Default)]
pub(super) struct Sick(BTreeMap<usize, Spell>);

struct Spell {
    times: u32,
    until: Instant,
}

impl Sick {
    /// It could not be started, once more.
    pub(super) fn blame(&mut self, lane: usize, now: Instant) {
        let spell = self.0.entry(lane).or_insert(Spell {
            times: 0,
            until: now,
        });
        let pause = FIRST.saturating_mul(1 << spell.times.min(10)).min(LAST);
        spell.times += 1;
        spell.until = now + pause;
    }

    /// It was started.
    pub(super) fn healed(&mut self, lane: usize) {
        self.0.remove(&lane);
    }

    /// The ones to leave out of so many. Where all are sick, all are tried: it is the broker then.
    pub(super) fn left_out(&mut self, of: usize) -> Vec<usize> {
        if self.0.len() == of {
            self.0.clear();
        }
        self.0.keys().copied().collect()
    }

    /// Who is to be tried next, and when.
    pub(super) fn next(&self) -> Option<(usize, Instant)> {
        let spells = self.0.iter().map(|(lane, spell)| (*lane, spell.until));
        spells.min_by_key(|(_, until)| *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_grow_and_end() {
        let (mut sick, now) = (Sick::default(), Instant::now());
        assert_eq!(sick.next(), None);
        sick.blame(3, now);
        assert_eq!(sick.next(), Some((3, now + FIRST)));
        sick.blame(3, now);
        assert_eq!(sick.next(), Some((3, now + 2 * FIRST)));
        sick.blame(1, now);
        assert_eq!(sick.next(), Some((1, now + FIRST)), "the soonest");
        assert_eq!(sick.left_out(3), [1, 3]);
        for _ in 0..40 {
            sick.blame(3, now);
        }
        sick.healed(1);
        assert_eq!(sick.next(), Some((3, now + LAST)), "it has a bound");
        sick.healed(3);
        assert!(sick.left_out(3).is_empty());
    }

    #[test]
    fn where_all_are_sick_all_are_tried() {
        let (mut sick, now) = (Sick::default(), Instant::now());
        sick.blame(0, now);
        sick.blame(1, now);
        assert!(sick.left_out(2).is_empty());
        assert_eq!(sick.next(), None);
    }
}
