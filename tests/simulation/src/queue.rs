//! The ports `Queue` and `Inbox`: lanes in memory, at least once, with a broker's bad days.
//!
//! ```text
//!   publish ─► on its way (delay) ─► ready ─► out, by inbox and tag ─► acknowledged ─► told: gone
//!                                      ▲        │                          │
//!                                      │        │ inbox gone, connection broken
//!                                      └────────┴──────────────────────────┘ redelivered ─► given up: lane Dead
//! ```

use crate::fault::{Fault, Net};
use crate::hands::Handed;
use crate::lanes::{Message, OpenInbox, lane_name};
use crate::says::Says;
use crate::world::{Act, BEGIN, Inside, Port, Who};
use baton_shared::port::{
    Death, Delivery, Inbox, Lane, Outgoing, Queue, QueueError, Receipt, RecordKind, Source,
};
use std::collections::{BTreeMap, VecDeque};
use std::task::{Poll, Waker};

/// Deliveries of one message before the broker gives it up, as a quorum queue does.
const DELIVERY_LIMIT: u32 = 20;

/// The queue, as one process sees it.
#[derive(Clone)]
pub struct SimQueue(pub Port);

fn away() -> QueueError {
    QueueError::Unavailable("simulated".to_owned())
}

impl Inside {
    /// A message reaches its lane after a while.
    fn send(&mut self, place: usize, message: Message) {
        let (plan, dice) = (&mut self.plan, &mut self.dice);
        let mut delay = dice.below(3);
        if plan.strikes(Fault::Delayed, dice) {
            delay += dice.pick(&[20, 500, 6_000, 40_000, 400_000]);
        }
        if matches!(message.says, Says::Outcome(_)) && plan.strikes(Fault::NewsLate, dice) {
            delay += dice.pick(&[3_000, 9_000, 30_000, 120_000]);
        }
        let first = plan.comes(Fault::Reordered, dice);
        self.lanes.on_their_way += 1;
        self.after(delay, move |inside| {
            inside.lanes.on_their_way -= 1;
            let at = if first { 0 } else { usize::MAX };
            if first && !inside.lanes.lanes[place].ready.is_empty() {
                inside.plan.note(Fault::Reordered);
            }
            inside.lanes.put(place, message, at);
        });
    }

    fn publish_one(&mut self, outgoing: Outgoing) -> Result<(), QueueError> {
        if self.plan.strikes(Fault::QueueLost, &mut self.dice) {
            return Err(away());
        }
        self.trace.bytes(&outgoing.body);
        self.books.seen("a message", &outgoing.body);
        let says = Says::read(&outgoing);
        self.books.published(&says, self.now);
        self.reported(&says);
        let now = self.now - BEGIN;
        self.trace.tell(now, || format!("  queued {says}"));
        let place = self.lanes.place(&outgoing.to);
        let message = Message {
            body: outgoing.body.into(),
            deliveries: 0,
            death: None,
            says,
        };
        if self.plan.has_moment(Fault::Replayed) {
            self.lanes.kept.push((place, message.clone()));
        }
        if self.plan.strikes(Fault::Doubled, &mut self.dice) {
            self.send(place, message.clone());
        }
        self.send(place, message);
        if self.plan.strikes(Fault::ConfirmLost, &mut self.dice) {
            return Err(away());
        }
        Ok(())
    }

    /// A worker's report, beside what its record says by now.
    fn reported(&mut self, says: &Says) {
        if let Says::Outcome(outcome) = says
            && self.plan.without != Some(Net::Record)
        {
            let record = self
                .kept
                .record(RecordKind::Result, &outcome.job.to_string());
            self.books.reported(outcome, record.map(Vec::as_slice));
        }
    }

    /// An orchestrator says that a message is done with that belongs to no saga.
    fn put_away(&mut self, message: &Message) {
        let of_nobody = match &message.says {
            Says::Nothing => true,
            Says::Forged(of) => {
                let known = |saga| self.books.stories.contains_key(saga);
                message.death.is_some() || !of.as_ref().is_some_and(known)
            }
            Says::Outcome(outcome) => {
                message.death.is_some() || !self.books.stories.contains_key(&outcome.job.saga)
            }
            Says::Job(_) => false,
        };
        if of_nobody {
            let orphans: Vec<&[u8]> = self
                .kept
                .of_kind(RecordKind::Orphan)
                .map(|(_, orphan)| orphan.as_slice())
                .collect();
            self.books.put_away(&message.body, &orphans);
        }
    }

