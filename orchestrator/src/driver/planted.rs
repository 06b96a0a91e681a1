//! Planted bugs that wait for something; see `baton_shared::planted`. No build that is given to people
//! has this file.

use super::conclude::Ready;
use super::stage::Stage;
use super::turn::Item;
use crate::outside::Ports;
use baton_engine::store::{Append, AppendError, Store};
use baton_shared::planted::{self, Bug};
use baton_shared::port::Queue;
use baton_shared::{Partition, Timestamp};

impl<P: Ports> Stage<'_, P> {
    /// Acknowledges, or publishes, what is not appended yet.
    pub(super) async fn perform_early(&self, ready: &[Ready]) {
        let queue = self.shared.ports.queue();
        if planted::is(Bug::AckBeforeAppend) {
            let items = ready.iter().flat_map(|next| &next.turn.items);
            let receipts = items.filter_map(|item| match item {
                Item::Message(message) => Some(message.delivery.receipt),
                _ => None,
            });
            let _early = queue.ack(receipts.collect()).await;
        }
        if planted::is(Bug::PerformBeforeAppend) {
            let mut messages = Vec::new();
            for next in ready {
                let saga = &next.turn.saga;
                for mut job in next.jobs().to_vec() {
                    job.partition = Partition::of(saga, self.shared.settings.partitions);
                    messages.push(self.shared.outgoing(job, None));
                }
            }
            let _early = queue.publish(messages).await;
        }
    }

    /// The same appends under other names.
    pub(super) fn renamed(&self, mut batch: Vec<Append>) -> Vec<Append> {
        if planted::is(Bug::TxidAnew) {
            for append in &mut batch {
                append.txid = self.shared.ids.number();
            }
        }
        batch
    }

    /// Writes what somebody else's append made stale, on top of it.
    pub(super) async fn force(
        &self,
        ready: &[Ready],
        answers: &mut [Result<(), AppendError>],
        now: Timestamp,
    ) {
        for (next, answer) in ready.iter().zip(answers) {
            if let Err(AppendError::Stale { found }) = *answer
                && planted::is(Bug::StaleForced)
            {
                let append = Append {
                    expected: found,
                    ..next.append(&self.shared.settings, now)
                };
                let mut forced = self.shared.ports.store().append(vec![append]).await;
                *answer = forced.remove(0);
            }
        }
    }
}
