//! Messages over RabbitMQ 3.10 or later.
//!
//! ```text
//!   publish() ─► publisher: one connection, one confirm channel, one task that owns both
//!                  │  exchange <prefix>.jobs      ─ service ───► queue <prefix>.jobs.<service>
//!                  │  exchange <prefix>.outcomes  ─ partition ─► queue <prefix>.outcomes.<p>
//!                  ▼  exchange <prefix>.dlx (all) ─────────────► queue <prefix>.dead
//!   open() ────► inbox: a connection of its own, one channel, a consumer a lane
//! ```
//!
//! Every connection has a supervisor: connect, declare, work until anything ends, wait a little
//! longer than last time, again; for ever. Each round is a **generation**, and everything tied to
//! one (unconfirmed messages, receipts) ends with it. lapin's own recovery stays off: it gives up
//! after some minutes and replays what we would rather check.

mod acks;
mod address;
mod backoff;
mod batches;
mod book;
mod confirms;
mod flight;
mod health;
mod inbox;
mod parcel;
mod publisher;
mod sick;
mod topology;
mod untold;
#[doc(hidden)]
pub mod wire;

pub use inbox::Inbox;

use crate::tls::Tls;
use address::Address;
use baton_shared::port::{Outgoing, Queue as Port, QueueError, Receipt, Source};
use book::Done;
use health::Health;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use topology::Names;

/// For the whole handshake, TLS and login included.
const CONNECT: Duration = Duration::from_secs(10);
/// From a message's sending to its confirm.
const CONFIRM: Duration = Duration::from_secs(5);
/// For the broker to agree to a declaration.
const DECLARE: Duration = Duration::from_secs(5);
/// For anything on the way out.
const CLOSE: Duration = Duration::from_secs(2);

/// Where RabbitMQ is and how it is used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `amqp://user:password@host[:port]/vhost`, or `amqps://` for TLS; the vhost `/` is `%2f`.
    pub url: String,
    /// What all exchanges and queues start with.
    pub prefix: String,
    pub tls: Option<Tls>,
    /// Do not fail when the broker is away at the start: connect when it comes, and say so in
    /// `trouble` until then.
    pub wait: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned(),
            prefix: "baton".to_owned(),
            tls: None,
            wait: false,
        }
    }
}

impl Settings {
    /// Whether the URL can be read; nothing is connected.
    pub fn check(&self) -> Result<(), QueueError> {
        Address::parse(self).map(drop)
    }
}

/// The port `Queue` on RabbitMQ. Dropping it closes its connections and ends its inboxes.
pub struct Queue {
    shared: Arc<Shared>,
    requests: mpsc::Sender<batches::Request>,
    closing: watch::Sender<bool>,
    /// Held by every task, so that closing can wait for the last.
    running: Mutex<Option<mpsc::Sender<()>>>,
    ended: tokio::sync::Mutex<mpsc::Receiver<()>>,
}

/// What the tasks have in common.
struct Shared {
    address: Address,
    names: Names,
    health: Health,
    /// Where acknowledgements for an inbox go. An inbox that ended is not in it.
    inboxes: Mutex<HashMap<u64, mpsc::UnboundedSender<Done>>>,
    /// The publisher is 0.
    next_inbox: AtomicU64,
}

impl Shared {
    fn unavailable(&self, why: &str) -> QueueError {
        QueueError::Unavailable(self.address.say(why))
    }
}

/// Connects. Fails with the reason when that does not work at once, unless the settings say to
/// wait; fails on settings that can never work in any case.
pub async fn connect(settings: Settings) -> Result<Queue, QueueError> {
    let address = Address::parse(&settings)?;
    let shared = Arc::new(Shared {
        address,
        names: Names {
            prefix: settings.prefix,
        },
        health: Health::default(),
        inboxes: Mutex::default(),
        next_inbox: AtomicU64::new(1),
    });
    let first = if settings.wait {
        shared
            .health
            .begin(publisher::ID, shared.unavailable("not connected yet"));
        None
    } else {
        Some(shared.address.connect("publisher").await?)
    };
    let (requests, receiver) = mpsc::channel(64);
    let (closing, closed) = watch::channel(false);
    let (running, ended) = mpsc::channel(1);
    let guard = running.clone();
    let publisher = publisher::run(shared.clone(), receiver, closed, first);
    tokio::spawn(async move {
        publisher.await;
        drop(guard);
    });
    Ok(Queue {
        shared,
        requests,
        closing,
        running: Mutex::new(Some(running)),
        ended: tokio::sync::Mutex::new(ended),
    })
}

