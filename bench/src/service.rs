//! The service that sagas call: answers 200 with a small JSON, at once, and has every call counted.

use crate::book::{Book, Kind};
use crate::fault::{During, Fault};
use crate::shape;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::borrow::Cow;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running service, with the book of the run that is under way.
pub struct Service {
    at: SocketAddr,
    desk: Arc<Desk>,
    served: JoinHandle<()>,
}

/// What connections share.
struct Desk {
    book: RwLock<Option<Arc<Book>>>,
    /// While it is false, calls are taken and neither counted nor answered.
    answers: watch::Sender<bool>,
}

/// A call's body; whatever else it holds is ballast.
#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    saga: Cow<'a, str>,
    n: usize,
    #[serde(borrow)]
    from: Cow<'a, str>,
}

impl Service {
    pub async fn start() -> Result<Self, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .during("the service")?;
        let at = listener.local_addr().during("the service")?;
        let desk = Arc::new(Desk {
            book: RwLock::default(),
            answers: watch::Sender::new(true),
        });
        let served = tokio::spawn(accept(listener, desk.clone()));
        Ok(Self { at, desk, served })
    }

    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// From now on calls are entered here.
    pub fn open(&self, book: Arc<Book>) {
        *self
            .desk
            .book
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(book);
    }

    /// Lets calls wait, or answers them.
    pub fn answer(&self, answers: bool) {
        self.desk.answers.send_replace(answers);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.served.abort();
    }
}

async fn accept(listener: TcpListener, desk: Arc<Desk>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(talk(stream, desk.clone()));
    }
}

async fn talk(stream: TcpStream, desk: Arc<Desk>) {
    // Without it small answers wait for acknowledgements; it only fails on a socket that is gone.
    drop(stream.set_nodelay(true));
    let service = hyper::service::service_fn(move |request| answer(request, desk.clone()));
    let served = hyper::server::conn::http1::Builder::new()
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
    // A caller that was killed leaves in the middle.
    drop(served.await);
}

async fn answer(
    request: Request<Incoming>,
    desk: Arc<Desk>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let kind = match head.uri.path() {
        "/step" | "/refuse" => Kind::Step,
        "/undo" => Kind::Undo,
        _ => return Ok(bare(StatusCode::NOT_FOUND)),
    };
    let Ok(body) = body.collect().await else {
        return Ok(bare(StatusCode::BAD_REQUEST));
    };
    let body = body.to_bytes();
    let call: Call<'_> = match serde_json::from_slice(&body) {
        Ok(call) if head.method == Method::POST => call,
        _ => return Ok(bare(StatusCode::BAD_REQUEST)),
    };
    // Who goes away meanwhile has made no call.
    let _ = desk.answers.subscribe().wait_for(|answers| *answers).await;
    let book = desk
        .book
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    if let Some(book) = book {
        book.call(kind, &call.saga, call.n, &call.from);
    }
    if head.uri.path() == "/refuse" {
        return Ok(bare(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let text = format!("{{\"answer\":\"{}\"}}", shape::answer(&call.saga, call.n));
    let mut response = Response::new(Full::new(Bytes::from(text)));
    let json = http::HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, json);
    Ok(response)
}

fn bare(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
