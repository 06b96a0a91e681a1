//! The publisher: one task that owns a connection and its confirm channel.
//!
//! Only one task may publish on a confirm channel: lapin takes a message's number and queues its
//! frames under two locks, and two tasks would swap their confirms. A message and its confirm are one
//! future here; all are polled by this task, so that numbers and frames stay in step.

use super::address::reason;
use super::backoff::Backoff;
use super::batches::{Batches, Request, Slot};
use super::confirms::{Confirms, Verdict};
use super::flight::{Landed, fly, number_of};
use super::parcel::{Parcel, pack};
use super::topology::{self, Declarer};
use super::{CLOSE, CONFIRM, Shared};
use baton_shared::port::{Lane, QueueError};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, Stream, StreamExt};
use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Confirmation, Connection, Event};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// The publisher's number among the connections.
pub(super) const ID: u64 = 0;
/// Messages in flight: each `multiple` confirm looks at all of them.
const WINDOW: usize = 512;
/// Confirms on their way when the broker blocks us still arrive; after this no more do.
const BLOCKED: Duration = Duration::from_millis(250);
/// How often a connection that says nothing is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// What RabbitMQ 4 takes by default; a larger message would close the channel on all the others.
const LARGEST: usize = 16 * 1024 * 1024;
/// Why a generation ended.
enum End {
    Closed,
    Lost(QueueError),
}

/// Supervises the connection until the queue is closed.
pub(super) async fn run(
    shared: Arc<Shared>,
    mut requests: mpsc::Receiver<Request>,
    mut closing: watch::Receiver<bool>,
    first: Option<Connection>,
) {
    let mut backoff = Backoff::default();
    let mut ready = first;
    loop {
        let connected = match ready.take() {
            Some(connection) => Ok(connection),
            None => {
                let attempt = shared.address.connect("publisher");
                match refusing(&shared, &mut requests, &mut closing, attempt).await {
                    Some(connected) => connected,
                    None => return,
                }
            }
        };
        let lost = match connected {
            Err(error) => error,
            Ok(connection) => {
                let end = work(
                    &shared,
                    &connection,
                    &mut requests,
                    &mut closing,
                    &mut backoff,
                )
                .await;
                // Lost or not, the broker is told if it still listens.
                let _ = timeout(CLOSE, connection.close(200, "done".into())).await;
                match end {
                    End::Closed => return,
                    End::Lost(error) => error,
                }
            }
        };
        shared.health.set(ID, lost);
        let pause = tokio::time::sleep(backoff.next());
        if refusing(&shared, &mut requests, &mut closing, pause)
            .await
            .is_none()
        {
            return;
        }
    }
}

/// Waits for `what`, refusing requests meanwhile; nothing when the queue was closed.
async fn refusing<T>(
    shared: &Shared,
    requests: &mut mpsc::Receiver<Request>,
    closing: &mut watch::Receiver<bool>,
    what: impl Future<Output = T>,
) -> Option<T> {
    tokio::pin!(what);
    loop {
        tokio::select! {
            done = &mut what => return Some(done),
            request = requests.recv() => {
                let why = shared.health.of(ID).unwrap_or_else(|| {
                    QueueError::Unavailable(shared.address.say("not connected"))
                });
                request?.refuse(&why);
            }
            _ = closing.wait_for(|closed| *closed) => return None,
        }
    }
}

/// One generation: everything that is true until the connection ends.
async fn work(
    shared: &Shared,
    connection: &Connection,
    requests: &mut mpsc::Receiver<Request>,
    closing: &mut watch::Receiver<bool>,
    backoff: &mut Backoff,
) -> End {
    let events = connection.events_listener();
    // Short, and requests may wait for it: refusing them would be a fault where there is none.
    let (channel, declarer) = tokio::select! {
        prepared = prepare(shared, connection) => match prepared {
            Ok(prepared) => prepared,
            Err(error) => return End::Lost(error),
        },
        _ = closing.wait_for(|closed| *closed) => return End::Closed,
    };
    shared.health.clear(ID);
    backoff.reset();
    let mut generation = Generation {
        shared,
        connection,
        channel: &channel,
        declarer: &declarer,
        batches: Batches::default(),
        backlog: VecDeque::new(),
        confirms: Confirms::new(),
        blocked: None,
    };
    let end = generation.run(events, requests, closing).await;
    let why = match &end {
        End::Closed => QueueError::Unavailable("the queue is closed".to_owned()),
        End::Lost(error) => error.clone(),
    };
    generation.batches.refuse(&why);
    end
}

