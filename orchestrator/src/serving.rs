//! Serves HTTP/1.1 to so many connections at once, and to none that keeps the head of its request to
//! itself.
//!
//! ```text
//!   a place ─► accept ─► connection ── head too slow, or idle ──► closed, the place is free
//!   none left: who comes next waits in the system's queue; meanwhile every answer is the last on its
//!   connection, and who has been idle for a second leaves
//! ```
//!
//! Clients keep connections for their next request. Without that last rule, who found no place would wait
//! until others had been idle for long.

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Request, Response};
use axum::serve::Listener;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};

/// While there is no place, one more connection is asked whether it is idle after each of these.
const PRESS: Duration = Duration::from_millis(1);
/// So long idle, a client will hardly send its next request in the moment in which we close.
const IDLE: Duration = Duration::from_secs(1);

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
    let crowd = Arc::new(Crowd::default());
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = crowd.place(&places).await;
            (place, listener.accept().await)
        };
        let (place, (stream, _from)) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            next = next => next,
        };
        let guest = Arc::new(Guest::default());
        let service = answering(router.clone(), crowd.clone(), guest.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service_fn(service));
        let leave = leave(crowd.clone(), guest, stopping.clone());
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                // A request that is there is read first.
                biased;
                ended = connection.as_mut() => ended,
                () = leave => {
                    // At once where it is idle, after the answer where it is not.
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            // Not worth a warning: everybody who can connect can cause it.
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    stop.send_replace(true);
    let all = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
    let _ended = places.acquire_many(all).await;
}

/// Whether somebody waits for a place.
#[derive(Default)]
struct Crowd {
    waits: AtomicBool,
    /// Wakes one connection, those that were not asked for longest first.
    ask: Notify,
}

impl Crowd {
    /// A place, as soon as there is one.
    async fn place(&self, places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        let mut free = pin!(places.clone().acquire_owned());
        loop {
            if let Ok(place) = timeout(PRESS, free.as_mut()).await {
                self.waits.store(false, Ordering::Relaxed);
                // Nobody closes it.
                return place.ok();
            }
            self.waits.store(true, Ordering::Relaxed);
            self.ask.notify_one();
        }
    }
}

/// One connection: since when it is idle. None before its first answer and while there is a request.
#[derive(Default)]
struct Guest(Mutex<Option<Instant>>);

impl Guest {
    fn idle_since(&self, when: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = when;
    }

    fn is_idle(&self) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() >= IDLE)
    }
}

/// Answers by the router; while others wait for a place, each answer is the last of its connection.
fn answering(
    router: Router,
    crowd: Arc<Crowd>,
    guest: Arc<Guest>,
) -> impl Fn(Request<Incoming>) -> BoxFuture<'static, Result<Response<Body>, Infallible>> {
    let router = TowerToHyperService::new(router);
    move |request| {
        guest.idle_since(None);
        let (answer, crowd, guest) = (router.call(request), crowd.clone(), guest.clone());
        async move {
            let mut answer = answer.await?;
            if crowd.waits.load(Ordering::Relaxed) {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(CONNECTION, close);
            }
            guest.idle_since(Some(Instant::now()));
            Ok(answer)
        }
        .boxed()
    }
}

/// Resolves when this connection is to end: others wait and it is idle, or all ends.
async fn leave(crowd: Arc<Crowd>, guest: Arc<Guest>, mut stopping: watch::Receiver<bool>) {
    let makes_room = async {
        loop {
            crowd.ask.notified().await;
            if guest.is_idle() {
                return;
            }
        }
    };
    tokio::select! {
        () = makes_room => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    const SOON: Duration = Duration::from_secs(30);

    async fn serving(bounds: Bounds) -> SocketAddr {
        serving_also(bounds, Router::new()).await
    }

    async fn serving_also(bounds: Bounds, more: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let router = more.route("/", get(async || "well"));
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

    /// A connection that was answered and is kept.
    async fn idle(at: SocketAddr) -> TcpStream {
        let mut stream = connected(at, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let mut said = Vec::new();
        while !said.ends_with(b"well") {
            let read = timeout(SOON, stream.read_buf(&mut said)).await;
            assert_ne!(read.expect("it answers").expect("reads"), 0, "it closed");
        }
        stream
    }

    #[tokio::test]
    async fn who_is_idle_makes_room() {
        let bounds = Bounds {
            head: 100 * SOON,
            connections: 2,
        };
        let at = serving(bounds).await;
        let (one, two) = (idle(at).await, idle(at).await);
        for _ in 0..3 {
            timeout(SOON, is_served(at)).await.expect("there is room");
        }
        drop((one, two));
    }

    #[tokio::test]
    async fn while_others_wait_an_answer_is_the_last() {
        let bounds = Bounds {
            head: 100 * SOON,
            connections: 1,
        };
        let at = serving(bounds).await;
        let mut busy = idle(at).await;
        let other = tokio::spawn(is_served(at));
        let ask = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let mut said = Vec::new();
        while !String::from_utf8_lossy(&said).contains("connection: close") {
            busy.write_all(ask).await.expect("it is open until told");
            let read = timeout(SOON, busy.read_buf(&mut said)).await;
            assert_ne!(read.expect("it answers").expect("reads"), 0, "untold");
        }
        other.await.expect("and then the other one");
    }

    #[tokio::test]
    async fn who_is_being_answered_is_answered() {
        let bounds = Bounds {
            head: 100 * SOON,
            connections: 1,
        };
        let go_on = Arc::new(Notify::new());
        let held = go_on.clone();
        let slow = get(async move || {
            held.notified().await;
            "at last"
        });
        let at = serving_also(bounds, Router::new().route("/slow", slow)).await;
        let one = connected(at, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let one = tokio::spawn(rest(one));
        let two = tokio::spawn(is_served(at));
        tokio::time::sleep(20 * PRESS).await;
        assert!(!one.is_finished() && !two.is_finished(), "both wait");
        go_on.notify_one();
        assert!(one.await.expect("no panic").ends_with("at last"));
        two.await.expect("and then the next one");
    }
}
