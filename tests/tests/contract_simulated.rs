//! The simulated adapters keep the laws of their ports, and the simulated services those of a service: what
//! holds in the simulation could hold outside.

use baton_simulation::queue::SimQueue;
use baton_simulation::service::{Call, Services};
use baton_simulation::store::SimStore;
use baton_simulation::world::{Port, Who, World};
use baton_tests::contract;
use baton_tests::contract::service::{Answer, Asks, Keeps, Service};
use serde_json::Value;
use std::sync::Mutex;

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

/// Each as far as its kind goes. None compares bodies: that Baton sends the same is a law of the simulation.
#[tokio::test]
async fn services() {
    for (name, tombstones, rejections) in [
        ("keyed", false, false),
        ("tombstones", true, false),
        ("final", true, true),
    ] {
        eprintln!("service: {name}");
        let keeps = Keeps {
            bodies: false,
            tombstones,
            rejections,
        };
        contract::service::exercise(keeps, async || SimService::new(name)).await;
    }
}

/// The laws tell a service that keeps them from one that does not.
#[tokio::test]
#[should_panic(expected = "the same key has one effect")]
async fn a_service_that_ignores_keys_is_found() {
    contract::service::exercise(Keeps::default(), async || SimService::new("plain")).await;
}

/// One of the services; its name says its kind. Bodies of its answers are made by the network, of status
/// and key alone.
struct SimService {
    name: &'static str,
    services: Mutex<Services>,
}

impl SimService {
    fn new(name: &'static str) -> Self {
        let services = Mutex::default();
        Self { name, services }
    }
}

impl Service for SimService {
    async fn call(&self, key: &str, asks: Asks<'_>) -> Answer {
        let compensates = match asks {
            Asks::Undo(forward) => Some(forward.to_owned()),
            Asks::Step(_) | Asks::Refused => None,
        };
        let call = Call {
            service: self.name.to_owned(),
            method: "POST".to_owned(),
            path: "/do".to_owned(),
            query: String::new(),
            body: Vec::new(),
            key: key.to_owned(),
            saga: "saga".to_owned(),
            step: "step".to_owned(),
            attempt: 1,
            compensates,
        };
        let mut services = self.services.lock().expect("no service panics");
        let status = match asks {
            // To be refused befalls a call here, whatever it asks: the first that comes, and no copy.
            Asks::Refused if services.calls == 0 => services.refuse(&call, 422),
            _ => services.done(&call, 0),
        };
        (status, Value::Null)
    }

    async fn standing(&self, key: &str) -> u64 {
        let services = self.services.lock().expect("no service panics");
        let effect = services.effects.get(key);
        let stands = effect.filter(|effect| effect.standing);
        stands.map_or(0, |effect| u64::from(effect.times))
    }
}

/// Of a new world, in which everything is done when it is asked for.
fn port() -> Port {
    World::prompt().port(Who {
        process: 0,
        life: 1,
    })
}
