//! An inbox: a supervised connection that consumes the lanes of one source.

use super::address::{no_answer, reason};
use super::backoff::Backoff;
use super::book::{Book, Done};
use super::parcel;
use super::sick::Sick;
use super::topology::{Declarer, GONE, Names};
use super::{CLOSE, DECLARE, Shared};
use baton_shared::port::{self, Death, Delivery, Lane, QueueError, Receipt, Source};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending};
use futures_util::stream::{BoxStream, SelectAll};
use futures_util::{Stream, StreamExt};
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// An inbox that got nothing for so long, and has nothing in hand, subscribes anew. Mostly that changes
/// nothing. But a broker that sees a queue deleted and at once made again may attach the old consumer
/// to the new queue and take its first messages for ones it has delivered before (3.10.8): they wait,
/// unseen, until that consumer goes.
const IDLE: Duration = Duration::from_secs(20);

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

/// Makes an inbox, and the supervisor to run for it.
pub(super) fn new(shared: Arc<Shared>, id: u64, source: Source) -> (Inbox, Supervisor) {
    // Bounded by the prefetch of the lanes.
    let (out, deliveries) = mpsc::unbounded_channel();
    let generation = Arc::new(AtomicU64::new(0));
    let inbox = Inbox {
        deliveries,
        generation: generation.clone(),
    };
    let supervisor = Supervisor {
        shared,
        id,
        source,
        out,
        generation,
        sick: Sick::default(),
    };
    (inbox, supervisor)
}

pub(super) struct Supervisor {
    shared: Arc<Shared>,
    id: u64,
    source: Source,
    out: mpsc::UnboundedSender<Delivery>,
    generation: Arc<AtomicU64>,
    sick: Sick,
}

/// Why a lane's consumer did not start.
struct Fault {
    why: String,
    /// The connection is there, and the broker cannot serve this queue.
    is_the_queues: bool,
}

/// Why a generation ended.
enum End {
    /// It was only idle: the next one begins at once.
    Idle,
    /// Nobody reads any more.
    Unwanted,
    Lost(QueueError),
}

/// What the consumers of a generation say, in turn.
type Consumers = SelectAll<BoxStream<'static, Said>>;

/// Something a consumer said.
enum Said {
    Delivery(usize, Box<lapin::message::Delivery>),
    /// The connection or the channel ended.
    Ended(String),
    /// The broker ended the consumer: its queue was deleted or moved.
    Cancelled,
}

