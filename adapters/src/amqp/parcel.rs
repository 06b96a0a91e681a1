//! Outcomes that share a message: those of one call of `publish` that go to one partition.
//!
//! ```text
//!   publish [a b c] ─► message: a b c, one after the other ─► deliveries a, b, c ─► acknowledged
//!                      header `baton-parts`: their lengths                          when all three are
//! ```
//!
//! The broker's work is by the message, so a busy worker costs it a fraction. Jobs are never put
//! together: people see, count and route them one by one. A receipt names the message in its lower 48
//! bits and the part in those above; a broker that delivers a million messages a second numbers them
//! so for nine years.

use super::batches::Slot;
use baton_shared::Partition;
use baton_shared::port::{Lane, Outgoing};
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use std::collections::HashMap;

/// Carries the lengths of the parts, in bytes.
const PARTS: &str = "baton-parts";
/// Parts of one message: a bit each in [`Parts`].
const MOST: usize = 64;
/// Bytes up to which a message takes in more. What a crash brings again stays small.
const ROOM: usize = 64 * 1024;
/// Bits of a receipt's tag that are the broker's.
const TAG_BITS: u32 = 48;

/// A message to send, and where the answer to it belongs.
pub(super) struct Parcel {
    /// Of each part.
    pub(super) slots: Vec<Slot>,
    /// Lengths of the parts, if there is more than one.
    lengths: Vec<usize>,
    pub(super) message: Outgoing,
}

impl Parcel {
    fn new(slot: Slot, message: Outgoing) -> Self {
        Self {
            slots: vec![slot],
            lengths: Vec::new(),
            message,
        }
    }

    fn has_room(&self, size: usize) -> bool {
        self.slots.len() < MOST && self.message.body.len() + size <= ROOM
    }

    fn add(&mut self, slot: Slot, body: &[u8]) {
        if self.lengths.is_empty() {
            self.lengths.push(self.message.body.len());
            // The trace is in each part; the header could only say one of them.
            self.message.traceparent = None;
        }
        self.slots.push(slot);
        self.lengths.push(body.len());
        self.message.body.extend_from_slice(body);
    }

    /// Says in the message's headers what it is made of.
    pub(super) fn label(&self, headers: &mut FieldTable) {
        if self.lengths.is_empty() {
            return;
        }
        let lengths = self.lengths.iter();
        let lengths = lengths.map(|length| AMQPValue::LongLongInt(length.cast_signed() as i64));
        let lengths = FieldArray::from(lengths.collect::<Vec<_>>());
        headers.insert(PARTS.into(), AMQPValue::FieldArray(lengths));
    }
}

/// Puts together what may travel together.
pub(super) fn pack(letters: impl Iterator<Item = (Slot, Outgoing)>) -> Vec<Parcel> {
    let mut parcels: Vec<Parcel> = Vec::new();
    // The parcel that still takes in more, by partition.
    let mut open: HashMap<Partition, usize> = HashMap::new();
    for (slot, letter) in letters {
        let Lane::Outcomes(partition) = letter.to else {
            parcels.push(Parcel::new(slot, letter));
            continue;
        };
        let fits = |at: &&usize| parcels[**at].has_room(letter.body.len());
        match open.get(&partition).filter(fits) {
            Some(at) => parcels[*at].add(slot, &letter.body),
            None => {
                open.insert(partition, parcels.len());
                parcels.push(Parcel::new(slot, letter));
            }
        }
    }
    parcels
}

/// The bodies of a message. One whose header does not fit its body is taken as one: whoever reads it
/// will say what it is.
pub(super) fn unpack(headers: Option<&FieldTable>, body: Vec<u8>) -> Vec<Vec<u8>> {
    let Some(lengths) = headers.and_then(|headers| lengths(headers, body.len())) else {
        return vec![body];
    };
    let mut rest = body.as_slice();
    let mut bodies = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (part, after) = rest.split_at(length);
        bodies.push(part.to_vec());
        rest = after;
    }
    bodies
}

