//! The contract, and the faults, on real RabbitMQ and Redis servers.
//!
//! Each test starts its own servers and prints one line about what ran on them.

mod acks;
mod rabbitmq;
mod redis;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(40);

/// A prefix that nobody has used: what starts with it is empty.
fn fresh() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn ran(server: &str, what: &str) {
    println!("ran on {server}: {what}");
}

/// Waits until `what` holds, and fails when it does not within [`PATIENCE`].
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
