//! The five steps as a Restate handler: what a Baton workflow says in YAML, said in Rust.
//!
//! Takes the address to listen at and the address of the service. Sockets in both directions send at
//! once (TCP_NODELAY): without it small messages wait for acknowledgements.

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use restate_sdk::endpoint::Endpoint;
use restate_sdk::hyper::HyperEndpoint;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock};
use tokio::net::{TcpListener, TcpStream};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What a saga is started with.
#[derive(Deserialize, Serialize)]
struct Input {
    saga: String,
    answer: String,
    text: String,
    /// The fifth step is to be refused.
    #[serde(default)]
    refused: bool,
}

#[derive(Serialize)]
struct Call<'a> {
    saga: &'a str,
    n: usize,
    from: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    answer: String,
}

struct Five;

#[service]
impl Five {
    #[handler]
    async fn run(&self, ctx: Context<'_>, Json(input): Json<Input>) -> Result<String, HandlerError> {
        let mut answers = vec![input.answer.clone()];
        for n in 1..=5 {
            let path = if input.refused && n == 5 { "/refuse" } else { "/step" };
            match step(&ctx, path, &input, n, &answers[n - 1]).await {
                Ok(answer) => answers.push(answer),
                Err(refusal) => {
                    for n in (1..n).rev() {
                        step(&ctx, "/undo", &input, n, &answers[n]).await?;
                    }
                    return Err(refusal.into());
                }
            }
        }
        Ok(answers.pop().unwrap_or_default())
    }
}

/// One call, whose answer is kept: it is not made again once it was.
async fn step(
    ctx: &Context<'_>,
    path: &'static str,
    input: &Input,
    n: usize,
    from: &str,
) -> Result<String, TerminalError> {
    let call = Call { saga: &input.saga, n, from, text: &input.text };
    let body = Bytes::from(serde_json::to_vec(&call).expect("plain data"));
    ctx.run(move || post(path, body)).name(format!("{path}{n}")).await
}

/// Kept connections that nobody uses at the moment.
static FREE: Mutex<Vec<SendRequest<Full<Bytes>>>> = Mutex::new(Vec::new());
static SERVICE: OnceLock<SocketAddr> = OnceLock::new();

async fn post(path: &'static str, body: Bytes) -> Result<String, HandlerError> {
    let kept = FREE.lock().expect("nobody panics").pop();
    let mut sender = match kept {
        Some(sender) if !sender.is_closed() => sender,
        _ => connect().await?,
    };
    let request = Request::post(path)
        .header("host", "service")
        .header("content-type", "application/json")
        .body(Full::new(body))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    FREE.lock().expect("nobody panics").push(sender);
    match status.as_u16() {
        200 => Ok(serde_json::from_slice::<Answer>(&body)?.answer),
        422 => Err(TerminalError::new_with_code(422, "refused").into()),
        _ => Err(format!("the service answered {status}").into()),
    }
}

async fn connect() -> Result<SendRequest<Full<Bytes>>, HandlerError> {
    let at = SERVICE.get().ok_or("no service")?;
    let stream = TcpStream::connect(at).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let mut address = || -> SocketAddr {
        let word = args.next().expect("LISTEN SERVICE");
        word.parse().expect("an address")
    };
    let (listen, service) = (address(), address());
    SERVICE.set(service).expect("set once");
    let listener = TcpListener::bind(listen).await.expect("a free port");
    let endpoint = HyperEndpoint::new(Endpoint::builder().bind(Five).build());
    loop {
        let (stream, _) = listener.accept().await.expect("connections");
        stream.set_nodelay(true).expect("a socket");
        let served = hyper::server::conn::http2::Builder::new(TokioExecutor::default())
            .serve_connection(TokioIo::new(stream), endpoint.clone());
        tokio::spawn(served);
    }
}
