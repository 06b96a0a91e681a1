//! The messages of the embedded queue: which wait, which are out, and with whom.
//!
//! ```text
//!   publish ─► ready ── take ──► unacked ── ack ──► gone
//!                ▲                  │ │
//!                └── inbox dropped ─┘ └── reject, or came back too often ──► ready in Dead
//! ```
//!
//! Plain state without waiting: the queue keeps it behind a lock, and wakes whoever the methods
//! return.

use baton_shared::port::{Death, Delivery, Lane, Outgoing, QueueError, Receipt, Source};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::task::Waker;

/// How often a message may come back before it is given up.
pub(super) const RETURNS_MAX: u32 = 20;

#[derive(Debug)]
pub(super) struct Lanes {
    /// Most messages that may wait in one lane. The bound is the lane's and not the queue's: a flood
    /// of jobs must not keep the outcomes out that would drain it.
    limit: usize,
    ready: HashMap<Lane, VecDeque<Message>>,
    inboxes: BTreeMap<u64, Open>,
    opened: u64,
    delivered: u64,
    closed: bool,
}

#[derive(Debug)]
struct Message {
    body: Vec<u8>,
    returns: u32,
    death: Option<Death>,
}

/// An inbox as the queue knows it.
#[derive(Debug)]
struct Open {
    lanes: Vec<Taken>,
    /// By tag, so that what comes back keeps its order.
    unacked: BTreeMap<u64, (usize, Message)>,
    /// The lane that `take` looks at first; it moves on, so that no lane starves another.
    first: usize,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Taken {
    lane: Lane,
    prefetch: usize,
    out: usize,
}

impl Lanes {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            ready: HashMap::new(),
            inboxes: BTreeMap::new(),
            opened: 0,
            delivered: 0,
            closed: false,
        }
    }

    /// Takes each message its lane has room for, and names who waits for one of them.
    pub(super) fn publish(
        &mut self,
        batch: Vec<Outgoing>,
    ) -> (Vec<Result<(), QueueError>>, Vec<Waker>) {
        let mut answers = Vec::with_capacity(batch.len());
        let mut wakers = Vec::new();
        for Outgoing { to, body, .. } in batch {
            if self.closed {
                answers.push(Err(closed()));
                continue;
            }
            let lane = self.ready.entry(to.clone()).or_default();
            if lane.len() >= self.limit {
                answers.push(Err(full(&to, self.limit)));
                continue;
            }
            let was_empty = lane.is_empty();
            lane.push_back(Message {
                body,
                returns: 0,
                death: None,
            });
            answers.push(Ok(()));
            // Who waits, waits for an empty lane; a lane that was not has woken them already.
            if was_empty {
                self.wake_takers(&to, &mut wakers);
            }
        }
        (answers, wakers)
    }

    pub(super) fn open(&mut self, source: Source) -> u64 {
        self.opened += 1;
        let lanes = source.lanes.into_iter().map(|(lane, prefetch)| Taken {
            lane,
            prefetch: usize::from(prefetch.max(1)),
            out: 0,
        });
        let open = Open {
            lanes: lanes.collect(),
            unacked: BTreeMap::new(),
            first: 0,
            waker: None,
        };
        self.inboxes.insert(self.opened, open);
        self.opened
    }

    /// Up to `max` messages for the inbox, round the lanes; `None` when the queue is closed. Empty:
    /// `waker` is woken when it may be worth asking again.
    pub(super) fn take(&mut self, id: u64, max: usize, waker: &Waker) -> Option<Vec<Delivery>> {
        if self.closed {
            return None;
        }
        let inbox = self.inboxes.get_mut(&id)?;
        let mut taken = Vec::new();
        let count = inbox.lanes.len();
        let mut idle = 0;
        while idle < count && taken.len() < max.max(1) {
            let at = inbox.first % count;
            inbox.first = at + 1;
            let from = &mut inbox.lanes[at];
            let message = match self.ready.get_mut(&from.lane) {
                Some(ready) if from.out < from.prefetch => ready.pop_front(),
                _ => None,
            };
            let Some(message) = message else {
                idle += 1;
                continue;
            };
            idle = 0;
            from.out += 1;
            self.delivered += 1;
            taken.push(Delivery {
                lane: from.lane.clone(),
                body: message.body.clone(),
                redelivered: message.returns > 0,
                death: message.death.clone(),
                receipt: Receipt {
                    inbox: id,
                    generation: 0,
                    tag: self.delivered,
                },
            });
            inbox.unacked.insert(self.delivered, (at, message));
        }
        inbox.waker = taken.is_empty().then(|| waker.clone());
        Some(taken)
    }

    /// Done with; a receipt of a closed inbox, or one used before, is void.
    pub(super) fn ack(&mut self, receipts: &[Receipt]) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for receipt in receipts {
            self.release(*receipt, &mut wakers);
        }
        wakers
    }

    pub(super) fn reject(&mut self, receipt: Receipt) -> Vec<Waker> {
        let mut wakers = Vec::new();
        if let Some((from, message)) = self.release(receipt, &mut wakers) {
            self.bury(&from, message, "rejected", &mut wakers);
        }
        wakers
    }

    /// The inbox is gone: what it had comes again, in the order it had, before what waits.
    pub(super) fn close_inbox(&mut self, id: u64) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let Some(inbox) = self.inboxes.remove(&id) else {
            return wakers;
        };
        for (at, mut message) in inbox.unacked.into_values().rev() {
            let lane = &inbox.lanes[at].lane;
            message.returns += 1;
            if message.returns > RETURNS_MAX && *lane != Lane::Dead {
                self.bury(lane, message, "delivery_limit", &mut wakers);
                continue;
            }
            self.ready
                .entry(lane.clone())
                .or_default()
                .push_front(message);
            self.wake_takers(lane, &mut wakers);
        }
        wakers
    }

    pub(super) fn close(&mut self) -> Vec<Waker> {
        self.closed = true;
        self.inboxes
            .values_mut()
            .filter_map(|inbox| inbox.waker.take())
            .collect()
    }

    pub(super) fn trouble(&self) -> Option<QueueError> {
        if self.closed {
            return Some(closed());
        }
        let fullest = self
            .ready
            .iter()
            .find(|(_, ready)| ready.len() >= self.limit);
        fullest.map(|(lane, _)| full(lane, self.limit))
    }

    /// Takes a message back from its inbox, which then has room for another.
    fn release(&mut self, receipt: Receipt, wakers: &mut Vec<Waker>) -> Option<(Lane, Message)> {
        let inbox = self.inboxes.get_mut(&receipt.inbox)?;
        let (at, message) = inbox.unacked.remove(&receipt.tag)?;
        let from = &mut inbox.lanes[at];
        from.out -= 1;
        wakers.extend(inbox.waker.take());
        Some((from.lane.clone(), message))
    }

    /// Moves a message to the dead lane, which has no bound: nothing that was taken is dropped.
    fn bury(&mut self, from: &Lane, message: Message, reason: &str, wakers: &mut Vec<Waker>) {
        let death = message.death.unwrap_or_else(|| Death {
            reason: reason.to_owned(),
            from: lane_name(from),
        });
        let buried = Message {
            death: Some(death),
            returns: 0,
            body: message.body,
        };
        self.ready.entry(Lane::Dead).or_default().push_back(buried);
        self.wake_takers(&Lane::Dead, wakers);
    }

    /// All that take from the lane: which of them will be polled again is not known here.
    fn wake_takers(&mut self, lane: &Lane, wakers: &mut Vec<Waker>) {
        let takers = self.inboxes.values_mut();
        let takers = takers.filter(|inbox| inbox.lanes.iter().any(|taken| taken.lane == *lane));
        wakers.extend(takers.filter_map(|inbox| inbox.waker.take()));
    }
}

fn full(lane: &Lane, limit: usize) -> QueueError {
    QueueError::Full(format!("{limit} messages wait in lane {}", lane_name(lane)))
}

fn closed() -> QueueError {
    QueueError::Unavailable("it was closed; this process is stopping".into())
}

/// The lane's name as people see it.
fn lane_name(lane: &Lane) -> String {
    match lane {
        Lane::Jobs(service) => format!("jobs.{service}"),
        Lane::Outcomes(partition) => format!("outcomes.{}", partition.0),
        Lane::Dead => "dead".into(),
    }
}
