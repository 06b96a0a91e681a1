//! Acknowledging many deliveries with one frame: to a quorum queue each frame is a command.

use super::BATCH;
use baton_bench::fault::{During, Fault};
use lapin::Channel;
use lapin::options::BasicAckOptions;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};

/// For so long what is done with waits for more of it, as in Baton.
const MOMENT: Duration = Duration::from_millis(50);

/// Tells the broker of these tags, a frame for as many as come within a moment or make up a batch.
/// More would near the bound of what a consumer may have in hand.
pub(crate) async fn acknowledge(
    channel: &Channel,
    mut tags: UnboundedReceiver<u64>,
) -> Result<(), Fault> {
    let (mut done, mut batch) = (Done::default(), Vec::with_capacity(BATCH));
    while tags.recv_many(&mut batch, BATCH).await > 0 {
        done.add(batch.drain(..));
        let until = Instant::now() + MOMENT;
        while done.untold() < BATCH {
            match timeout_at(until, tags.recv_many(&mut batch, BATCH)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => done.add(batch.drain(..)),
            }
        }
        if let Some(tag) = done.tell() {
            let options = BasicAckOptions { multiple: true };
            let told = channel.basic_ack(tag, options).await;
            told.during("an acknowledgement")?;
        }
    }
    Ok(())
}

/// Deliveries of one channel that are done with; the broker numbers them from 1 without gaps.
#[derive(Debug, Default)]
struct Done {
    /// Every tag up to this one is done with.
    floor: u64,
    /// Those above it.
    above: BTreeSet<u64>,
    /// The broker knows of every tag up to this one.
    told: u64,
}

impl Done {
    fn add(&mut self, tags: impl Iterator<Item = u64>) {
        self.above.extend(tags);
        while self.above.remove(&(self.floor + 1)) {
            self.floor += 1;
        }
    }

    /// How many one frame would tell.
    fn untold(&self) -> usize {
        usize::try_from(self.floor - self.told).unwrap_or(usize::MAX)
    }

    /// Up to which tag to tell now, if there is news.
    fn tell(&mut self) -> Option<u64> {
        let news = self.floor > self.told;
        self.told = self.floor;
        news.then_some(self.floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_is_that_of_baton() {
        let baton = include_str!("../../../../adapters/src/amqp/book.rs");
        let line = format!("from_millis({});", MOMENT.as_millis());
        assert!(baton.contains(&line), "{line}");
    }

    #[test]
    fn nothing_is_told_above_what_is_open() {
        let mut done = Done::default();
        done.add([2, 3].into_iter());
        assert_eq!((done.untold(), done.tell()), (0, None));
        done.add([1, 5].into_iter());
        assert_eq!((done.untold(), done.tell()), (3, Some(3)));
        assert_eq!(done.tell(), None, "once");
        done.add([4].into_iter());
        assert_eq!(done.tell(), Some(5));
    }
}
