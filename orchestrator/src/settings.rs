//! How one orchestrator behaves. Every number here is a limit with a reason.

use crate::door::Protection;
use baton_shared::{Partition, Spans};
use std::time::Duration;

/// Settings of an orchestrator, with defaults that fit one machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many partitions there are in all. Fixed at the first start of a store: outcome queues
    /// and store slots are named by it.
    pub partitions: u16,
    /// The partitions whose outcomes this orchestrator takes; all by default.
    pub owned: Vec<Partition>,
    /// How long a saga that is over is kept.
    pub retention: Duration,
    /// How long after the append an unconfirmed publication is repeated.
    pub duty_after: Duration,
    /// How long after its confirm a publication is noted in the store, unless its saga moved on: much
    /// less than `duty_after`.
    pub settle_after: Duration,
    /// How long a claimed due time is ours.
    pub claim: Duration,
    /// The longest pause between two looks for due times.
    pub poll: Duration,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// How many decided sagas are kept in memory.
    pub cache: usize,
    /// How many requests may wait for the driver before submissions are refused.
    pub waiting: usize,
    /// How many inputs one batch takes of each kind.
    pub batch: usize,
    /// Unacknowledged outcomes of one partition.
    pub prefetch: u16,
    /// Batches that are decided and appended at once, each of other sagas.
    pub deciding: usize,
    /// Batches whose effects are under way at once.
    pub performing: usize,
    /// How often a transition is decided again because somebody else moved the saga.
    pub tries: u32,
    /// TLS and tokens of the API.
    pub protection: Protection,
    /// Store and queue as people see them: kind and URL; passwords in URLs are not shown.
    pub described: Described,
    /// Spreads generated ids and span ids. Two orchestrators need two values; a simulation gives
    /// the same one every time.
    pub seed: u64,
    /// Where the spans of sagas go.
    pub spans: Spans,
}

/// What the adapters are, for `GET /v1/doctor`.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// `embedded`, `redis`
    pub store: String,
    pub store_url: String,
    /// `embedded`, `rabbitmq`
    pub queue: String,
    pub queue_url: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            partitions: 4,
            owned: (0..4).map(Partition).collect(),
            retention: Duration::from_secs(7 * 24 * 3600),
            duty_after: Duration::from_secs(5),
            settle_after: Duration::from_millis(250),
            claim: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            body_limit: 256 * 1024,
            cache: 8192,
            waiting: 10_000,
            batch: 256,
            prefetch: 512,
            deciding: 2,
            performing: 8,
            tries: 5,
            protection: Protection::default(),
            described: Described::default(),
            seed: 0,
            spans: Spans::default(),
        }
    }
}

impl Settings {
    /// The same with another number of partitions, all of them owned.
    #[must_use]
    pub fn with_partitions(mut self, count: u16) -> Self {
        self.partitions = count;
        self.owned = (0..count).map(Partition).collect();
        self
    }
}
