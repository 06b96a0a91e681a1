//! One batch of spans to the collector, with as many tries as the specification allows.
//!
//! ```text
//!   POST ─► 2xx ──────────────────────────────────────────► arrived, but for what it rejects
//!        ├► 429, 502, 503, 504, no connection, no answer ─► again, a little later each time
//!        └► anything else, or time is up ─────────────────► lost
//! ```

use super::otlp;
use super::variables::{ExportError, Target};
use baton_shared::Span;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Tries of one batch, the first included.
const TRIES: u32 = 5;
/// Before the second try; doubled before each further one.
const FIRST_DELAY: Duration = Duration::from_millis(250);
/// Of the collector's answer, in bytes: it may say how many spans it did not take.
const ANSWER: usize = 64 * 1024;

type Connections = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The way to the collector.
pub(super) struct Sender {
    client: Connections,
    target: Target,
}

/// Why a try failed.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("{0}")]
    Connection(String),
    #[error("it answered {status}")]
    Answer {
        status: StatusCode,
        after: Option<Duration>,
    },
    #[error("no answer within {0:?}")]
    Silent(Duration),
    #[error("it rejected {0} spans")]
    Rejected(u64),
}

impl SendError {
    /// The wait before the next try; `None` where another would end the same.
    fn wait(&self, tried: u32) -> Option<Duration> {
        let after = match self {
            Self::Rejected(_) => return None,
            Self::Answer { status, after } => {
                matches!(status.as_u16(), 429 | 502 | 503 | 504).then_some(*after)?
            }
            Self::Connection(_) | Self::Silent(_) => None,
        };
        Some(after.unwrap_or_else(|| backoff(tried)))
    }
}

/// Doubled each time, and spread by half: many processes must not come back at once.
fn backoff(tried: u32) -> Duration {
    let whole = FIRST_DELAY * 2_u32.saturating_pow(tried.saturating_sub(1));
    let spread = u32::try_from(RandomState::new().hash_one(tried) % 500).unwrap_or(0);
    whole - whole * spread / 1000
}

impl Sender {
    pub(super) fn new(target: Target) -> Result<Self, ExportError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(Arc::new(rustls::crypto::ring::default_provider()))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, target })
    }

    /// Sends a batch; how many of its spans were lost, and why. `hurried` resolves when no second
    /// try is wanted any more.
    pub(super) async fn send(
        &self,
        batch: &[Span],
        mut hurried: impl Future + Unpin,
    ) -> Result<(), (u64, SendError)> {
        let body = Bytes::from(otlp::body(&self.target.resource, batch));
        let end = Instant::now() + self.target.spent;
        let mut tried = 0;
        loop {
            tried += 1;
            let error = match self.once(body.clone()).await {
                Ok(()) => return Ok(()),
                Err(SendError::Rejected(count)) => {
                    return Err((count, SendError::Rejected(count)));
                }
                Err(error) => error,
            };
            let lost = (batch.len() as u64, error.clone());
            let wait = error.wait(tried).filter(|_| tried < TRIES);
            let Some(wait) = wait.filter(|wait| Instant::now() + *wait < end) else {
                return Err(lost);
            };
            tokio::select! {
                biased;
                _ = &mut hurried => return Err(lost),
                () = sleep(wait) => {}
            }
        }
    }

    async fn once(&self, body: Bytes) -> Result<(), SendError> {
        let limit = self.target.timeout;
        let posted = timeout(limit, self.post(body)).await;
        posted.unwrap_or(Err(SendError::Silent(limit)))
    }

    async fn post(&self, body: Bytes) -> Result<(), SendError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.uri.clone();
        *request.headers_mut() = self.target.headers.clone();
        let kind = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        let asked = self.client.request(request).await;
        let answer = asked.map_err(|error| SendError::Connection(innermost(&error)))?;
        let (status, after) = (answer.status(), seconds(answer.headers()));
        // Read also where nothing is in it, so that the connection can be used again.
        let body = Limited::new(answer.into_body(), ANSWER).collect().await;
        if !status.is_success() {
            return Err(SendError::Answer { status, after });
        }
        match body.map_or(0, |body| rejected(&body.to_bytes())) {
            0 => Ok(()),
            count => Err(SendError::Rejected(count)),
        }
    }
}

/// `Retry-After` in seconds; as a date it is passed over, and the usual wait taken.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The spans of which a success says that they were not taken; a number, or one as text.
fn rejected(body: &[u8]) -> u64 {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let count = &body["partialSuccess"]["rejectedSpans"];
    let text = count.as_str().and_then(|text| text.parse().ok());
    count.as_u64().or(text).unwrap_or(0)
}

/// The cause that says most: the wrapping ones repeat that something failed.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_go_better_is_tried_again() {
        let wait = |status: u16, after| {
            let status = StatusCode::from_u16(status).expect("a status");
            SendError::Answer { status, after }.wait(1)
        };
        for status in [429, 502, 503, 504] {
            assert!(wait(status, None).is_some(), "{status}");
            let told = Some(Duration::from_secs(7));
            assert_eq!(wait(status, told), told, "{status}");
        }
        for status in [300, 400, 401, 404, 413, 500, 501] {
            assert_eq!(wait(status, None), None, "{status}");
        }
        assert!(SendError::Connection(String::new()).wait(1).is_some());
        assert!(SendError::Silent(Duration::ZERO).wait(1).is_some());
        assert_eq!(SendError::Rejected(1).wait(1), None);
    }

    #[test]
    fn each_wait_is_longer_than_the_one_before() {
        for tried in 1..TRIES {
            let whole = FIRST_DELAY * 2_u32.pow(tried - 1);
            let wait = backoff(tried);
            assert!(wait > whole / 2 && wait <= whole, "{tried}: {wait:?}");
        }
    }

    #[test]
    fn a_partial_success_says_what_it_rejects() {
        for (body, count) in [
            (r#"{"partialSuccess":{"rejectedSpans":"3"}}"#, 3),
            (r#"{"partialSuccess":{"rejectedSpans":4}}"#, 4),
            (r#"{"partialSuccess":{}}"#, 0),
            ("{}", 0),
            ("<html>", 0),
        ] {
            assert_eq!(rejected(body.as_bytes()), count, "{body}");
        }
    }
}
