//! What is measured: Baton as its users run it, and what it is compared with.

mod baton;
mod brokers;
mod ceiling;
mod celery;
mod helper;
mod restate;
mod rig;

pub use baton::Baton;
pub use brokers::Brokers;
pub use ceiling::Ceiling;
pub use helper::Helper;
pub use rig::{Rig, System, folder};

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Where sagas are submitted, and in which words.
#[derive(Clone)]
pub enum Entry {
    /// The APIs of Baton's orchestrators.
    Baton(Vec<SocketAddr>),
    /// The ingress of Restate.
    Restate(SocketAddr),
    /// A program that publishes Celery's tasks.
    Celery(Arc<Mutex<Helper>>),
}
