//! The whole orchestrator over a real socket: it answers, and stops in order.

use crate::fake::World;
use baton_orchestrator::{Orchestrator, Outside, ServeError};
use baton_shared::catalogue::Catalogue;
use baton_shared::port::Clock;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

async fn get(at: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(at).await.expect("connects");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    answer
}

/// An orchestrator that listens, how to stop it, and its end.
struct Serving {
    world: World,
    at: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), ServeError>>,
}

impl Serving {
    async fn start() -> Self {
        let world = World::default();
        let orchestrator = Orchestrator {
            outside: Outside {
                store: world.store.clone(),
                queue: world.queue.clone(),
                records: world.store.clone(),
                clock: world.clock.clone(),
            },
            catalogue: Catalogue::default(),
            settings: World::settings(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let at = listener.local_addr().expect("address");
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(orchestrator.run(listener, async move {
            let _told = stopped.await;
        }));
        Self {
            world,
            at,
            stop,
            running,
        }
    }

    /// A submission of which the half is sent, and being read.
    async fn half(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.at).await.expect("connects");
        let head = format!(
            "POST /v1/sagas HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             expect: 100-continue\r\ncontent-length: 100\r\n\r\n",
            self.at
        );
        stream.write_all(head.as_bytes()).await.expect("writes");
        // It asks for the body once a handler reads it.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.expect("reads");
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(b"{\"workflow\"").await.expect("writes");
        stream
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(30), read).await;
    read.expect("an end").expect("reads");
    answer
}

#[tokio::test]
async fn it_answers_until_it_is_told_to_stop() {
    let serving = Serving::start().await;
    let at = serving.at;
    assert!(get(at, "/healthz").await.starts_with("HTTP/1.1 200"));
    let missing = get(at, "/v1/sagas/none").await;
    assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
    assert!(missing.contains("application/problem+json"), "{missing}");
    serving.stop.send(()).expect("it listens");
    let ended = tokio::time::timeout(Duration::from_secs(30), serving.running).await;
    ended.expect("stops").expect("no panic").expect("in order");
    assert!(
        TcpStream::connect(at).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let serving = Serving::start().await;
    let from = serving.world.clock.now();
    let answer = tokio::spawn(rest(serving.half().await));
    while !answer.is_finished() {
        serving.world.clock.tick();
        tokio::time::sleep(Duration::from_millis(1)).await;
        let passed = serving.world.clock.now().since(from);
        assert!(passed < Duration::from_secs(3600), "no answer");
    }
    let answer = answer.await.expect("no panic");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":\"body-too-slow\""), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(serving.world.clock.now().since(from) >= Duration::from_secs(10));
}

#[tokio::test]
async fn a_half_sent_body_does_not_hold_up_the_end() {
    let serving = Serving::start().await;
    let half = serving.half().await;
    serving.stop.send(()).expect("it listens");
    // The clock stands still: only the end itself can end the reading.
    let ended = tokio::time::timeout(Duration::from_secs(30), serving.running).await;
    ended.expect("stops").expect("no panic").expect("in order");
    let answer = rest(half).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("\"code\":\"stopping\""), "{answer}");
}