impl Supervisor {
    /// Runs generation after generation until the inbox is dropped or the queue closed. Between them what
    /// is `finished` is void, and is dropped at once: who waits for an acknowledgement has other things
    /// to do.
    pub(super) async fn run(
        mut self,
        mut finished: mpsc::UnboundedReceiver<Done>,
        mut closing: watch::Receiver<bool>,
    ) {
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
                connected = voiding(&mut finished, self.connect()) => connected,
                () = &mut unwanted => return,
            };
            let lost = match connection {
                Err(error) => error,
                Ok(connection) => {
                    let end = self
                        .work(&connection, &mut finished, &mut backoff, unwanted.as_mut())
                        .await;
                    // What was not acknowledged goes back with the connection.
                    let closed = timeout(CLOSE, connection.close(200, "done".into()));
                    let _ = voiding(&mut finished, closed).await;
                    match end {
                        End::Idle => continue,
                        End::Unwanted => return,
                        End::Lost(lost) => lost,
                    }
                }
            };
            self.shared.health.set(self.id, lost);
            tokio::select! {
                () = voiding(&mut finished, tokio::time::sleep(backoff.next())) => {}
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

    /// One generation; returns why it ended. `unwanted` says that nobody reads any more.
    async fn work(
        &mut self,
        connection: &Connection,
        finished: &mut mpsc::UnboundedReceiver<Done>,
        backoff: &mut Backoff,
        mut unwanted: Pin<&mut impl Future<Output = ()>>,
    ) -> End {
        let generation = self.generation.fetch_add(1, Ordering::AcqRel) + 1;
        let shared = Arc::clone(&self.shared);
        let (channel, mut consumers) = tokio::select! {
            consuming = voiding(finished, self.subscribe(&shared, connection)) => match consuming {
                Ok(consuming) => consuming,
                Err(error) => return End::Lost(error),
            },
            () = &mut unwanted => return End::Unwanted,
        };
        self.tell_health();
        let mut probe = self.probe();
        let mut book = Book::new(channel.clone(), generation, self.prefetches());
        let mut done = Vec::new();
        let mut idle = Instant::now() + IDLE;
        loop {
            tokio::select! {
                (lane, serves) = &mut probe => {
                    if !serves {
                        self.sick.blame(lane, Instant::now());
                    } else if let Err(error) = self.begin(&channel, lane, &mut consumers).await {
                        // It served a moment ago. What is in hand comes again; not what is done with.
                        let _ = book.tell_all().await;
                        return End::Lost(error);
                    }
                    self.tell_health();
                    probe = self.probe();
                }
                () = sleep_until(idle) => {
                    if book.is_empty() {
                        return End::Idle;
                    }
                    idle = Instant::now() + IDLE;
                }
                said = consumers.next() => match said {
                    Some(Said::Delivery(lane, delivery)) => {
                        // Proof that it works; consuming alone may fail again at once.
                        backoff.reset();
                        idle = Instant::now() + IDLE;
                        let message = delivery.delivery_tag;
                        let parts = self.pass_on(generation, lane, *delivery);
                        book.delivered(message, lane, parts);
                    }
                    Some(Said::Ended(why)) => return End::Lost(self.lost(&why)),
                    Some(Said::Cancelled) => {
                        // One lane's misfortune: what is done with of the others does not come again.
                        let _ = book.tell_all().await;
                        tokio::time::sleep(GONE).await;
                        return End::Lost(self.lost("the broker cancelled a consumer"));
                    }
                    None => return End::Lost(self.lost("all consumers ended")),
                },
                count = finished.recv_many(&mut done, 256) => {
                    if count == 0 {
                        return End::Lost(self.lost("the queue was dropped"));
                    }
                    if let Err(why) = book.finish(&mut done).await {
                        return End::Lost(self.lost(&why));
                    }
                }
                () = wake(book.due()) => {
                    if let Err(why) = book.tell_due().await {
                        return End::Lost(self.lost(&why));
                    }
                }
                () = &mut unwanted => {
                    leave(&mut book, finished).await;
                    return End::Unwanted;
                }
            }
        }
    }

    fn prefetches(&self) -> impl Iterator<Item = u16> {
        self.source.lanes.iter().map(|(_, prefetch)| *prefetch)
    }

    async fn subscribe(
        &mut self,
        shared: &Shared,
        connection: &Connection,
    ) -> Result<(Channel, Consumers), QueueError> {
        let declarer = Declarer::new(shared, connection).await?;
        self.consume(connection, &declarer).await
    }

    fn lost(&self, why: &str) -> QueueError {
        self.shared.unavailable(why)
    }

    /// Declares every lane and starts a consumer on each that is not left out for now.
    async fn consume(
        &mut self,
        connection: &Connection,
        declarer: &Declarer<'_>,
    ) -> Result<(Channel, Consumers), QueueError> {
        for (lane, _) in &self.source.lanes {
            declarer.lane(lane).await?;
        }
        let channel = match timeout(DECLARE, connection.create_channel()).await {
            Ok(made) => made.map_err(|error| self.lost(&reason(&error)))?,
            Err(_) => return Err(self.lost(&no_answer(DECLARE))),
        };
        let left_out = self.sick.left_out(self.source.lanes.len());
        let mut consumers = Consumers::new();
        for index in 0..self.source.lanes.len() {
            if !left_out.contains(&index) {
                self.begin(&channel, index, &mut consumers).await?;
            }
        }
        Ok((channel, consumers))
    }

    /// Has this lane consumed with the others.
    async fn begin(
        &mut self,
        channel: &Channel,
        index: usize,
        consumers: &mut Consumers,
    ) -> Result<(), QueueError> {
        match self.start(channel, index).await {
            Ok(consumer) => {
                self.sick.healed(index);
                consumers.push(said(consumer, index).boxed());
                Ok(())
            }
            Err(fault) => {
                if fault.is_the_queues {
                    self.sick.blame(index, Instant::now());
                }
                let queue = self.queue(index);
                Err(self.lost(&format!("cannot consume {queue}: {}", fault.why)))
            }
        }
    }

    /// Starts the consumer of one lane.
    async fn start(&self, channel: &Channel, index: usize) -> Result<lapin::Consumer, Fault> {
        let start = async {
            // Not global: it holds for the consumers started after it, each on its own.
            let prefetch = self.source.lanes[index].1;
            channel
                .basic_qos(prefetch, BasicQosOptions { global: false })
                .await?;
            channel
                .basic_consume(
                    self.queue(index).into(),
                    format!("baton-{}-{index}", self.id).into(),
                    BasicConsumeOptions::default(),
                    FieldTable::default(),
                )
                .await
        };
        match timeout(DECLARE, start).await {
            Ok(started) => started.map_err(|error| Fault {
                why: reason(&error),
                is_the_queues: matches!(error.kind(), ErrorKind::ProtocolError(_)),
            }),
            // Whoever answered the declarations a moment ago is there.
            Err(_) => Err(Fault {
                why: no_answer(DECLARE),
                is_the_queues: true,
            }),
        }
    }

    /// Tries the lane whose spell ends first, when it ends; for ever, where none is left out.
    fn probe(&self) -> BoxFuture<'static, (usize, bool)> {
        let Some((lane, when)) = self.sick.next() else {
            return pending().boxed();
        };
        let (shared, queue) = (self.shared.clone(), self.queue(lane));
        async move {
            sleep_until(when).await;
            (lane, serves(&shared, queue).await)
        }
        .boxed()
    }