    /// What none of ours has sent.
    pub fn slip(&mut self, lane: &Lane, body: &[u8], says: Says) {
        let place = self.lanes.place(lane);
        let message = Message {
            body: body.into(),
            deliveries: 0,
            death: None,
            says,
        };
        self.send(place, message);
    }

    /// One that was queued before comes once more after a while, as if for the first time.
    pub fn replay(&mut self, number: usize, after: u64) {
        let (place, message) = self.lanes.kept[number].clone();
        self.lanes.on_their_way += 1;
        self.after(after, move |inside| {
            inside.lanes.on_their_way -= 1;
            inside.send(place, message);
        });
    }

    /// Everything that was out of this inbox comes again, and what the broker has not been told to be done with.
    pub fn redeliver(&mut self, inbox: u64) {
        let Some(open) = self.lanes.inboxes.get_mut(&inbox) else {
            return;
        };
        open.generation += 1;
        for lane in &mut open.lanes {
            lane.2 = 0;
        }
        let out = std::mem::take(&mut open.out);
        let untold = std::mem::take(&mut open.untold);
        for (_, (place, message)) in out.into_iter().rev() {
            self.comes_again(place, message);
        }
        for (until, place, message) in untold {
            if self.now < until {
                self.plan.note(Fault::AckLost);
                self.comes_again(place, message);
            }
        }
        if let Some(open) = self.lanes.inboxes.get_mut(&inbox)
            && let Some(waker) = open.waker.take()
        {
            waker.wake();
        }
    }

    fn comes_again(&mut self, place: usize, mut message: Message) {
        message.deliveries += 1;
        let given_up = message.deliveries >= DELIVERY_LIMIT
            || (self.lanes.lanes[place].lane != Lane::Dead
                && self.plan.strikes(Fault::GivenUp, &mut self.dice));
        if given_up && self.lanes.lanes[place].lane != Lane::Dead {
            return self.bury(place, message, "delivery_limit");
        }
        self.lanes.put(place, message, 0);
    }

    fn bury(&mut self, place: usize, mut message: Message, reason: &str) {
        message.death = Some(Death {
            reason: reason.to_owned(),
            from: lane_name(&self.lanes.lanes[place].lane),
        });
        message.deliveries = 0;
        self.books.buried(&message.says);
        let now = self.now - BEGIN;
        self.trace
            .tell(now, || format!("  buried {}: {reason}", message.says));
        let dead = self.lanes.place(&Lane::Dead);
        self.send(dead, message);
    }

    /// All that waits in one lane is gone; whether anything was.
    pub fn lose_a_lane(&mut self) -> bool {
        if self.lanes.lanes.is_empty() {
            return false;
        }
        let at = self.dice.index(self.lanes.lanes.len());
        let lost = std::mem::take(&mut self.lanes.lanes[at].ready);
        for message in &lost {
            self.books.lost(&message.says);
        }
        !lost.is_empty()
    }

    fn receive(&mut self, who: Who, inbox: u64, max: usize, waker: &Waker) -> Vec<Delivery> {
        let mut found = Vec::new();
        let Some(open) = self.lanes.inboxes.get_mut(&inbox) else {
            return found;
        };
        for (place, prefetch, out) in &mut open.lanes {
            let lane = &mut self.lanes.lanes[*place];
            while found.len() < max && *out < *prefetch {
                let Some(message) = lane.ready.pop_front() else {
                    break;
                };
                *out += 1;
                open.next_tag += 1;
                if let Says::Job(job) = &message.says {
                    let record = self.kept.record(RecordKind::Result, &job.id.to_string());
                    self.books.handed(&Handed {
                        who,
                        job: &job.id,
                        fresh: message.deliveries == 0 && !job.again,
                        recorded: record.is_some(),
                    });
                }
                found.push(Delivery {
                    lane: lane.lane.clone(),
                    body: message.body.to_vec(),
                    redelivered: message.deliveries > 0,
                    death: message.death.clone(),
                    receipt: Receipt {
                        inbox,
                        generation: open.generation,
                        tag: open.next_tag,
                    },
                });
                open.out.insert(open.next_tag, (*place, message));
            }
        }
        if found.is_empty() {
            open.waker = Some(waker.clone());
        }
        found
    }

