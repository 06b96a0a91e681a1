//! Takes everything that is there.

use super::backlog::Backlog;
use super::request::Request;
use super::turn::{Message, Taken};
use baton_engine::store::Due;
use baton_shared::Timestamp;
use baton_shared::port::{Clock, Delivery, Inbox};
use futures_util::future::pending;
use tokio::sync::mpsc;

/// Where inputs come from. Ends when the first three have.
pub(super) struct Intake {
    pub(super) deliveries: mpsc::Receiver<Vec<Delivery>>,
    pub(super) due: mpsc::Receiver<Vec<Due>>,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) returned: mpsc::UnboundedReceiver<Message>,
    /// Which of the first three are open.
    open: [bool; 3],
}

impl Intake {
    pub(super) fn new(
        deliveries: mpsc::Receiver<Vec<Delivery>>,
        due: mpsc::Receiver<Vec<Due>>,
        requests: mpsc::Receiver<Request>,
        returned: mpsc::UnboundedReceiver<Message>,
    ) -> Self {
        Self {
            deliveries,
            due,
            requests,
            returned,
            open: [true; 3],
        }
    }

    /// Waits for something, then takes all that is there, up to a batch of each. `None` when nothing
    /// will come any more. `stop` must be ready for ever once it is.
    pub(super) async fn next(
        &mut self,
        clock: &impl Clock,
        limit: usize,
        backlog: &mut Backlog,
        stop: impl Future<Output = ()>,
    ) -> Option<Taken> {
        let mut taken = Taken::default();
        // Bounded by the prefetch. Whatever else is there: it would not be looked at below.
        while let Ok(message) = self.returned.try_recv() {
            backlog.push(message, clock.now());
        }
        tokio::pin!(stop);
        while taken.len() == 0 {
            if self.open == [false; 3] {
                return None;
            }
            tokio::select! {
                biased;
                () = &mut stop, if !self.requests.is_closed() => self.requests.close(),
                found = self.deliveries.recv(), if self.open[0] => match found {
                    Some(found) => taken.deliveries = found,
                    None => self.open[0] = false,
                },
                found = self.due.recv(), if self.open[1] => match found {
                    Some(found) => taken.due = found,
                    None => self.open[1] = false,
                },
                found = self.requests.recv_many(&mut taken.requests, limit), if self.open[2] => {
                    self.open[2] = found > 0;
                }
                Some(message) = self.returned.recv() => backlog.push(message, clock.now()),
                () = ripen(clock, backlog.next_at()) => {}
            }
            taken.again = backlog.ripe(clock.now());
        }
        self.take_rest(&mut taken, limit);
        Some(taken)
    }

    /// Without waiting: a busy source does not keep the others out.
    fn take_rest(&mut self, taken: &mut Taken, batch: usize) {
        while let Ok(found) = self.deliveries.try_recv() {
            taken.deliveries.extend(found);
            if taken.deliveries.len() >= batch {
                break;
            }
        }
        if let Ok(found) = self.due.try_recv() {
            taken.due.extend(found);
        }
        while taken.requests.len() < batch
            && let Ok(request) = self.requests.try_recv()
        {
            taken.requests.push(request);
        }
    }
}

async fn ripen<C: Clock>(clock: &C, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => pending().await,
    }
}

/// Moves deliveries from the queue into the channel. A future of the inbox is never dropped half
/// way, except at the very end: what it held then comes again.
pub(super) async fn receive<I: Inbox>(
    inbox: &mut I,
    batch: usize,
    into: mpsc::Sender<Vec<Delivery>>,
) {
    while let Some(found) = inbox.next(batch).await {
        if into.send(found).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_shared::port::{Lane, Receipt};

    /// Time stands still.
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }

        async fn sleep_until(&self, _at: Timestamp) {
            pending().await
        }
    }

    fn delivery(tag: u64) -> Delivery {
        Delivery {
            lane: Lane::Dead,
            body: Vec::new(),
            redelivered: false,
            death: None,
            receipt: Receipt {
                inbox: 1,
                generation: 1,
                tag,
            },
        }
    }

    #[tokio::test]
    async fn what_was_put_off_is_not_forgotten_while_others_keep_coming() {
        let (deliveries_in, deliveries) = mpsc::channel(1);
        let (_due_in, due) = mpsc::channel(1);
        let (_requests_in, requests) = mpsc::channel(1);
        let (returned_in, returned) = mpsc::unbounded_channel();
        let mut intake = Intake::new(deliveries, due, requests, returned);
        let mut backlog = Backlog::default();
        deliveries_in.send(vec![delivery(1)]).await.expect("room");
        let sent = returned_in.send(Message::of(delivery(2)));
        sent.expect("somebody listens");
        let taken = intake.next(&Still, 8, &mut backlog, pending()).await;
        assert_eq!(taken.expect("something").deliveries.len(), 1);
        assert!(backlog.next_at().is_some(), "it has a time");
    }
}
