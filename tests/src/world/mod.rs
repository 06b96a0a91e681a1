//! Real processes, real services, real HTTP: what the scenarios play with.

mod api;
mod program;
mod shop;

pub use crate::port::free_port;
pub use api::Api;
pub use program::{Program, Said, run};
pub use shop::{Shop, exactly_once};

use std::time::{Duration, Instant};

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
