//! One kept connection to an HTTP server; made again when it was closed.

use crate::fault::Fault;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client of one server, one request at a time.
pub struct Link {
    at: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// How long the server asks to wait before the next try.
    pub fn retry_after(&self) -> Duration {
        let header = self.headers.get(http::header::RETRY_AFTER);
        let seconds = header.and_then(|text| text.to_str().ok()?.parse().ok());
        Duration::from_secs(seconds.unwrap_or(1))
    }
}

impl Link {
    pub fn to(at: SocketAddr) -> Self {
        Self { at, sender: None }
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer, Fault> {
        self.call("GET", path, "application/json", Bytes::new())
            .await
    }

    pub async fn post(&mut self, path: &str, body: &serde_json::Value) -> Result<Answer, Fault> {
        let body = Bytes::from(serde_json::to_vec(body).expect("plain data"));
        self.call("POST", path, "application/json", body).await
    }

    /// Asks once; nothing is repeated, for that would not be a measurement.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: Bytes,
    ) -> Result<Answer, Fault> {
        let lost = |error: &dyn std::fmt::Display| {
            Fault(format!("{method} http://{}{path}: {error}", self.at))
        };
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.connect().await?,
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::HOST, self.at.to_string())
            .header(http::header::CONTENT_TYPE, kind)
            .body(Full::new(body))
            .map_err(|error| lost(&error))?;
        let answered = async {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>((head, body))
        };
        let (head, body) = tokio::time::timeout(PATIENCE, answered)
            .await
            .map_err(|_| lost(&"no answer in two minutes"))?
            .map_err(|error| lost(&error))?;
        if sender.ready().await.is_ok() {
            self.sender = Some(sender);
        }
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Fault> {
        let lost = |error: &dyn std::fmt::Display| Fault(format!("http://{}: {error}", self.at));
        let stream = TcpStream::connect(self.at)
            .await
            .map_err(|error| lost(&error))?;
        stream.set_nodelay(true).map_err(|error| lost(&error))?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| lost(&error))?;
        tokio::spawn(async move {
            // Its end is noticed by the next request.
            drop(connection.await);
        });
        Ok(sender)
    }
}
