//! An inbox: a supervised connection that consumes the lanes of one source.

use super::acks::{Acks, Frames};
use super::address::{no_answer, reason};
use super::backoff::Backoff;
use super::topology::{Declarer, GONE};
use super::{CLOSE, DECLARE, Shared};
use baton_shared::port::{self, Death, Delivery, Lane, QueueError, Receipt, Source};
use futures_util::future::try_join_all;
use futures_util::stream::{BoxStream, select_all};
use futures_util::{Stream, StreamExt};
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// An inbox that got nothing for so long, and has nothing in hand, subscribes anew. Mostly that changes
/// nothing. But a broker that sees a queue deleted and at once made again may attach the old consumer
/// to the new queue and take its first messages for ones it has delivered before (3.10.8): they wait,
/// unseen, until that consumer goes.
const IDLE: Duration = Duration::from_secs(20);

/// Tags that are done with. The reply is given when the broker was told, and dropped when they are
/// void.
pub(super) struct Done {
    pub(super) generation: u64,
    pub(super) tags: Vec<u64>,
    pub(super) reject: bool,
    pub(super) reply: oneshot::Sender<()>,
}

/// The port `Inbox`. Dropping it gives back what it holds.
pub struct Inbox {
    deliveries: mpsc::UnboundedReceiver<Delivery>,
    generation: Arc<AtomicU64>,
}

impl port::Inbox for Inbox {
    async fn next(&mut self, max: usize) -> Option<Vec<Delivery>> {
        loop {
            let mut some = Vec::new();
            if self.deliveries.recv_many(&mut some, max.max(1)).await == 0 {
                return None;
            }
            // From before a reconnect: the broker sends those again.
            let now = self.generation.load(Ordering::Acquire);
            some.retain(|delivery| delivery.receipt.generation == now);
            if !some.is_empty() {
                return Some(some);
            }
        }
    }
}

/// Makes an inbox, the supervisor to run for it, and the way to tell it what is done with.
pub(super) fn new(
    shared: Arc<Shared>,
    id: u64,
    source: Source,
) -> (Inbox, Supervisor, mpsc::UnboundedSender<Done>) {
    // Bounded by the prefetch of the lanes.
    let (out, deliveries) = mpsc::unbounded_channel();
    let (done, finished) = mpsc::unbounded_channel();
    let generation = Arc::new(AtomicU64::new(0));
    let inbox = Inbox {
        deliveries,
        generation: generation.clone(),
    };
    (
        inbox,
        Supervisor {
            shared,
            id,
            source,
            out,
            finished,
            generation,
        },
        done,
    )
}

pub(super) struct Supervisor {
    shared: Arc<Shared>,
    id: u64,
    source: Source,
    out: mpsc::UnboundedSender<Delivery>,
    finished: mpsc::UnboundedReceiver<Done>,
    generation: Arc<AtomicU64>,
}

/// Something a consumer said.
enum Said {
    Delivery(usize, Box<lapin::message::Delivery>),
    /// The connection or the channel ended.
    Ended(String),
    /// The broker ended the consumer: its queue was deleted or moved.
    Cancelled,
}

impl Supervisor {
    /// Runs generation after generation until the inbox is dropped or the queue closed.
    pub(super) async fn run(mut self, mut closing: watch::Receiver<bool>) {
        let out = self.out.clone();
        let unwanted = async {
            tokio::select! {
                () = out.closed() => {}
                _ = closing.wait_for(|closed| *closed) => {}
            }
        };
        tokio::pin!(unwanted);
        let mut backoff = Backoff::default();
        loop {
            let connection = tokio::select! {
                connected = self.connect() => connected,
                () = &mut unwanted => return,
            };
            let lost = match connection {
                Err(error) => error,
                Ok(connection) => {
                    let lost = tokio::select! {
                        lost = self.work(&connection, &mut backoff) => lost,
                        () = &mut unwanted => {
                            // What was not acknowledged goes back with the connection.
                            let _ = timeout(CLOSE, connection.close(200, "done".into())).await;
                            return;
                        }
                    };
                    let _ = timeout(CLOSE, connection.close(200, "done".into())).await;
                    match lost {
                        None => continue,
                        Some(lost) => lost,
                    }
                }
            };
            self.shared.health.set(self.id, lost);
            tokio::select! {
                () = tokio::time::sleep(backoff.next()) => {}
                () = &mut unwanted => return,
            }
        }
    }

    async fn connect(&self) -> Result<Connection, QueueError> {
        self.shared
            .address
            .connect(&format!("inbox {}", self.id))
            .await
    }

