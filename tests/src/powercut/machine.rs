//! A machine that runs Baton until its power goes.

use crate::world::Api;
use baton_adapters::clock::SystemClock;
use baton_adapters::embedded::{Queue, RamDisk, Settings, Store};
use baton_engine::store::{Durability, Store as _};
use baton_orchestrator::{self as orchestrator, Orchestrator, Outside};
use baton_shared::catalogue::Catalogue;
use baton_shared::port::StoreError;
use baton_worker::{HttpCaller, MachineSecrets, Pools, Worker};
use std::future::pending;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Small, so that segments are filled, left and given back within a life.
const SEGMENT: u32 = 128 * 1024;

/// Orchestrator and worker in one runtime; dropping it is the power cut of a process: no await comes
/// to its end.
pub(super) struct Machine {
    runtime: Option<Runtime>,
    store: Store,
    base: String,
}

impl Machine {
    /// Opens the store and starts; fails when the power goes before.
    pub(super) fn boot(
        disk: &RamDisk,
        durability: Durability,
        catalogue: &Catalogue,
    ) -> Result<Self, StoreError> {
        let settings = Settings {
            durability,
            segment_bytes: SEGMENT,
            ..Settings::default()
        };
        let store = Store::open_on(Arc::new(disk.clone()), settings)?;
        let runtime = runtime("machine");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let clock = SystemClock;
        let queue = Queue::default();
        let caller = HttpCaller::new(catalogue, MachineSecrets::default(), Arc::new(clock));
        let worker = Worker::new(
            Arc::new(queue.clone()),
            Arc::new(store.clone()),
            Arc::new(caller.expect("the catalogue can be called")),
            Arc::new(clock),
            Pools::of(catalogue, &[]),
        );
        let orchestrator = Orchestrator {
            outside: Outside {
                store: store.clone(),
                queue,
                records: store.clone(),
                clock,
            },
            catalogue: catalogue.clone(),
            settings: orchestrator::Settings::default(),
        };
        // They end with the power only; what they say then is for nobody.
        runtime.spawn(async move { worker.run(pending()).await });
        runtime.spawn(orchestrator.run(listener, pending()));
        Ok(Self {
            runtime: Some(runtime),
            store,
            base,
        })
    }

    pub(super) fn api(&self) -> Api {
        Api::new(&self.base)
    }

    /// Whether the store has noticed that the power is gone.
    pub(super) fn in_the_dark(&self) -> bool {
        self.store.trouble().is_some()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Two threads, named for whoever looks at them.
pub(super) fn runtime(name: &str) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(name)
        .enable_all()
        .build()
        .expect("a runtime")
}
