//! What is measured: Baton as its users run it, and what it is compared with.

mod baton;
mod brokers;
mod ceiling;
mod helper;
mod rig;

pub use baton::Baton;
pub use brokers::Brokers;
pub use ceiling::Ceiling;
pub use rig::{Rig, System, folder};

use std::net::SocketAddr;

/// Where sagas are submitted, and in which words.
#[derive(Clone, Debug)]
pub enum Entry {
    /// The APIs of Baton's orchestrators.
    Baton(Vec<SocketAddr>),
}

impl Entry {
    /// The address for the client of this number.
    pub fn at(&self, client: usize) -> SocketAddr {
        match self {
            Self::Baton(apis) => apis[client % apis.len()],
        }
    }
}