    /// Well, or which lane is left alone for now.
    fn tell_health(&self) {
        match self.sick.next() {
            None => self.shared.health.clear(self.id),
            Some((lane, _)) => self.shared.health.set(self.id, self.deserted(lane)),
        }
    }

    fn deserted(&self, lane: usize) -> QueueError {
        let queue = self.queue(lane);
        self.lost(&format!(
            "the queue {queue} cannot be consumed: it has no leader, or is damaged. All other queues \
             are served. Where it stays so, delete it: it is made again, and what was lost with it is repeated after its deadline"
        ))
    }

    fn queue(&self, index: usize) -> String {
        self.shared.names.queue(&self.source.lanes[index].0)
    }

    /// What a message holds, itself or the outcomes that share it, to whoever reads; how many they are.
    fn pass_on(&self, generation: u64, lane: usize, got: lapin::message::Delivery) -> usize {
        let lane = self.source.lanes[lane].0.clone();
        let death = match (&lane, got.properties.headers()) {
            (Lane::Dead, Some(headers)) => death(headers, &self.shared.names),
            _ => None,
        };
        let bodies = parcel::unpack(got.properties.headers().as_ref(), got.data);
        let delivery = |(part, body)| Delivery {
            lane: lane.clone(),
            body,
            redelivered: got.redelivered,
            death: death.clone(),
            receipt: Receipt {
                inbox: self.id,
                generation,
                tag: parcel::tag(got.delivery_tag, part),
            },
        };
        let parts = bodies.len();
        for delivery in bodies.into_iter().enumerate().map(delivery) {
            // Nobody reads: then this generation is unwanted, and is told so.
            let _ = self.out.send(delivery);
        }
        parts
    }
}

/// Tells all there is: what was given back before we knew that nobody reads any more is done with, too.
/// Failing, it comes again.
async fn leave(book: &mut Book, finished: &mut mpsc::UnboundedReceiver<Done>) {
    let mut done: Vec<Done> = std::iter::from_fn(|| finished.try_recv().ok()).collect();
    if book.finish(&mut done).await.is_ok() {
        let _ = book.tell_all().await;
    }
}

/// Waits until then; for ever, where there is no such moment.
async fn wake(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

/// Waits for it; what is finished meanwhile is of a generation that ended.
async fn voiding<T>(
    finished: &mut mpsc::UnboundedReceiver<Done>,
    what: impl Future<Output = T>,
) -> T {
    tokio::pin!(what);
    loop {
        tokio::select! {
            done = &mut what => return done,
            Some(void) = finished.recv() => drop(void),
        }
    }
}

/// Whether a consumer of this queue starts, on a connection of its own: one that is refused ends its
/// connection, and one that is not answered its channel. What it takes meanwhile goes back.
async fn serves(shared: &Shared, queue: String) -> bool {
    let Ok(connection) = shared.address.connect("probe").await else {
        return false;
    };
    let start = async {
        let channel = connection.create_channel().await?;
        channel
            .basic_qos(1, BasicQosOptions { global: false })
            .await?;
        let (tag, options) = ("baton-probe".into(), BasicConsumeOptions::default());
        channel
            .basic_consume(queue.into(), tag, options, FieldTable::default())
            .await
    };
    let started = timeout(DECLARE, start).await;
    let _ = timeout(CLOSE, connection.close(200, "done".into())).await;
    matches!(started, Ok(Ok(_)))
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

/// Why the broker gave a message up and the lane it was in: the newest entry of `x-death`.
pub(super) fn death(headers: &FieldTable, names: &Names) -> Option<Death> {
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
    let (reason, queue) = (text("reason")?, text("queue")?);
    let from = names.lane_name(&queue).to_owned();
    Some(Death { reason, from })
}
