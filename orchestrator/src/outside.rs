//! The outside, as one value: the four ports that everything in the orchestrator goes through.
//!
//! [`Ports`] gathers their types so that driver and API carry one type parameter instead of four.

use baton_engine::store::Store;
use baton_shared::port::{Clock, Queue, Records};

/// The ports of one orchestrator. Implemented once, by [`Outside`].
pub trait Ports: Send + Sync + 'static {
    type Store: Store;
    type Queue: Queue;
    type Records: Records;
    type Clock: Clock;

    fn store(&self) -> &Self::Store;
    fn queue(&self) -> &Self::Queue;
    fn records(&self) -> &Self::Records;
    fn clock(&self) -> &Self::Clock;
}

/// One adapter a port.
#[derive(Debug)]
pub struct Outside<S, Q, R, K> {
    pub store: S,
    pub queue: Q,
    pub records: R,
    pub clock: K,
}

impl<S: Store, Q: Queue, R: Records, K: Clock> Ports for Outside<S, Q, R, K> {
    type Store = S;
    type Queue = Q;
    type Records = R;
    type Clock = K;

    fn store(&self) -> &S {
        &self.store
    }
    fn queue(&self) -> &Q {
        &self.queue
    }
    fn records(&self) -> &R {
        &self.records
    }
    fn clock(&self) -> &K {
        &self.clock
    }
}
