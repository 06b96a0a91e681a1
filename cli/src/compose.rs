//! Orchestrator and worker in this one process: what `baton dev` and `baton demo` stand on.
//!
//! ```text
//!   listener ──► orchestrator ── queue ──► worker ──► services
//!                     └──────── store ───────┘
//! ```
//!
//! The only place of this crate, besides the two commands, that knows an adapter.

use crate::failure::Failure;
use baton_adapters::clock::SystemClock;
use baton_engine::store::Store;
use baton_orchestrator::{Orchestrator, Outside, Settings};
use baton_shared::catalogue::Catalogue;
use baton_shared::port::{Queue, Records};
use baton_worker::caller::HttpCaller;
use baton_worker::lanes::Pools;
use baton_worker::run::Worker;
use baton_worker::secrets::MachineSecrets;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What a Baton in one process is made of.
pub struct Parts<S, Q> {
    pub store: S,
    pub queue: Q,
    pub catalogue: Catalogue,
    pub listener: TcpListener,
    /// Given a seed of its own.
    pub settings: Settings,
    pub secrets: Option<PathBuf>,
}

/// Resolves when everything should stop.
pub type Stop = Shared<BoxFuture<'static, ()>>;

/// Runs both until `stop`, then drains both.
pub async fn serve<S, Q>(parts: Parts<S, Q>, stop: Stop) -> Result<(), Failure>
where
    S: Store + Records + Clone,
    Q: Queue + Clone,
{
    let clock = SystemClock;
    let secrets = MachineSecrets {
        folder: parts.secrets,
    };
    let caller = HttpCaller::new(&parts.catalogue, secrets, Arc::new(clock))
        .map_err(|fault| Failure::WrongCall(format!("the service catalogue: {fault}")))?;
    let worker = Worker::new(
        Arc::new(parts.queue.clone()),
        Arc::new(parts.store.clone()),
        Arc::new(caller),
        Arc::new(clock),
        Pools::of(&parts.catalogue, &[]),
    )
    .with_spans(parts.settings.spans.clone());
    let orchestrator = Orchestrator {
        outside: Outside {
            store: parts.store.clone(),
            queue: parts.queue,
            records: parts.store,
            clock,
        },
        catalogue: parts.catalogue,
        settings: Settings {
            // Another value for every process, so that the ids it makes are its own.
            seed: RandomState::new().hash_one(std::process::id()),
            ..parts.settings
        },
    };
    // The worker first stops taking jobs; what it finishes while draining the orchestrator may still
    // take, or finds again at the next start.
    let works = worker
        .run(stop.clone())
        .map(|worked| worked.map_err(|error| Failure::System(format!("the worker: {error}"))));
    let decides = orchestrator
        .run(parts.listener, stop)
        .map(|served| served.map_err(|error| Failure::System(error.to_string())));
    futures_util::try_join!(works, decides).map(|_| ())
}

/// A [`Stop`] made of any future.
pub fn stop(when: impl Future<Output = ()> + Send + 'static) -> Stop {
    when.boxed().shared()
}