    /// One generation; returns why it ended, and nothing when it was only idle.
    async fn work(&mut self, connection: &Connection, backoff: &mut Backoff) -> Option<QueueError> {
        let generation = self.generation.fetch_add(1, Ordering::AcqRel) + 1;
        let declarer = match Declarer::new(&self.shared, connection).await {
            Ok(declarer) => declarer,
            Err(error) => return Some(error),
        };
        let (channel, consumers) = match self.consume(connection, &declarer).await {
            Ok(consuming) => consuming,
            Err(error) => return Some(error),
        };
        self.shared.health.clear(self.id);
        tokio::pin!(consumers);
        let mut acks = Acks::default();
        let mut done = Vec::new();
        let mut idle = Instant::now() + IDLE;
        loop {
            tokio::select! {
                () = sleep_until(idle) => {
                    if acks.in_hand() == 0 {
                        return None;
                    }
                    idle = Instant::now() + IDLE;
                }
                said = consumers.next() => match said {
                    Some(Said::Delivery(lane, delivery)) => {
                        // Proof that it works; consuming alone may fail again at once.
                        backoff.reset();
                        idle = Instant::now() + IDLE;
                        acks.delivered(delivery.delivery_tag);
                        let delivery = self.delivery(generation, lane, *delivery);
                        if self.out.send(delivery).is_err() {
                            return Some(self.lost("nobody reads"));
                        }
                    }
                    Some(Said::Ended(why)) => return Some(self.lost(&why)),
                    Some(Said::Cancelled) => {
                        tokio::time::sleep(GONE).await;
                        return Some(self.lost("the broker cancelled a consumer"));
                    }
                    None => return Some(self.lost("all consumers ended")),
                },
                count = self.finished.recv_many(&mut done, 256) => {
                    if count == 0 {
                        return Some(self.lost("the queue was dropped"));
                    }
                    if let Err(why) = tell(&channel, &mut acks, generation, &mut done).await {
                        return Some(self.lost(&why));
                    }
                }
            }
        }
    }

    fn lost(&self, why: &str) -> QueueError {
        self.shared.unavailable(why)
    }

    /// Declares every lane and starts a consumer on each.
    async fn consume(
        &self,
        connection: &Connection,
        declarer: &Declarer<'_>,
    ) -> Result<(Channel, impl Stream<Item = Said> + Send + use<>), QueueError> {
        for (lane, _) in &self.source.lanes {
            declarer.lane(lane).await?;
        }
        let start = async {
            let channel = connection.create_channel().await?;
            let mut streams: Vec<BoxStream<'static, Said>> = Vec::new();
            for (index, (lane, prefetch)) in self.source.lanes.iter().enumerate() {
                // Not global: it holds for the consumers started after it, each on its own.
                channel
                    .basic_qos(*prefetch, BasicQosOptions { global: false })
                    .await?;
                let consumer = channel
                    .basic_consume(
                        self.shared.names.queue(lane).into(),
                        format!("baton-{}-{index}", self.id).into(),
                        BasicConsumeOptions::default(),
                        FieldTable::default(),
                    )
                    .await?;
                streams.push(said(consumer, index).boxed());
            }
            Ok::<_, lapin::Error>((channel, select_all(streams)))
        };
        match timeout(DECLARE, start).await {
            Ok(started) => started.map_err(|error| self.lost(&reason(&error))),
            Err(_) => Err(self.lost(&no_answer(DECLARE))),
        }
    }

    fn delivery(&self, generation: u64, lane: usize, got: lapin::message::Delivery) -> Delivery {
        let lane = self.source.lanes[lane].0.clone();
        let death = match (&lane, got.properties.headers()) {
            (Lane::Dead, Some(headers)) => death(headers).map(|(reason, queue)| Death {
                reason,
                from: self.shared.names.lane_name(&queue).to_owned(),
            }),
            _ => None,
        };
        Delivery {
            lane,
            body: got.data,
            redelivered: got.redelivered,
            death,
            receipt: Receipt {
                inbox: self.id,
                generation,
                tag: got.delivery_tag,
            },
        }
    }
}

/// A consumer's deliveries, and then that it ended.
fn said(consumer: lapin::Consumer, lane: usize) -> impl Stream<Item = Said> + Send + 'static {
    consumer
        .map(move |delivery| match delivery {
            Ok(delivery) => Said::Delivery(lane, Box::new(delivery)),
            Err(error) => Said::Ended(reason(&error)),
        })
        .chain(futures_util::stream::once(async { Said::Cancelled }))
}

/// Tells the broker what is done with; replies to those whose tags it was told of.
async fn tell(
    channel: &Channel,
    acks: &mut Acks,
    generation: u64,
    done: &mut Vec<Done>,
) -> Result<(), String> {
    // Dropping the others' reply says that theirs are void.
    let current: Vec<Done> = done
        .drain(..)
        .filter(|d| d.generation == generation)
        .collect();
    let tags = |reject: bool| {
        let meant = current.iter().filter(|done| done.reject == reject);
        meant
            .flat_map(|done| done.tags.iter().copied())
            .collect::<Vec<_>>()
    };
    let Frames {
        reject,
        ack,
        ack_up_to,
    } = acks.finish(&tags(false), &tags(true));
    let send = async {
        let options = BasicRejectOptions { requeue: false };
        try_join_all(reject.iter().map(|tag| channel.basic_reject(*tag, options))).await?;
        if let Some(tag) = ack_up_to {
            channel
                .basic_ack(tag, BasicAckOptions { multiple: true })
                .await?;
        }
        let options = BasicAckOptions { multiple: false };
        try_join_all(ack.iter().map(|tag| channel.basic_ack(*tag, options))).await?;
        Ok::<_, lapin::Error>(())
    };
    match timeout(CLOSE, send).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(reason(&error)),
        Err(_) => return Err(no_answer(CLOSE)),
    }
    for done in current {
        // Whoever asked may have left meanwhile.
        let _ = done.reply.send(());
    }
    Ok(())
}

/// Why the broker gave a message up and the queue it was in: the newest entry of `x-death`.
fn death(headers: &FieldTable) -> Option<(String, String)> {
    let AMQPValue::FieldArray(deaths) = headers.inner().get("x-death")? else {
        return None;
    };
    let AMQPValue::FieldTable(newest) = deaths.as_slice().first()? else {
        return None;
    };
    let text = |name: &str| match newest.inner().get(name)? {
        AMQPValue::LongString(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    };
    Some((text("reason")?, text("queue")?))
}
