//! A queue in memory: at least once, and what was not acknowledged comes again after a reconnect.

use super::pause;
use baton_shared::port::*;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};

#[derive(Clone, Default)]
pub(crate) struct FakeQueue(Arc<Mutex<Lanes>>);

#[derive(Default)]
pub(crate) struct Lanes {
    waiting: HashMap<Lane, VecDeque<Waiting>>,
    /// Given out, by tag: to which inbox, of which lane.
    out: BTreeMap<u64, (u64, Lane, Waiting)>,
    next_tag: u64,
    inboxes: u64,
    wakers: Vec<Waker>,
    pub(crate) trouble: Option<QueueError>,
    /// So many batches are not taken.
    pub(crate) fail: usize,
    pub(crate) published: usize,
}

#[derive(Clone)]
struct Waiting {
    body: Vec<u8>,
    redelivered: bool,
    death: Option<Death>,
}

impl FakeQueue {
    pub(crate) fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.0.lock().expect("queue")
    }

    pub(crate) fn put(&self, lane: Lane, body: Vec<u8>, death: Option<Death>) {
        let mut lanes = self.lanes();
        let message = Waiting {
            body,
            redelivered: false,
            death,
        };
        lanes.waiting.entry(lane).or_default().push_back(message);
        for waker in lanes.wakers.drain(..) {
            waker.wake();
        }
    }

    /// Everything in a lane, taken and done with.
    pub(crate) fn drain(&self, lane: &Lane) -> Vec<Vec<u8>> {
        let mut lanes = self.lanes();
        let waiting = lanes.waiting.remove(lane).unwrap_or_default();
        waiting.into_iter().map(|message| message.body).collect()
    }

    pub(crate) fn job_lanes(&self) -> Vec<Lane> {
        let lanes = self.lanes();
        let jobs = lanes
            .waiting
            .keys()
            .filter(|lane| matches!(lane, Lane::Jobs(_)));
        let mut jobs: Vec<Lane> = jobs.cloned().collect();
        jobs.sort_by_key(|lane| format!("{lane:?}"));
        jobs
    }

    /// Nothing waits but jobs, and nothing is given out.
    pub(crate) fn is_quiet(&self) -> bool {
        let lanes = self.lanes();
        lanes.out.is_empty() && lanes.waiting.values().all(VecDeque::is_empty)
    }

    /// How many are given out and not done with.
    pub(crate) fn out(&self) -> usize {
        self.lanes().out.len()
    }

    /// How many wait to be delivered again.
    pub(crate) fn again(&self) -> usize {
        let lanes = self.lanes();
        let waiting = lanes.waiting.values().flatten();
        waiting.filter(|message| message.redelivered).count()
    }
}

impl Queue for FakeQueue {
    type Inbox = FakeInbox;

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<(), QueueError>> {
        pause().await;
        let failed = {
            let mut lanes = self.lanes();
            let failed = lanes.fail > 0;
            lanes.fail -= usize::from(failed);
            failed
        };
        if failed {
            let error = QueueError::Unavailable("unplugged by the test".to_owned());
            return batch.iter().map(|_| Err(error.clone())).collect();
        }
        let mut answers = Vec::new();
        for message in batch {
            self.put(message.to, message.body, None);
            self.lanes().published += 1;
            answers.push(Ok(()));
            pause().await;
        }
        answers
    }

    async fn open(&self, source: Source) -> Result<FakeInbox, QueueError> {
        let mut open = self.lanes();
        open.inboxes += 1;
        Ok(FakeInbox {
            queue: self.clone(),
            number: open.inboxes,
            lanes: source.lanes.into_iter().map(|(lane, _)| lane).collect(),
        })
    }

    async fn ack(&self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        pause().await;
        let mut lanes = self.lanes();
        for receipt in receipts {
            lanes.out.remove(&receipt.tag);
        }
        Ok(())
    }

    async fn reject(&self, receipt: Receipt) -> Result<(), QueueError> {
        let rejected = self.lanes().out.remove(&receipt.tag);
        if let Some((_, lane, message)) = rejected {
            let death = Death {
                reason: "rejected".to_owned(),
                from: format!("{lane:?}"),
            };
            self.put(Lane::Dead, message.body, Some(death));
        }
        Ok(())
    }

    fn trouble(&self) -> Option<QueueError> {
        self.lanes().trouble.clone()
    }
}

/// What it was given comes again when it is dropped.
pub(crate) struct FakeInbox {
    queue: FakeQueue,
    number: u64,
    lanes: Vec<Lane>,
}

impl Inbox for FakeInbox {
    async fn next(&mut self, max: usize) -> Option<Vec<Delivery>> {
        std::future::poll_fn(|context| {
            let mut lanes = self.queue.lanes();
            let mut found = Vec::new();
            for lane in &self.lanes {
                while found.len() < max
                    && let Some(message) = lanes.waiting.get_mut(lane).and_then(VecDeque::pop_front)
                {
                    found.push(lanes.give(self.number, lane.clone(), message));
                }
            }
            if found.is_empty() {
                lanes.wakers.push(context.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(Some(found))
        })
        .await
    }
}

impl Drop for FakeInbox {
    fn drop(&mut self) {
        let mut lanes = self.queue.lanes();
        let ours = lanes
            .out
            .extract_if(.., |_, (inbox, ..)| *inbox == self.number);
        let ours: Vec<_> = ours.collect();
        for (_, (_, lane, mut message)) in ours {
            message.redelivered = true;
            lanes.waiting.entry(lane).or_default().push_back(message);
        }
        for waker in lanes.wakers.drain(..) {
            waker.wake();
        }
    }
}

impl Lanes {
    fn give(&mut self, inbox: u64, lane: Lane, message: Waiting) -> Delivery {
        self.next_tag += 1;
        let tag = self.next_tag;
        self.out.insert(tag, (inbox, lane.clone(), message.clone()));
        Delivery {
            lane,
            body: message.body,
            redelivered: message.redelivered,
            death: message.death,
            receipt: Receipt {
                inbox,
                generation: 0,
                tag,
            },
        }
    }
}
