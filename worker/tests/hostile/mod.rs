//! A tiny TCP server that answers badly, byte by byte as a test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is done with a connection after the head of a request came.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Sends these bytes, then closes.
    Say(Vec<u8>),
    /// Sends these bytes and keeps the connection for the next request.
    SayAndStay(Vec<u8>),
    /// Sends the first, then the second over and over, with a pause, until the peer leaves.
    Forever(Vec<u8>, Vec<u8>, Duration),
    /// Says nothing until the peer leaves.
    Hang,
    /// Closes without a word.
    Close,
}

/// A running server. Stops when dropped.
pub(crate) struct Hostile {
    pub url: String,
    pub host: String,
    /// The requests as they came, head and body.
    pub seen: Arc<Mutex<Vec<String>>>,
    pub connections: Arc<Mutex<usize>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hostile {
    /// Listens on a free port and answers every request in this manner.
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let (notes, count) = (seen.clone(), connections.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().expect("lock") += 1;
                tokio::spawn(serve(stream, manner.clone(), notes.clone()));
            }
        });
        Self {
            url: format!("http://{host}"),
            host,
            seen,
            connections,
            task,
        }
    }

    pub(crate) async fn say(text: impl Into<Vec<u8>>) -> Self {
        Self::start(Manner::Say(text.into())).await
    }

    /// The head of the only request that came.
    pub(crate) fn request(&self) -> String {
        let seen = self.seen.lock().expect("lock");
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }
}

async fn serve(mut stream: TcpStream, manner: Manner, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        seen.lock().expect("lock").push(request);
        match &manner {
            Manner::Say(bytes) => {
                let _peer_may_be_gone = stream.write_all(bytes).await;
                return;
            }
            Manner::SayAndStay(bytes) => {
                if stream.write_all(bytes).await.is_err() {
                    return;
                }
            }
            Manner::Forever(first, again, pause) => {
                if stream.write_all(first).await.is_err() {
                    return;
                }
                while stream.write_all(again).await.is_ok() {
                    tokio::time::sleep(*pause).await;
                }
                return;
            }
            Manner::Hang => {
                let _closed = stream.read(&mut [0; 16]).await;
                return;
            }
            Manner::Close => return,
        }
    }
}

/// One request with its body; `None` when the peer left.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")
                        .map(str::to_owned)
                })
                .map_or(0, |length| length.parse().expect("a length"));
            if body.len() >= length {
                return Some(text);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}
