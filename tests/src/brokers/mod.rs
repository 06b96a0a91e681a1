//! Private RabbitMQ and Redis servers for tests.
//!
//! ```text
//!   a test ── start() ─► server in its own process group, own folder, own free ports, loopback only
//!          ── kill() ──► SIGKILL, as a power cut of the process    restart() ─► the same data again
//!          ── drop ────► everything that was started is ended, and nothing else
//! ```
//!
//! The servers are the machine's own packages, or of a folder (`place.rs`); a missing one is an error
//! that says what to install.

mod disk;
mod place;
mod process;
pub mod rabbitmq;
pub mod redis;

pub use disk::SmallDisk;
pub use rabbitmq::RabbitMq;
pub use redis::{Fsync, Redis, RedisSettings};

use std::fmt;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// Why a server could not be started, killed or asked, in one sentence.
#[derive(Clone, Debug)]
pub struct BrokerError(pub String);

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BrokerError {}

fn folder(name: &str) -> Result<tempfile::TempDir, BrokerError> {
    tempfile::Builder::new()
        .prefix(&format!("baton-{name}-"))
        .tempdir()
        .map_err(|error| BrokerError(format!("no folder for {name}: {error}")))
}

/// Waits until somebody accepts connections at `port`, or `alive` says that nobody ever will.
async fn listening(
    port: u16,
    within: Duration,
    mut alive: impl FnMut() -> bool,
) -> Result<(), BrokerError> {
    let deadline = Instant::now() + within;
    loop {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(());
        }
        if !alive() {
            return Err(BrokerError("the server ended while it started".to_owned()));
        }
        if Instant::now() > deadline {
            return Err(BrokerError(format!(
                "nobody listened at port {port} within {within:?}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The end of a log, for an error that shows why a server did not start.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
