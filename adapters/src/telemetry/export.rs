//! Sends spans to an OpenTelemetry collector: OTLP over HTTP, in JSON.
//!
//! ```text
//!   record ─► bounded queue ─► batches, each second or each 512 ─► POST …/v1/traces
//!                  └── full: lost                   └── in vain: lost, and said once
//! ```
//!
//! Invariant: whoever records a span neither waits for the collector nor learns of its faults.

use super::send::{SendError, Sender};
use super::variables::{self, ExportError, Target};
use baton_shared::{Span, Spans};
use futures_util::FutureExt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long what is left may take at the end.
const GRACE: Duration = Duration::from_secs(2);

/// Exports what is recorded, if the environment asks for it.
#[derive(Debug)]
pub struct Exporter {
    spans: Spans,
    /// None: nothing is exported.
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    /// Dropped to end it.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Exporter {
    /// As the process's `OTEL_` variables say; `service` is the name unless they have another.
    /// Within a tokio runtime.
    pub fn start(service: &str) -> Result<Self, ExportError> {
        Self::of(service, |name| std::env::var(name).ok())
    }

    /// The same, with variables from elsewhere.
    pub fn of(
        service: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ExportError> {
        let target = variables::target(service, variable)?;
        target.map_or_else(|| Ok(Self::none()), Self::to)
    }

    fn none() -> Self {
        Self {
            spans: Spans::default(),
            running: None,
        }
    }

    fn to(target: Target) -> Result<Self, ExportError> {
        // Without path and query, which may hold a key.
        let collector = target.uri.host().unwrap_or_default().to_owned();
        let service = target.resource.first().map(|(_, name)| name.as_str());
        tracing::info!(%collector, service = service.unwrap_or_default(), "spans are exported");
        let (into, queue) = mpsc::channel(target.queue);
        let lost = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel();
        let (sampler, batch, delay) = (target.sampler, target.batch, target.delay);
        let work = Work {
            sender: Sender::new(target)?,
            batch,
            delay,
            collector,
            lost: lost.clone(),
            before: 0,
            told: None,
        };
        let task = tokio::spawn(work.run(queue, stopped));
        let seed = RandomState::new().hash_one(std::process::id());
        let counted = lost.clone();
        let spans = Spans::sampled(seed, sampler, lost, move |span| {
            if into.try_send(span).is_err() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let running = Some(Running { stop, task });
        Ok(Self { spans, running })
    }

    /// Where to record.
    pub fn spans(&self) -> Spans {
        self.spans.clone()
    }

    /// Sends what is left, for two seconds at most. What is recorded later is lost.
    pub async fn stop(self) {
        let Some(Running { stop, mut task }) = self.running else {
            return;
        };
        drop(stop);
        if timeout(GRACE, &mut task).await.is_err() {
            task.abort();
            tracing::warn!("the last spans could not be exported in time");
        }
    }
}

/// The one task that talks to the collector. Of spans it holds the queue and one batch.
struct Work {
    sender: Sender,
    batch: usize,
    delay: Duration,
    collector: String,
    /// Spans lost since the start.
    lost: Arc<AtomicU64>,
    /// How many of them when it was last said that all is well.
    before: u64,
    /// How many when it was said that spans are lost.
    told: Option<u64>,
}

impl Work {
    async fn run(mut self, mut queue: mpsc::Receiver<Span>, stop: oneshot::Receiver<()>) {
        let stop = stop.map(drop).shared();
        let mut batch = Vec::with_capacity(self.batch);
        let mut tick = interval(self.delay);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let room = self.batch - batch.len();
            tokio::select! {
                biased;
                () = stop.clone() => break,
                taken = queue.recv_many(&mut batch, room) => match taken {
                    0 => break,
                    taken if taken < room => continue,
                    _ => {}
                },
                _ = tick.tick() => {}
            }
            self.send(&mut batch, stop.clone()).await;
        }
        queue.close();
        loop {
            let room = self.batch - batch.len();
            if queue.recv_many(&mut batch, room).await == 0 && batch.is_empty() {
                return;
            }
            // What is left is tried once.
            self.send(&mut batch, stop.clone()).await;
        }
    }

    /// Sends a batch or gives it up; in a hurry without a second try.
    async fn send(&mut self, batch: &mut Vec<Span>, hurried: impl Future + Unpin) {
        if batch.is_empty() {
            return;
        }
        let sent = self.sender.send(batch, hurried).await;
        batch.clear();
        let failed = sent.err().map(|(count, error)| {
            self.lost.fetch_add(count, Ordering::Relaxed);
            error
        });
        self.tell(failed);
    }

    /// Says once that spans are lost, and once that they are not any more.
    fn tell(&mut self, failed: Option<SendError>) {
        let collector = &self.collector;
        let lost = self.lost.load(Ordering::Relaxed);
        match (self.told, failed) {
            (None, Some(error)) => {
                tracing::warn!(%collector, %error, "spans are dropped; sagas go on");
                self.told = Some(lost);
            }
            (None, None) if lost > self.before => {
                let error = "more spans than it takes";
                tracing::warn!(%collector, error, "spans are dropped; sagas go on");
                self.told = Some(lost);
            }
            (Some(told), None) if told == lost => {
                tracing::info!(%collector, lost, "spans are exported again");
                (self.told, self.before) = (None, lost);
            }
            (Some(_), _) => self.told = Some(lost),
            (None, None) => {}
        }
    }
}