/// The lengths that the header says, if they make up the body.
fn lengths(headers: &FieldTable, size: usize) -> Option<Vec<usize>> {
    let AMQPValue::FieldArray(lengths) = headers.inner().get(PARTS)? else {
        return None;
    };
    let mut left = size;
    let mut found = Vec::new();
    for length in lengths.as_slice() {
        let AMQPValue::LongLongInt(length) = length else {
            return None;
        };
        let length = usize::try_from(*length).ok()?;
        left = left.checked_sub(length)?;
        found.push(length);
    }
    (left == 0 && (1..=MOST).contains(&found.len())).then_some(found)
}

/// The receipt's tag of a part.
pub(super) fn tag(message: u64, part: usize) -> u64 {
    message | (part as u64) << TAG_BITS
}

/// The messages of one channel that were delivered in parts and are not done with.
#[derive(Default)]
pub(super) struct Parts {
    open: HashMap<u64, Open>,
}

struct Open {
    /// A bit for each part that is not done with.
    left: u64,
    refused: bool,
}

impl Parts {
    pub(super) fn delivered(&mut self, message: u64, parts: usize) {
        if parts > 1 {
            let left = u64::MAX >> (MOST - parts);
            let refused = false;
            self.open.insert(message, Open { left, refused });
        }
    }

    /// Which messages are done with, now that these tags are: first those acknowledged, then those
    /// refused. A message of which a part is refused is refused whole, once all of it is done with.
    pub(super) fn finish(&mut self, acked: &[u64], refused: &[u64]) -> (Vec<u64>, Vec<u64>) {
        let (mut whole_acked, mut whole_refused) = (Vec::new(), Vec::new());
        for (tags, refuses) in [(acked, false), (refused, true)] {
            for tag in tags {
                match self.close(*tag, refuses) {
                    Some((message, false)) => whole_acked.push(message),
                    Some((message, true)) => whole_refused.push(message),
                    None => {}
                }
            }
        }
        (whole_acked, whole_refused)
    }