    /// Takes back what was given out, unless the receipt is void.
    fn redeem(&mut self, receipt: Receipt) -> Option<(usize, Message)> {
        let open = self.lanes.inboxes.get_mut(&receipt.inbox)?;
        if open.generation != receipt.generation {
            return None;
        }
        let (place, message) = open.out.remove(&receipt.tag)?;
        for lane in &mut open.lanes {
            if lane.0 == place {
                lane.2 -= 1;
            }
        }
        if let Some(waker) = open.waker.take() {
            waker.wake();
        }
        Some((place, message))
    }

    /// The process is done with a message; the broker may hear so a little later, along with others.
    fn acknowledge(&mut self, receipt: Receipt) {
        let Some((place, message)) = self.redeem(receipt) else {
            return;
        };
        let dead = message.death.is_some();
        self.books.acknowledged(&message.says, dead);
        self.put_away(&message);
        let (now, until) = (self.now, self.now + self.plan.told_after);
        if let Some(open) = self.lanes.inboxes.get_mut(&receipt.inbox)
            && now < until
        {
            open.untold.retain(|(until, ..)| now < *until);
            open.untold.push_back((until, place, message));
        }
    }

    /// An acknowledgement fails only with its connection: what it did not reach comes again.
    fn ends_well(&mut self, fault: Option<Fault>, of: Option<&Receipt>) -> Result<(), QueueError> {
        if fault.is_none() {
            return Ok(());
        }
        if let Some(receipt) = of {
            self.redeliver(receipt.inbox);
        }
        Err(away())
    }

    fn close(&mut self, inbox: u64) {
        self.redeliver(inbox);
        self.lanes.inboxes.remove(&inbox);
    }
}

impl Queue for SimQueue {
    type Inbox = SimInbox;

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<(), QueueError>> {
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::QueueFull) {
                inside.lanes.full_until = inside.now + inside.dice.between(100, 20_000);
            }
            if !inside.plan.healed && inside.now < inside.lanes.full_until {
                let full = QueueError::Full("simulated".to_owned());
                return Some(vec![Err(full); batch.len()]);
            }
            let answers = batch.into_iter().map(|one| inside.publish_one(one));
            Some(answers.collect())
        };
        self.0.ask(Act::Publish, does).await
    }

    async fn open(&self, source: Source) -> Result<SimInbox, QueueError> {
        let does = move |inside: &mut Inside, _| {
            let lanes = source.lanes.iter();
            let lanes = lanes.map(|(lane, prefetch)| (inside.lanes.place(lane), *prefetch, 0));
            let open = OpenInbox {
                lanes: lanes.collect(),
                generation: 0,
                out: BTreeMap::new(),
                untold: VecDeque::new(),
                next_tag: 0,
                waker: None,
            };
            inside.lanes.opened += 1;
            let id = inside.lanes.opened;
            inside.lanes.inboxes.insert(id, open);
            Some(id)
        };
        let id = self.0.ask(Act::Open, does).await;
        Ok(SimInbox {
            port: self.0.clone(),
            id,
        })
    }

    async fn ack(&self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            for receipt in receipts.iter().filter(|_| fault != Some(Fault::QueueLost)) {
                inside.acknowledge(*receipt);
            }
            Some(inside.ends_well(fault, receipts.first()))
        };
        self.0.ask(Act::Ack, does).await
    }

    async fn reject(&self, receipt: Receipt) -> Result<(), QueueError> {
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault != Some(Fault::QueueLost)
                && let Some((place, message)) = inside.redeem(receipt)
            {
                inside.bury(place, message, "rejected");
            }
            Some(inside.ends_well(fault, Some(&receipt)))
        };
        self.0.ask(Act::Reject, does).await
    }

    fn trouble(&self) -> Option<QueueError> {
        let inside = self.0.world.lock();
        let is_full = !inside.plan.healed && inside.now < inside.lanes.full_until;
        is_full.then(|| QueueError::Full("simulated".to_owned()))
    }
}

/// The receiving end. What it held comes again when it is dropped.
pub struct SimInbox {
    port: Port,
    id: u64,
}

impl Inbox for SimInbox {
    async fn next(&mut self, max: usize) -> Option<Vec<Delivery>> {
        std::future::poll_fn(|context| {
            let mut inside = self.port.world.lock();
            let who = self.port.who;
            let found = inside.receive(who, self.id, max, context.waker());
            if found.is_empty() {
                return Poll::Pending;
            }
            Poll::Ready(Some(found))
        })
        .await
    }
}

impl Drop for SimInbox {
    fn drop(&mut self) {
        let mut inside = self.port.world.lock();
        inside.close(self.id);
    }
}
