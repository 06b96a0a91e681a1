//! The whole orchestrator over a real socket: it answers, and stops in order.

use crate::fake::World;
use baton_orchestrator::{Orchestrator, Outside};
use baton_shared::catalogue::Catalogue;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

async fn get(at: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(at).await.expect("connects");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    answer
}

#[tokio::test]
async fn it_answers_until_it_is_told_to_stop() {
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
    assert!(get(at, "/healthz").await.starts_with("HTTP/1.1 200"));
    let missing = get(at, "/v1/sagas/none").await;
    assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
    assert!(missing.contains("application/problem+json"), "{missing}");
    stop.send(()).expect("it listens");
    let ended = tokio::time::timeout(Duration::from_secs(30), running).await;
    ended.expect("stops").expect("no panic").expect("in order");
    assert!(
        TcpStream::connect(at).await.is_err(),
        "nobody listens any more"
    );
}
