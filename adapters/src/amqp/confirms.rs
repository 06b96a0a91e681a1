//! Which message was confirmed, and which was returned.
//!
//! RabbitMQ returns an unroutable message before it confirms it. lapin hands the oldest return to
//! whichever confirm completes next, and completes a `multiple` one in no order. So a return is
//! believed by the number in its id, never by the confirm it came with, and a confirm that
//! carried somebody else's return is not believed until that somebody has completed: what is its own
//! return, if there is one, may have been handed on the same way.

use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// What the broker said about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Kept,
    /// It was routed to no queue.
    Returned,
    /// The queue is full or could not keep it.
    Refused,
}

/// The messages sent in this generation and not yet answered, by their number.
pub(super) struct Confirms<T> {
    /// In order of sending, and so of deadline.
    waiting: BTreeMap<u64, (Instant, T)>,
    /// Completed, but not to be believed yet.
    held: BTreeMap<u64, (bool, T)>,
    /// Known to be returned, whether completed or not.
    returned: BTreeSet<u64>,
    next: u64,
}

impl<T> Confirms<T> {
    pub(super) fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            held: BTreeMap::new(),
            returned: BTreeSet::new(),
            next: 1,
        }
    }

    /// A message is about to be sent: its number.
    pub(super) fn send(&mut self, deadline: Instant, what: T) -> u64 {
        let number = self.next;
        self.next += 1;
        self.waiting.insert(number, (deadline, what));
        number
    }

    /// The confirm of `number` completed, carrying the return of `carried`.
    pub(super) fn complete(&mut self, number: u64, kept: bool, carried: Option<u64>) {
        self.returned.extend(carried);
        if let Some((_, what)) = self.waiting.remove(&number) {
            self.held.insert(number, (kept, what));
        }
    }

    /// What can be believed now. To be called when no completion is left to be read.
    pub(super) fn settle(&mut self) -> Vec<(T, Verdict)> {
        if self
            .returned
            .iter()
            .any(|number| self.waiting.contains_key(number))
        {
            return Vec::new();
        }
        let returned = std::mem::take(&mut self.returned);
        std::mem::take(&mut self.held)
            .into_iter()
            .map(|(number, (kept, what))| match () {
                () if returned.contains(&number) => (what, Verdict::Returned),
                () if kept => (what, Verdict::Kept),
                () => (what, Verdict::Refused),
            })
            .collect()
    }

    /// When the oldest message has waited long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting
            .first_key_value()
            .map(|(_, (deadline, _))| *deadline)
    }

    /// Everything unanswered; it will not be asked about again.
    pub(super) fn give_up(&mut self) -> Vec<T> {
        let waiting = std::mem::take(&mut self.waiting)
            .into_values()
            .map(|(_, what)| what);
        let held = std::mem::take(&mut self.held)
            .into_values()
            .map(|(_, what)| what);
        self.returned.clear();
        waiting.chain(held).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    proptest! {
        /// Plays lapin: returns queue up, each completion takes the oldest, a `multiple` confirm
        /// completes in any order, and we may look after any completion.
        #[test]
        fn returns_find_their_messages(
            routable in prop::collection::vec(any::<bool>(), 1..40),
            frames in prop::collection::vec((1..10_usize, any::<u64>()), 40),
            looks in prop::collection::vec(any::<bool>(), 40),
        ) {
            let mut confirms = Confirms::new();
            let count = routable.len();
            let numbers: Vec<u64> =
                (0..count).map(|at| confirms.send(Instant::now(), at)).collect();
            let mut returns: VecDeque<u64> =
                (0..count).filter(|at| !routable[*at]).map(|at| numbers[at]).collect();
            let mut answers = Vec::new();
            let mut at = 0;
            for (length, seed) in frames {
                let mut frame: Vec<usize> = (at..count.min(at + length)).collect();
                at += frame.len();
                frame.sort_by_key(|index| (*index as u64).wrapping_mul(seed | 1) % 97);
                for index in frame {
                    confirms.complete(numbers[index], true, returns.pop_front());
                    if looks[index] {
                        answers.extend(confirms.settle());
                    }
                }
            }
            answers.extend(confirms.settle());
            answers.sort_by_key(|(index, _)| *index);
            let expected: Vec<_> = routable
                .iter()
                .enumerate()
                .map(|(index, kept)| (index, if *kept { Verdict::Kept } else { Verdict::Returned }))
                .collect();
            prop_assert_eq!(answers, expected);
        }
    }

    #[test]
    fn a_refusal_is_told_from_a_return() {
        let mut confirms = Confirms::new();
        let now = Instant::now();
        let (a, b) = (confirms.send(now, 'a'), confirms.send(now, 'b'));
        confirms.complete(a, false, None);
        confirms.complete(b, true, Some(b));
        assert_eq!(
            confirms.settle(),
            [('a', Verdict::Refused), ('b', Verdict::Returned)]
        );
        assert_eq!(confirms.deadline(), None);
    }
}