impl Port for Queue {
    type Inbox = Inbox;

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<(), QueueError>> {
        let count = batch.len();
        if count == 0 {
            return Vec::new();
        }
        let (reply, answer) = oneshot::channel();
        let closed = || vec![Err(QueueError::Unavailable("the queue is closed".to_owned())); count];
        if self
            .requests
            .send(batches::Request { batch, reply })
            .await
            .is_err()
        {
            return closed();
        }
        answer.await.unwrap_or_else(|_| closed())
    }

    async fn open(&self, source: Source) -> Result<Inbox, QueueError> {
        possible(&source)?;
        let running = lock(&self.running).clone();
        let Some(guard) = running else {
            return Err(QueueError::Unavailable("the queue is closed".to_owned()));
        };
        let id = self.shared.next_inbox.fetch_add(1, Ordering::Relaxed);
        let (inbox, supervisor) = inbox::new(self.shared.clone(), id, source);
        let (done, finished) = mpsc::unbounded_channel();
        lock(&self.shared.inboxes).insert(id, done);
        let (shared, closed) = (self.shared.clone(), self.closing.subscribe());
        tokio::spawn(async move {
            supervisor.run(finished, closed).await;
            lock(&shared.inboxes).remove(&id);
            shared.health.forget(id);
            drop(guard);
        });
        Ok(inbox)
    }

    async fn ack(&self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        let mut by_session: BTreeMap<(u64, u64), Vec<u64>> = BTreeMap::new();
        for Receipt {
            inbox,
            generation,
            tag,
        } in receipts
        {
            by_session.entry((inbox, generation)).or_default().push(tag);
        }
        for ((inbox, generation), tags) in by_session {
            self.done(inbox, generation, tags, false).await?;
        }
        Ok(())
    }

    async fn reject(&self, receipt: Receipt) -> Result<(), QueueError> {
        self.done(receipt.inbox, receipt.generation, vec![receipt.tag], true)
            .await
    }

    fn trouble(&self) -> Option<QueueError> {
        self.shared.health.trouble()
    }
}

impl Queue {
    /// Ends every inbox, answers what is still unanswered, and closes the connections.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        drop(lock(&self.running).take());
        let all_ended = async { self.ended.lock().await.recv().await };
        // Each task bounds its own way out; this bounds them together.
        if tokio::time::timeout(2 * CLOSE, all_ended).await.is_err() {
            tracing::warn!("a connection to RabbitMQ did not close in time");
        }
    }

    /// Hands tags to the inbox's task. One that has ended or reconnected drops them: they are void.
    async fn done(
        &self,
        inbox: u64,
        generation: u64,
        tags: Vec<u64>,
        reject: bool,
    ) -> Result<(), QueueError> {
        let Some(to) = lock(&self.shared.inboxes).get(&inbox).cloned() else {
            return Ok(());
        };
        let (reply, written) = oneshot::channel();
        if to
            .send(Done {
                generation,
                tags,
                reject,
                reply,
            })
            .is_err()
        {
            return Ok(());
        }
        match tokio::time::timeout(2 * CLOSE, written).await {
            Ok(_) => Ok(()),
            Err(_) => Err(QueueError::Unavailable(
                "RabbitMQ does not take acknowledgements; what was done may come again".to_owned(),
            )),
        }
    }
}

/// Refuses what can never work.
fn possible(source: &Source) -> Result<(), QueueError> {
    let refuse = |why: &str| Err(QueueError::Unroutable(format!("a source {why}")));
    let mut seen = HashSet::new();
    match () {
        () if source.lanes.is_empty() => refuse("needs at least one lane"),
        () if source.lanes.iter().any(|(_, prefetch)| *prefetch == 0) => {
            refuse("needs a prefetch above 0 for each lane: 0 would be no bound")
        }
        () if !source.lanes.iter().all(|(lane, _)| seen.insert(lane)) => {
            refuse("names each lane once")
        }
        () => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing panics while it holds one of these locks; a map is whole in any case.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
