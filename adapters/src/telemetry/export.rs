//! Sends spans to an OpenTelemetry collector: OTLP over HTTP, in JSON.
//!
//! ```text
//!   record ─► bounded queue ─► batches, each second or each 512 ─► POST …/v1/traces
//!                  └── full: dropped                └── fails: dropped, and said once
//! ```
//!
//! Invariant: whoever records a span neither waits for the collector nor learns of its faults.

use super::otlp;
use super::variables::{self, ExportError, Target};
use baton_shared::{Span, Spans};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Spans that wait; a few MiB at most.
const QUEUE: usize = 8192;
/// Spans in one request.
const BATCH: usize = 512;
/// The longest a span waits for others.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the collector may take for one request.
const ANSWER: Duration = Duration::from_secs(10);
/// How long what is left may take at the end.
const GRACE: Duration = Duration::from_secs(2);
/// Of the collector's answer, in bytes: nothing in it matters to us.
const IGNORED: usize = 64 * 1024;

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
        let target = variables::target(service, |name| std::env::var(name).ok())?;
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
        if let Some(protocol) = &target.ignored {
            tracing::warn!(%protocol, "spans are exported as http/json, whatever OTEL_ says");
        }
        tracing::info!(%collector, service = %target.service, "spans are exported");
        let (into, queue) = mpsc::channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel();
        let work = Work {
            client: client()?,
            target,
            collector,
            dropped: dropped.clone(),
            away: false,
        };
        let task = tokio::spawn(work.run(queue, stopped));
        let spans = Spans::to(
            RandomState::new().hash_one(std::process::id()),
            move |span| {
                if into.try_send(span).is_err() {
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            },
        );
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

type Connections = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

fn client() -> Result<Connections, ExportError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(Arc::new(rustls::crypto::ring::default_provider()))?
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(connector))
}

/// The one task that talks to the collector.
struct Work {
    client: Connections,
    target: Target,
    collector: String,
    /// Spans lost since that was said last.
    dropped: Arc<AtomicU64>,
    /// Spans were lost, and that was said.
    away: bool,
}

/// Why a batch did not arrive.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("{0}")]
    Connection(String),
    #[error("it answered {0}")]
    Answer(StatusCode),
    #[error("no answer within {ANSWER:?}")]
    Silent,
}

impl Work {
    async fn run(mut self, mut queue: mpsc::Receiver<Span>, mut stop: oneshot::Receiver<()>) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut tick = interval(PAUSE);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let room = BATCH - batch.len();
            tokio::select! {
                biased;
                _ = &mut stop => break,
                taken = queue.recv_many(&mut batch, room) => match taken {
                    0 => break,
                    taken if taken < room => continue,
                    _ => {}
                },
                _ = tick.tick() => {}
            }
            self.send(&mut batch).await;
        }
        queue.close();
        loop {
            let room = BATCH - batch.len();
            if queue.recv_many(&mut batch, room).await == 0 && batch.is_empty() {
                return;
            }
            self.send(&mut batch).await;
        }
    }

    /// Sends a batch or drops it.
    async fn send(&mut self, batch: &mut Vec<Span>) {
        if batch.is_empty() {
            return;
        }
        let body = otlp::body(&self.target.service, batch);
        let sent = match timeout(ANSWER, self.post(body)).await {
            Ok(sent) => sent,
            Err(_) => Err(SendError::Silent),
        };
        if sent.is_err() {
            self.dropped
                .fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        batch.clear();
        self.tell(sent.err());
    }

    async fn post(&self, body: Vec<u8>) -> Result<(), SendError> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.uri.clone();
        *request.headers_mut() = self.target.headers.clone();
        let kind = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        let asked = self.client.request(request).await;
        let answer = asked.map_err(|error| SendError::Connection(innermost(&error)))?;
        let status = answer.status();
        // Read, so that the connection can be used again.
        let _ignored = Limited::new(answer.into_body(), IGNORED).collect().await;
        match status.is_success() {
            true => Ok(()),
            false => Err(SendError::Answer(status)),
        }
    }

    /// Says once that spans are lost, and once that they are not any more.
    fn tell(&mut self, failed: Option<SendError>) {
        let collector = &self.collector;
        let lost = self.dropped.load(Ordering::Relaxed);
        if lost == 0 {
            return;
        }
        if !self.away {
            let error = failed.as_ref().map(ToString::to_string);
            let error = error.unwrap_or_else(|| "more spans than it takes".to_owned());
            tracing::warn!(%collector, %error, "spans are dropped; sagas go on");
            self.away = true;
        } else if failed.is_none() {
            tracing::info!(%collector, lost, "spans are exported again");
            self.dropped.fetch_sub(lost, Ordering::Relaxed);
            self.away = false;
        }
    }
}

/// The cause that says most: the wrapping ones repeat that something failed.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
