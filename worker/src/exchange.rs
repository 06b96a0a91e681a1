//! One request and its answer over HTTP/1.1, within limits of time and size.

use crate::classify::{Answer, Came};
use crate::contract;
use crate::target;
use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, LOCATION};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as _;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// The longest wait for a connection, whatever the time of the call: nothing was sent by then, so
/// giving up is cheap.
const CONNECT: Duration = Duration::from_secs(10);
/// Idle connections are dropped before common servers drop them (Node: 5 s): a request that meets
/// a closing connection has an unknown outcome.
const IDLE: Duration = Duration::from_secs(4);
/// An answer's head is read into this much at most, in bytes.
const HEAD: usize = 64 * 1024;
const HEADERS: usize = 100;
const REDIRECTS: usize = 5;

/// Connections to services, kept alive. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Exchange {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// The way of a request to its service and back.
pub trait Carrier: Send + Sync + 'static {
    /// Sends the request and reads the whole answer, unless `time_up` comes first. Dying within: the
    /// request may have reached the service.
    fn make(
        &self,
        ready: Ready,
        time_up: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Came> + Send;
}

/// A request that is ready to leave.
#[derive(Clone, Debug)]
pub struct Ready {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Follow redirects, where the method is GET or HEAD.
    pub redirect: bool,
    /// The largest body read, in bytes.
    pub max_response: usize,
}

/// How far an exchange came when its time ran out.
#[derive(Default)]
struct Progress {
    connection: Option<CaptureConnection>,
    status: Option<u16>,
    /// An earlier request of a chain of redirects was answered.
    sent: bool,
}

impl Exchange {
    /// A client with its own connection pool; TLS by rustls with the Mozilla roots.
    pub fn new() -> Result<Self, rustls::Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(Arc::new(rustls::crypto::ring::default_provider()))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(HEAD)
            .http1_max_headers(HEADERS)
            .build(connector);
        Ok(Self { client })
    }

    async fn follow(&self, mut ready: Ready, progress: &mut Progress) -> Came {
        if !ready.redirect || !matches!(ready.method, Method::GET | Method::HEAD) {
            return self.once(ready, progress).await;
        }
        for hop in 0..=REDIRECTS {
            let came = self.once(ready.clone(), progress).await;
            let Came::Answer(answer) = &came else {
                return came;
            };
            progress.sent = true;
            let place = answer
                .headers
                .get(LOCATION)
                .and_then(|place| place.to_str().ok());
            let moved = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            let Some(place) = place.filter(|_| moved && hop < REDIRECTS) else {
                return came;
            };
            let to = match target::redirect(&ready.uri, place) {
                Ok(to) => to,
                Err(fault) => {
                    let why = format!("redirected to where we do not go: {fault}");
                    return Came::Lost {
                        status: Some(answer.status),
                        why,
                    };
                }
            };
            if to.authority() != ready.uri.authority() {
                contract::strip_credentials(&mut ready.headers);
            }
            ready.uri = to;
        }
        // The last hop of the loop always returns; this line is for the compiler alone.
        Came::Lost {
            status: None,
            why: "too many redirects".to_owned(),
        }
    }

    async fn once(&self, ready: Ready, progress: &mut Progress) -> Came {
        let mut request = Request::new(Full::new(ready.body));
        *request.method_mut() = ready.method;
        *request.uri_mut() = ready.uri;
        *request.headers_mut() = ready.headers;
        progress.connection = Some(capture_connection(&mut request));
        match self.client.request(request).await {
            Ok(response) => {
                progress.status = Some(response.status().as_u16());
                read(response, ready.max_response).await
            }
            Err(error) if error.is_connect() && !progress.sent => Came::NotSent {
                why: innermost(&error),
            },
            Err(error) => Came::Lost {
                status: None,
                why: innermost(&error),
            },
        }
    }
}

impl Carrier for Exchange {
    async fn make(&self, ready: Ready, time_up: impl Future<Output = ()> + Send) -> Came {
        let mut progress = Progress::default();
        let came = {
            let whole = pin!(self.follow(ready, &mut progress));
            let time_up = pin!(time_up);
            // Dying within: the request may have reached the service. Nothing of ours knows, and
            // the job, unacknowledged, comes again with the same key.
            tokio::select! {
                biased;
                came = whole => Some(came),
                () = time_up => None,
            }
        };
        came.unwrap_or_else(|| progress.out_of_time())
    }
}

impl Progress {
    fn out_of_time(&self) -> Came {
        let connected = self
            .connection
            .as_ref()
            .is_some_and(|c| c.connection_metadata().is_some());
        if connected || self.sent {
            return Came::TimedOut {
                status: self.status,
            };
        }
        Came::NotSent {
            why: "no connection within the time of the call".to_owned(),
        }
    }
}

/// Reads the body up to `limit` bytes. A body shorter than its `Content-Length` is a lost connection.
async fn read(response: Response<Incoming>, limit: usize) -> Came {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                let Some(data) = frame.data_ref() else {
                    continue;
                };
                if bytes.len() + data.len() > limit {
                    return Came::TooLarge { status, limit };
                }
                bytes.extend_from_slice(data);
            }
            Err(error) => {
                let why = format!("the answer broke off after {} bytes: {error}", bytes.len());
                return Came::Lost {
                    status: Some(status),
                    why,
                };
            }
        }
    }
    Came::Answer(Answer {
        status,
        headers: head.headers,
        body: bytes.freeze(),
    })
}

/// The innermost cause: it says what happened, the others only where they passed it on.
fn innermost(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    text
}
