//! What the ports were asked, summed up.

use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! items {
    ($($(#[$doc:meta])* $name:ident $word:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Item { $($(#[$doc])* $name,)* }

        impl Item {
            pub(crate) const WORDS: &'static [&'static str] = &[$($word,)*];
        }
    };
}

items! {
    /// Calls of the store's port that write or read: on Redis each is a round trip.
    StoreTrips "store trips",
    Transitions "transitions",
    JournalBytes "journal bytes",
    /// Of the rows that are written beside the journal, one with each transition.
    RowBytes "row bytes",
    RecordTrips "record trips",
    RecordBytes "record bytes",
    /// Batches published: each waits for its confirms.
    Publishes "publishes",
    Messages "messages",
    /// Of bodies.
    MessageBytes "message bytes",
    /// Of ids and traces, which are sent beside the body.
    PropertyBytes "property bytes",
    /// Batches acknowledged: nobody waits for an answer.
    Acks "acknowledgements",
    Calls "calls",
}

/// Counts of every item; clones are the same counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    counts: Arc<[AtomicU64; Item::WORDS.len()]>,
    /// Every amount by itself, for tests: keeping it would be counted.
    #[cfg(test)]
    each: Arc<std::sync::Mutex<Vec<(Item, usize)>>>,
}

impl Tally {
    pub(crate) fn add(&self, item: Item, many: usize) {
        self.counts[item as usize].fetch_add(many as u64, Ordering::Relaxed);
        #[cfg(test)]
        self.each.lock().expect("no panic").push((item, many));
    }

    pub(crate) fn of(&self, item: Item) -> u64 {
        self.counts[item as usize].load(Ordering::Relaxed)
    }

    /// The amounts of an item, one after the other.
    #[cfg(test)]
    pub(crate) fn each(&self, item: Item) -> Vec<usize> {
        let each = self.each.lock().expect("no panic");
        let meant = each.iter().filter(|(of, _)| *of == item);
        meant.map(|(_, many)| *many).collect()
    }

    /// All counts by their words.
    pub(crate) fn json(&self) -> Value {
        let counts = Item::WORDS.iter().zip(self.counts.iter());
        let counts = counts.map(|(word, count)| {
            let count = count.load(Ordering::Relaxed);
            ((*word).to_owned(), count.into())
        });
        Value::Object(counts.collect::<Map<_, _>>())
    }
}