    /// The message, if all of it is done with now, and whether it is refused.
    fn close(&mut self, tag: u64, refuses: bool) -> Option<(u64, bool)> {
        let (message, part) = (tag & ((1 << TAG_BITS) - 1), tag >> TAG_BITS);
        let Some(open) = self.open.get_mut(&message) else {
            // Of one part, or done with before: then whoever counts messages knows.
            return (part == 0).then_some((message, refuses));
        };
        if part >= MOST as u64 || open.left & (1 << part) == 0 {
            return None;
        }
        open.left &= !(1 << part);
        open.refused |= refuses;
        if open.left > 0 {
            return None;
        }
        let refused = open.refused;
        self.open.remove(&message);
        Some((message, refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn letter(to: Lane, body: Vec<u8>) -> Outgoing {
        Outgoing {
            to,
            id: String::new(),
            body,
            traceparent: Some("trace".to_owned()),
        }
    }

    fn headers(parcel: &Parcel) -> FieldTable {
        let mut headers = FieldTable::default();
        parcel.label(&mut headers);
        headers
    }

    /// To a partition, or a job.
    fn lanes() -> impl Strategy<Value = Lane> {
        let job = "pay".parse().expect("a name");
        prop_oneof![
            4 => (0..3_u16).prop_map(|number| Lane::Outcomes(Partition(number))),
            1 => Just(Lane::Jobs(job)),
        ]
    }

    proptest! {
        /// Whatever is sent arrives whole, by its lane and in the order of its lane; jobs alone.
        #[test]
        fn what_is_packed_is_unpacked(
            letters in prop::collection::vec(
                (lanes(), prop_oneof![0..300_usize, 30_000..70_000_usize], any::<u8>()), 0..150),
        ) {
            let sent: Vec<_> = letters.iter()
                .map(|(lane, size, byte)| letter(lane.clone(), vec![*byte; *size])).collect();
            let slots = (0..).map(|index| Slot { batch: 7, index });
            let parcels = pack(slots.zip(sent.clone()));
            let mut arrived = Vec::new();
            for parcel in parcels {
                let headers = headers(&parcel);
                let slots = parcel.slots.clone();
                prop_assert!(slots.len() == 1 || parcel.message.body.len() <= ROOM);
                prop_assert!(slots.len() == 1 || matches!(parcel.message.to, Lane::Outcomes(_)));
                let bodies = unpack(Some(&headers), parcel.message.body);
                prop_assert_eq!(bodies.len(), slots.len());
                for (slot, body) in slots.into_iter().zip(bodies) {
                    arrived.push((slot.index, parcel.message.to.clone(), body));
                }
            }
            for lane in sent.iter().map(|letter| &letter.to) {
                let order = arrived.iter().filter(|(_, to, _)| to == lane).map(|(index, ..)| *index);
                prop_assert!(order.is_sorted(), "the order of a lane");
            }
            arrived.sort_by_key(|(index, ..)| *index);
            let sent = sent.into_iter().enumerate()
                .map(|(index, letter)| (index, letter.to, letter.body)).collect::<Vec<_>>();
            prop_assert_eq!(arrived, sent);
        }

        /// A message is done with when its last part is, once, and refused when any part was.
        #[test]
        fn the_last_part_ends_a_message(
            counts in prop::collection::vec(1..=MOST, 1..6),
            order in prop::collection::vec((any::<u64>(), any::<u64>(), any::<bool>()), 0..600),
        ) {
            let mut parts = Parts::default();
            let mut left: Vec<Vec<bool>> = Vec::new();
            for (index, count) in counts.iter().enumerate() {
                parts.delivered(index as u64 + 1, *count);
                left.push(vec![true; *count]);
            }
            let mut refused = vec![false; counts.len()];
            for (message, part, refuses) in order {
                let message = usize::try_from(message % counts.len() as u64).expect("small");
                let part = usize::try_from(part % counts[message] as u64).expect("small");
                let was_open = std::mem::take(&mut left[message][part]);
                if !was_open {
                    continue;
                }
                refused[message] |= refuses;
                let tags = [tag(message as u64 + 1, part)];
                let told = match refuses {
                    true => parts.finish(&[], &tags),
                    false => parts.finish(&tags, &[]),
                };
                let number = message as u64 + 1;
                let expected = match (left[message].contains(&true), refused[message]) {
                    (true, _) => (vec![], vec![]),
                    (false, false) => (vec![number], vec![]),
                    (false, true) => (vec![], vec![number]),
                };
                prop_assert_eq!(told, expected);
            }
        }
    }

    #[test]
    fn a_header_that_does_not_fit_is_not_believed() {
        let slot = |index| Slot { batch: 0, index };
        let lane = Lane::Outcomes(Partition(0));
        let letters = ["ab", "c"].map(|body| letter(lane.clone(), body.into()));
        let parcels = pack([slot(0), slot(1)].into_iter().zip(letters));
        assert_eq!(parcels.len(), 1);
        let headers = headers(&parcels[0]);
        assert_eq!(
            unpack(Some(&headers), b"abc".to_vec()),
            [b"ab".to_vec(), b"c".to_vec()]
        );
        for body in ["ab", "abcd", ""] {
            assert_eq!(unpack(Some(&headers), body.into()), [body.as_bytes()]);
        }
    }

    #[test]
    fn a_part_that_is_done_with_twice_counts_once() {
        let mut parts = Parts::default();
        parts.delivered(5, 2);
        assert_eq!(parts.finish(&[tag(5, 1), tag(5, 1)], &[]), (vec![], vec![]));
        assert_eq!(parts.finish(&[tag(5, 0)], &[]), (vec![5], vec![]));
        assert_eq!(parts.finish(&[tag(5, 1)], &[]), (vec![], vec![]));
    }
}
