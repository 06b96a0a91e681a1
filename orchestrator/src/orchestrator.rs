//! The orchestrator as a whole: driver and API over injected ports, listener and shutdown.

use crate::definitions::Definitions;
use crate::desk::Desk;
use crate::door::{Door, DoorError};
use crate::driver::{Shared, drive};
use crate::http::{Api, router};
use crate::outside::Outside;
use crate::settings::Settings;
use baton_engine::store::Store;
use baton_shared::catalogue::Catalogue;
use baton_shared::port::{Clock, Queue, QueueError, Records};
use futures_util::FutureExt;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long open requests and publications may take to end once we stop.
const GRACE: Duration = Duration::from_secs(10);

/// One orchestrator. Any number of them may work on the same store and queue.
#[derive(Debug)]
pub struct Orchestrator<S, Q, R, K> {
    pub outside: Outside<S, Q, R, K>,
    pub catalogue: Catalogue,
    pub settings: Settings,
}

/// Why it did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error("the outcome queues cannot be used: {0}")]
    Queue(#[from] QueueError),
    #[error("the API does not listen any more: {0}")]
    Listen(#[from] io::Error),
}

impl<S: Store, Q: Queue, R: Records, K: Clock> Orchestrator<S, Q, R, K> {
    /// Serves until `shutdown` resolves; then takes nothing more, finishes what is under way and
    /// returns. Dropping the future instead is a crash, which loses nothing that was answered.
    pub async fn run(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let ports = Arc::new(self.outside);
        let door = Door::open(listener, &self.settings.protection)?;
        if let Some(warning) = door.exposure.warning() {
            tracing::warn!("{warning}");
        }
        let definitions = Definitions::new(ports.clone(), self.catalogue);
        let shared = Arc::new(Shared::new(ports.clone(), definitions, self.settings));
        let (desk, requests) = Desk::new(shared.clone());
        let api = Api {
            desk,
            gate: door.gate.clone(),
            exposure: door.exposure,
        };
        let shutdown = shutdown.shared();
        let late = async {
            shutdown.clone().await;
            let clock = &ports.clock;
            clock.sleep_until(clock.now().after(GRACE)).await;
        };
        let serve = door.serve(router(Arc::new(api)), shutdown.clone());
        let driver = drive(&shared, requests, shutdown.clone());
        let both = async {
            // The first that fails ends both: half an orchestrator helps nobody.
            let serve = serve.map(Ok);
            let driver = driver.map(|driven| driven.map_err(ServeError::from));
            futures_util::try_join!(serve, driver).map(|((), ())| ())
        };
        tokio::select! {
            biased;
            ended = both => ended,
            () = late => {
                tracing::warn!("stopped with work under way; it goes on at the next start");
                Ok(())
            }
        }
    }
}
