//! Messages that could not be handled yet: kept unacknowledged, and tried again after a pause.
//!
//! Bounded by the queue's prefetch: what is in here keeps the broker from sending more.

use super::turn::Message;
use baton_shared::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(100);
/// Doublings of the pause: 6.4 s at most.
const DOUBLINGS: u32 = 6;

#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: BTreeMap<Timestamp, Vec<Message>>,
}

impl Backlog {
    pub(super) fn push(&mut self, mut message: Message, now: Timestamp) {
        let pause = FIRST * 2_u32.pow(message.waited.min(DOUBLINGS));
        message.waited += 1;
        let at = now.after(pause);
        self.waiting.entry(at).or_default().push(message);
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.waiting.keys().next().copied()
    }

    /// Takes all whose pause is over.
    pub(super) fn ripe(&mut self, now: Timestamp) -> Vec<Message> {
        let later = self.waiting.split_off(&Timestamp(now.0 + 1));
        let ripe = std::mem::replace(&mut self.waiting, later);
        ripe.into_values().flatten().collect()
    }
}
