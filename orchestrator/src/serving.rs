//! Serves HTTP/1.1 to so many connections at once, and to none that keeps the head of its request to
//! itself.
//!
//! ```text
//!   a place ─► accept ─► connection ── head too slow, or idle ──► closed, the place is free
//!   none left: who comes next waits in the system's queue
//! ```

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// What a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// How long the head of a request may take, from when the connection could bring one: so long may
    /// it be idle too.
    pub(crate) head: Duration,
    /// Connections at once. Many systems give a process 1,024 files, and the store and the services
    /// want theirs.
    pub(crate) connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            connections: 700,
        }
    }
}

/// Serves until `shutdown` resolves and open requests are answered.
pub(crate) async fn serve(
    mut listener: impl Listener,
    router: Router,
    bounds: Bounds,
    shutdown: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(bounds.head);
    let places = Arc::new(Semaphore::new(bounds.connections));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (stream, _from)) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            next = next => next,
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // Not worth a warning: everybody who can connect can cause it.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_secs(30);

    async fn serving(bounds: Bounds) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let router = Router::new().route("/", get(async || "well"));
        tokio::spawn(serve(listener, router, bounds, std::future::pending()));
        at
    }

    async fn connected(at: SocketAddr, sent: &str) -> TcpStream {
        let mut stream = TcpStream::connect(at).await.expect("connects");
        stream.write_all(sent.as_bytes()).await.expect("writes");
        stream
    }

    /// What comes until the other side closes.
    async fn rest(mut stream: TcpStream) -> String {
        let mut said = String::new();
        let read = timeout(SOON, stream.read_to_string(&mut said)).await;
        read.expect("it closes").expect("reads");
        said
    }

    async fn is_served(at: SocketAddr) {
        let ask = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let said = rest(connected(at, ask).await).await;
        assert!(
            said.starts_with("HTTP/1.1 200") && said.ends_with("well"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn half_a_head_is_not_waited_for_and_others_are_served_meanwhile() {
        let bounds = Bounds {
            head: Duration::from_millis(300),
            ..Bounds::default()
        };
        let at = serving(bounds).await;
        let halves = ["", "GET / HT", "GET / HTTP/1.1\r\nhost: x\r\nx-more: "];
        let mut open = Vec::new();
        for half in halves {
            open.push(tokio::spawn(rest(connected(at, half).await)));
        }
        is_served(at).await;
        for half in open {
            assert_eq!(half.await.expect("no panic"), "", "closed without a word");
        }
    }

    #[tokio::test]
    async fn a_head_that_comes_in_pieces_is_taken_within_its_time() {
        let at = serving(Bounds::default()).await;
        let mut stream = connected(at, "GET / HTTP/1.1\r\nho").await;
        tokio::task::yield_now().await;
        let more = "st: x\r\nconnection: close\r\n\r\n";
        stream.write_all(more.as_bytes()).await.expect("writes");
        assert!(rest(stream).await.ends_with("well"));
    }

    #[tokio::test]
    async fn who_finds_no_place_waits_for_one() {
        let bounds = Bounds {
            head: SOON,
            connections: 2,
        };
        let at = serving(bounds).await;
        let (one, two) = (connected(at, "GET").await, connected(at, "GET").await);
        let third = tokio::spawn(is_served(at));
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!third.is_finished(), "two places were taken");
        drop(one);
        timeout(SOON, third)
            .await
            .expect("a place is free")
            .expect("served");
        drop(two);
    }
}
