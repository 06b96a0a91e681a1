//! Sagas and records in Redis 7 or later, or Valkey.
//!
//! ```text
//!   batch ─► one pipeline ─► per saga one script (append.lua): check, then write everything of it
//!                            journal, row, list entries, due times: keys of one hash tag {pN}
//! ```
//!
//! The sagas are divided into partitions, a number fixed when the store is first used. A script
//! answers its own repetition like the first time, so that a lost answer may be asked for again.

pub mod answer;
mod connect;
mod error;
mod gather;
mod keys;
mod links;
mod records;
mod scripts;
mod store;
mod trouble;

pub use connect::{ConnectError, connect};

use crate::tls::Tls;
use baton_engine::store::Durability;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many partitions, unless settings say otherwise. Each is a queue of outcomes: the fewer there
/// are, the more outcomes share a message.
pub const PARTITIONS: u16 = 4;

/// Where Redis is and how it is used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS.
    pub url: String,
    /// Into how many partitions sagas are divided: fixed when the store is first used.
    pub partitions: u16,
    /// What all keys start with.
    pub prefix: String,
    pub tls: Option<Tls>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "redis://127.0.0.1:6379".to_owned(),
            partitions: PARTITIONS,
            prefix: "baton".to_owned(),
            tls: None,
        }
    }
}

/// The ports `Store` and `Records` on Redis. Clones share the connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    links: Arc<links::Links>,
    /// For results, which come one by one.
    results: gather::Gather,
    keys: keys::Keys,
    scripts: scripts::Scripts,
    durability: Durability,
    trouble: trouble::Trouble,
}

impl Store {
    /// Into how many partitions the sagas are divided.
    pub fn partitions(&self) -> u16 {
        self.inner.keys.partitions
    }
}
