//! What was delivered on one channel, what of it is done with, and telling the broker so.
//!
//! ```text
//!   tags of parts ─► Parts ─► tags of messages ─► Acks ─┬─ a run: when it is long, or in a moment
//!                                                       ├─ stragglers: when they waited
//!                                              Untold ──┴─ both: when it is much for their lane
//! ```
//!
//! Whoever dies before it told the broker is delivered the same again, and knows it: that is so of every
//! acknowledgement, and these are some more.

use super::CLOSE;
use super::acks::Acks;
use super::address::{no_answer, reason};
use super::parcel::Parts;
use super::untold::Untold;
use futures_util::future::try_join_all;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicRejectOptions};
use std::future::Future;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

/// For so long a run waits for more of it, to be told in one frame.
const MOMENT: Duration = Duration::from_millis(50);
/// How often stragglers are looked at. At the next look all up to the highest of this one are told by themselves:
/// what was delivered before them takes its time.
const LOOK: Duration = Duration::from_millis(250);
/// A run that need not grow.
const LONG: usize = 64;

/// Tags that are done with. The reply is given when they are told to the broker, or will be in a
/// moment; it is dropped when they are void.
pub(super) struct Done {
    pub(super) generation: u64,
    pub(super) tags: Vec<u64>,
    pub(super) reject: bool,
    pub(super) reply: oneshot::Sender<()>,
}

/// The deliveries of one generation.
pub(super) struct Book {
    channel: Channel,
    generation: u64,
    acks: Acks,
    parts: Parts,
    untold: Untold,
    /// When the run is told, if there is one.
    run_due: Option<Instant>,
    /// When stragglers are looked at next, if there are any.
    look_due: Option<Instant>,
}

impl Book {
    /// Of a channel with a consumer of each lane, which may have so many messages in hand.
    pub(super) fn new(
        channel: Channel,
        generation: u64,
        prefetches: impl Iterator<Item = u16>,
    ) -> Self {
        Self {
            channel,
            generation,
            acks: Acks::default(),
            parts: Parts::default(),
            untold: Untold::new(prefetches),
            run_due: None,
            look_due: None,
        }
    }

    /// A message of this lane came, in so many parts.
    pub(super) fn delivered(&mut self, message: u64, lane: usize, parts: usize) {
        self.acks.delivered(message);
        self.untold.delivered(message, lane);
        self.parts.delivered(message, parts);
    }

    /// Whether nothing is in hand, as the broker knows it.
    pub(super) fn is_empty(&self) -> bool {
        self.acks.in_hand() == 0 && self.acks.run() == 0
    }

    /// When to call [`Book::tell_due`] next, if at all.
    pub(super) fn due(&self) -> Option<Instant> {
        self.run_due.into_iter().chain(self.look_due).min()
    }

    /// Takes note of what is done with, and tells the broker what it need not wait for; replies to those
    /// whose tags are of this generation.
    pub(super) async fn finish(&mut self, done: &mut Vec<Done>) -> Result<(), String> {
        // Dropping the others' reply says that theirs are void.
        let current: Vec<Done> = done
            .drain(..)
            .filter(|done| done.generation == self.generation)
            .collect();
        let tags = |reject: bool| {
            let meant = current.iter().filter(|done| done.reject == reject);
            meant
                .flat_map(|done| done.tags.iter().copied())
                .collect::<Vec<_>>()
        };
        let (acked, rejected) = self.parts.finish(&tags(false), &tags(true));
        let reject = self.acks.finish(&acked, &rejected);
        self.untold.told(&reject);
        self.untold.acknowledged(&acked);
        self.reject(reject).await?;
        // One frame first: it may take in all that presses.
        if self.acks.run() >= LONG || self.untold.presses() {
            self.tell_run().await?;
        }
        if self.untold.presses() {
            let pressing = self.acks.take_of(&self.untold.pressing());
            self.tell_each(pressing).await?;
        }
        self.wait(Instant::now());
        for done in current {
            // Whoever asked may have left meanwhile.
            let _ = done.reply.send(());
        }
        Ok(())
    }

    /// Tells what waited long enough.
    pub(super) async fn tell_due(&mut self) -> Result<(), String> {
        let now = Instant::now();
        let is_over = |due: Option<Instant>| due.is_some_and(|due| due <= now);
        if is_over(self.run_due) {
            self.tell_run().await?;
        }
        if is_over(self.look_due) {
            self.look_due = None;
            let aged = self.acks.take_aged();
            self.tell_each(aged).await?;
        }
        self.wait(now);
        Ok(())
    }

    /// Tells all there is.
    pub(super) async fn tell_all(&mut self) -> Result<(), String> {
        self.tell_run().await?;
        let stragglers = self.acks.take_stragglers();
        self.tell_each(stragglers).await
    }

    /// Sets when what there is now is told.
    fn wait(&mut self, now: Instant) {
        let due = |was: Option<Instant>, count: usize, time: Duration| match count {
            0 => None,
            _ => was.or(Some(now + time)),
        };
        self.run_due = due(self.run_due, self.acks.run(), MOMENT);
        self.look_due = due(self.look_due, self.acks.stragglers(), LOOK);
    }

    async fn reject(&self, tags: Vec<u64>) -> Result<(), String> {
        let options = BasicRejectOptions { requeue: false };
        let told = tags
            .iter()
            .map(|tag| self.channel.basic_reject(*tag, options));
        within_time(try_join_all(told)).await
    }

    async fn tell_run(&mut self) -> Result<(), String> {
        self.run_due = None;
        let Some(tag) = self.acks.take_run() else {
            return Ok(());
        };
        self.untold.told_up_to(tag);
        let options = BasicAckOptions { multiple: true };
        within_time(self.channel.basic_ack(tag, options)).await
    }

    async fn tell_each(&mut self, tags: Vec<u64>) -> Result<(), String> {
        self.untold.told(&tags);
        let options = BasicAckOptions { multiple: false };
        let told = tags.iter().map(|tag| self.channel.basic_ack(*tag, options));
        within_time(try_join_all(told)).await
    }
}

async fn within_time<T>(tell: impl Future<Output = lapin::Result<T>>) -> Result<(), String> {
    match timeout(CLOSE, tell).await {
        Ok(told) => told.map(drop).map_err(|error| reason(&error)),
        Err(_) => Err(no_answer(CLOSE)),
    }
}
