//! Real processes, real services, real HTTP: what the scenarios play with.

mod api;
mod program;
mod shop;

pub use api::Api;
pub use program::{Program, Said, run};
pub use shop::{Shop, exactly_once};

use std::time::{Duration, Instant};

/// A port of the loopback interface that nobody listens on at this moment.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Waits until `holds`, looking every 50 ms; says what was waited for when time is up.
pub async fn until<T>(
    what: &str,
    within: Duration,
    mut holds: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = holds().await {
            return found;
        }
        assert!(start.elapsed() < within, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
