//! The driver: the one loop that owns I/O.
//!
//! **Load, decide, append, perform, acknowledge: in that order, and nothing is performed that was
//! not appended.**
//!
//! ```text
//!   inbox ──► receive ─┐
//!   store ──► claim   ─┼─► intake ─► stage one: gather, decide, ONE append ─┐   one batch of a saga
//!   API   ──► requests ┘     ▲                                              ▼   after the other
//!                            └── could not handle, could not keep ─ stage two: acknowledge,
//!                                                                   publish               concurrent
//!                                                                      └─► settle, where nothing follows
//! ```
//!
//! While the second stage of a batch waits for confirms, the first stage of the next one goes on.
//! Everything runs inside one future: dropping it at any await is a crash, and a new driver on the
//! same store goes on.
//!
//! Invariant: no task is spawned here, and no runtime's clock or socket is touched.

mod backlog;
mod claim;
mod conclude;
mod decide;
mod intake;
mod ledger;
mod perform;
#[cfg(feature = "planted")]
mod planted;
pub mod request;
mod settle;
mod share;
mod span;
mod stage;
mod turn;
pub mod watch;

use crate::definitions::Definitions;
use crate::ids::Ids;
use crate::metrics::Metrics;
use crate::outside::Ports;
use crate::settings::Settings;
use baton_shared::port::{Lane, Queue, QueueError, Source};
use baton_shared::{SagaId, Traceparent};
use futures_util::FutureExt;
use request::Request;
use std::sync::Arc;
use tokio::sync::mpsc;
use watch::Watchers;

/// What driver and API share.
#[derive(Debug)]
pub struct Shared<P> {
    pub ports: Arc<P>,
    pub settings: Settings,
    pub definitions: Definitions<P>,
    pub metrics: Metrics,
    pub ids: Ids,
    pub watchers: Watchers,
    ledger: ledger::Ledger,
    alarm: claim::Alarm,
}

impl<P: Ports> Shared<P> {
    pub fn new(ports: Arc<P>, definitions: Definitions<P>, settings: Settings) -> Self {
        Self {
            ports,
            definitions,
            metrics: Metrics::default(),
            ids: Ids::new(settings.seed),
            settings,
            watchers: Watchers::default(),
            ledger: ledger::Ledger::default(),
            alarm: claim::Alarm::default(),
        }
    }

    /// The trace a new saga belongs to: the submitter's span, or the saga's own if there is none.
    fn traceparent(&self, from: Option<&str>, saga: &SagaId) -> String {
        let (trace, begun) = match from.and_then(Traceparent::parse) {
            Some(trace) => (trace, false),
            None => (Traceparent::root(&self.ids.long(), saga), true),
        };
        self.settings.spans.mark(trace, begun).show()
    }
}

/// Drives sagas until `stop` resolves; then takes nothing more, finishes what is under way and
/// returns.
pub async fn drive<P: Ports>(
    shared: &Shared<P>,
    requests: mpsc::Receiver<Request>,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), QueueError> {
    let stop = stop.shared();
    let mut inbox = shared.ports.queue().open(source(&shared.settings)).await?;
    let (deliveries_in, deliveries) = mpsc::channel(1);
    let (due_in, due) = mpsc::channel(1);
    let (performances_in, performances) = mpsc::channel(1);
    let (returned_in, returned) = mpsc::unbounded_channel();
    let (published_in, published) = mpsc::unbounded_channel();
    let intake = intake::Intake::new(deliveries, due, requests, returned);
    let stop_asking = stop.clone();
    futures_util::join!(
        until(
            stop.clone(),
            intake::receive(&mut inbox, shared.settings.batch, deliveries_in)
        ),
        until(stop.clone(), claim::claim(shared, due_in)),
        share::decide_all(
            shared,
            intake,
            returned_in.clone(),
            performances_in,
            stop_asking
        ),
        perform::perform_all(shared, performances, returned_in, published_in),
        settle::settle_all(shared, published),
    );
    // Not before: what is acknowledged once its inbox is gone comes again.
    drop(inbox);
    Ok(())
}

async fn until(stop: impl Future<Output = ()>, work: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = stop => {}
        () = work => {}
    }
}

fn source(settings: &Settings) -> Source {
    let outcomes = settings
        .owned
        .iter()
        .map(|partition| Lane::Outcomes(*partition));
    let lanes = outcomes.chain([Lane::Dead]);
    Source {
        lanes: lanes.map(|lane| (lane, settings.prefetch)).collect(),
    }
}