async fn prepare<'a>(
    shared: &'a Shared,
    connection: &'a Connection,
) -> Result<(Channel, Declarer<'a>), QueueError> {
    let failed = |error: lapin::Error| QueueError::Unavailable(shared.address.say(&reason(&error)));
    let open = async {
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok(channel)
    };
    let channel = match timeout(super::DECLARE, open).await {
        Ok(opened) => opened.map_err(failed)?,
        Err(_) => {
            let silent = super::address::no_answer(super::DECLARE);
            return Err(QueueError::Unavailable(shared.address.say(&silent)));
        }
    };
    Ok((channel, Declarer::new(shared, connection).await?))
}

struct Generation<'a> {
    shared: &'a Shared,
    connection: &'a Connection,
    channel: &'a Channel,
    declarer: &'a Declarer<'a>,
    batches: Batches,
    /// Accepted, not sent yet.
    backlog: VecDeque<Parcel>,
    confirms: Confirms<(Vec<Slot>, Lane)>,
    /// Why the broker asks us to wait, and since when.
    blocked: Option<(String, Instant)>,
}

impl Generation<'_> {
    async fn run(
        &mut self,
        events: impl Stream<Item = Event>,
        requests: &mut mpsc::Receiver<Request>,
        closing: &mut watch::Receiver<bool>,
    ) -> End {
        tokio::pin!(events);
        let mut flights = FuturesUnordered::new();
        let mut look = tokio::time::interval(LOOK);
        loop {
            let room = WINDOW.saturating_sub(flights.len());
            for (number, parcel) in match self.depart(room).await {
                Ok(departing) => departing,
                Err(error) => return End::Lost(error),
            } {
                flights.push(fly(self.channel, &self.shared.names, number, parcel));
            }
            let timer = self.timer();
            tokio::select! {
                landed = flights.next(), if !flights.is_empty() => {
                    // What has completed must be read to its end before any of it is believed.
                    let more = std::iter::from_fn(|| flights.next().now_or_never().flatten());
                    for landed in landed.into_iter().chain(more) {
                        if let Err(error) = self.land(landed) {
                            return End::Lost(error);
                        }
                    }
                    self.settle();
                }
                request = requests.recv(), if self.backlog.is_empty() => match request {
                    Some(request) => self.accept(request),
                    None => return End::Closed,
                },
                event = events.next() => if let Some(error) = self.hear(event) {
                    return End::Lost(error);
                },
                () = sleep_until(timer) => if let Some(error) = self.late() {
                    return End::Lost(error);
                },
                _ = look.tick() => if !self.connection.status().connected() {
                    return End::Lost(self.lost("the connection ended"));
                },
                _ = closing.wait_for(|closed| *closed) => return End::Closed,
            }
        }
    }

    fn lost(&self, why: &str) -> QueueError {
        self.shared.unavailable(why)
    }

    fn accept(&mut self, request: Request) {
        match &self.blocked {
            Some((why, _)) => request.refuse(&QueueError::Full(why.clone())),
            None => {
                let accepted = self.batches.accept(request);
                self.backlog.extend(pack(accepted));
            }
        }
    }

    /// Takes what may be sent now out of the backlog, once its lane is known to be there.
    async fn depart(&mut self, room: usize) -> Result<Vec<(u64, Parcel)>, QueueError> {
        let mut departing = Vec::new();
        while departing.len() < room {
            let Some(mut parcel) = self.backlog.pop_front() else {
                break;
            };
            let size = parcel.message.body.len();
            if size > LARGEST {
                let why = format!("a message of {size} bytes, the most is {LARGEST}");
                self.answer(parcel.slots, &Err(QueueError::Unroutable(why)));
                continue;
            }
            match self.declarer.lane(&parcel.message.to).await {
                Ok(()) => {
                    let deadline = Instant::now() + CONFIRM;
                    let slots = std::mem::take(&mut parcel.slots);
                    let what = (slots, parcel.message.to.clone());
                    departing.push((self.confirms.send(deadline, what), parcel));
                }
                Err(error @ QueueError::Unroutable(_)) => self.answer(parcel.slots, &Err(error)),
                Err(error) => return Err(error),
            }
        }
        Ok(departing)
    }

    fn land(&mut self, Landed { number, outcome }: Landed) -> Result<(), QueueError> {
        let (kept, returned) = match outcome {
            Ok(Confirmation::Ack(returned)) => (true, returned),
            Ok(Confirmation::Nack(returned)) => (false, returned),
            Ok(Confirmation::NotRequested) => return Err(self.lost("it does not confirm")),
            Err(error) => return Err(self.lost(&reason(&error))),
        };
        self.confirms
            .complete(number, kept, returned.as_ref().and_then(number_of));
        Ok(())
    }

    fn settle(&mut self) {
        for ((slots, lane), verdict) in self.confirms.settle() {
            let queue = || self.shared.names.queue(&lane);
            let answer = match verdict {
                Verdict::Kept => Ok(()),
                Verdict::Refused => Err(QueueError::Full(format!(
                    "the queue {} refused it",
                    queue()
                ))),
                Verdict::Returned => {
                    self.declarer.forget(&lane);
                    Err(topology::gone(&queue()))
                }
            };
            self.answer(slots, &answer);
        }
    }

    /// The same for each part of a message.
    fn answer(&mut self, slots: Vec<Slot>, answer: &Result<(), QueueError>) {
        for slot in slots {
            self.batches.answer(slot, answer.clone());
        }
    }

    fn hear(&mut self, event: Option<Event>) -> Option<QueueError> {
        match event {
            Some(Event::ConnectionBlocked(why)) => {
                let full = QueueError::Full(why.clone());
                self.shared.health.set(ID, full.clone());
                self.blocked = Some((why, Instant::now()));
                for parcel in std::mem::take(&mut self.backlog) {
                    self.answer(parcel.slots, &Err(full.clone()));
                }
                None
            }
            Some(Event::ConnectionUnblocked) => {
                self.blocked = None;
                self.shared.health.clear(ID);
                None
            }
            Some(Event::Error(error)) => Some(self.lost(&reason(&error))),
            Some(_) => None,
            None => Some(self.lost("the connection ended")),
        }
    }

    /// The next moment at which an unanswered message is given up.
    fn timer(&self) -> Instant {
        let far = Instant::now() + CONFIRM;
        match (&self.blocked, self.confirms.deadline()) {
            (Some((_, since)), Some(_)) => *since + BLOCKED,
            (None, Some(deadline)) => deadline,
            (_, None) => far,
        }
    }

    /// Gives up what waits too long. Blocked, the connection is kept: what it still holds is sent
    /// when the broker takes it again, and nobody waits for its confirm.
    fn late(&mut self) -> Option<QueueError> {
        match (&self.blocked, self.confirms.deadline()) {
            (Some((why, since)), Some(_)) if since.elapsed() >= BLOCKED => {
                let full = QueueError::Full(why.clone());
                for (slots, _) in self.confirms.give_up() {
                    self.answer(slots, &Err(full.clone()));
                }
                None
            }
            (None, Some(deadline)) if deadline <= Instant::now() => {
                let within = format!("no confirm within {} s", CONFIRM.as_secs());
                Some(self.lost(&within))
            }
            _ => None,
        }
    }
}
