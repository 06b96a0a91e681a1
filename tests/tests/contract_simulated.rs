//! The simulated adapters keep the laws of their ports: what holds in the simulation could hold outside.

use baton_simulation::queue::SimQueue;
use baton_simulation::store::SimStore;
use baton_simulation::world::{Port, Who, World};
use baton_tests::contract;

#[tokio::test]
async fn queue() {
    contract::queue::exercise(async || SimQueue(port())).await;
}

#[tokio::test]
async fn store() {
    contract::store::exercise(async || SimStore(port())).await;
}

#[tokio::test]
async fn records() {
    contract::records::exercise(async || SimStore(port())).await;
}

/// Of a new world, in which everything is done when it is asked for.
fn port() -> Port {
    World::prompt().port(Who {
        process: 0,
        life: 1,
    })
}
