//! What was delivered on one channel, what of it is done with, and telling the broker so.
//!
//! ```text
//!   tags of parts ─► Parts ─► tags of messages ─► Acks ─► frames, at once or in a moment
//! ```

use super::CLOSE;
use super::acks::{Acks, Frames};
use super::address::{no_answer, reason};
use super::parcel::Parts;
use futures_util::future::try_join_all;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicRejectOptions};
use std::future::Future;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

/// For so long what is done with waits for what was delivered before it, to be told in one frame.
const MOMENT: Duration = Duration::from_millis(50);

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
    pub(super) acks: Acks,
    parts: Parts,
    /// When the stragglers are told.
    pub(super) moment: Instant,
}

impl Book {
    pub(super) fn new(channel: Channel, generation: u64) -> Self {
        Self {
            channel,
            generation,
            acks: Acks::default(),
            parts: Parts::default(),
            moment: Instant::now(),
        }
    }

    /// A message came, in so many parts.
    pub(super) fn delivered(&mut self, message: u64, parts: usize) {
        self.acks.delivered(message);
        self.parts.delivered(message, parts);
    }

    /// Tells the broker what is done with; replies to those whose tags are of this generation.
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
        let waited = self.acks.has_stragglers();
        let (acked, rejected) = self.parts.finish(&tags(false), &tags(true));
        let Frames { reject, ack_up_to } = self.acks.finish(&acked, &rejected);
        if !waited {
            self.moment = Instant::now() + MOMENT;
        }
        let channel = &self.channel;
        within_time(async {
            let options = BasicRejectOptions { requeue: false };
            try_join_all(reject.iter().map(|tag| channel.basic_reject(*tag, options))).await?;
            if let Some(tag) = ack_up_to {
                let options = BasicAckOptions { multiple: true };
                channel.basic_ack(tag, options).await?;
            }
            Ok(())
        })
        .await?;
        for done in current {
            // Whoever asked may have left meanwhile.
            let _ = done.reply.send(());
        }
        Ok(())
    }

    /// Tells each of those whose moment is over.
    pub(super) async fn tell_stragglers(&mut self) -> Result<(), String> {
        let tags = self.acks.stragglers();
        let options = BasicAckOptions { multiple: false };
        let told = tags.iter().map(|tag| self.channel.basic_ack(*tag, options));
        within_time(async { try_join_all(told).await.map(drop) }).await
    }
}

async fn within_time(tell: impl Future<Output = lapin::Result<()>>) -> Result<(), String> {
    match timeout(CLOSE, tell).await {
        Ok(told) => told.map_err(|error| reason(&error)),
        Err(_) => Err(no_answer(CLOSE)),
    }
}
