//! Notes in the store that jobs are published, unless their saga moves on by itself before.
//!
//! ```text
//!   all confirmed ─► waits `settle_after` ─► nothing happened ─► duty settled
//!                          ▲            └─► moved on: its transition said what is owed now ─┐
//!                          └──────────────────────────────── published too ◄────────────────┘
//! ```
//!
//! A quick service answers before that, and the transition that follows replaces the duty: a write less
//! for each of its steps. Invariant: what is not noted is published again when its duty is due, so a
//! crash may repeat, marked as such, what was published in the last `settle_after` and not answered
//! since.

use super::Shared;
use super::ledger::Look;
use crate::outside::Ports;
use baton_engine::store::{Settled, Store};
use baton_shared::port::Clock;
use baton_shared::{SagaId, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;

/// What comes due within it is noted together.
const TOGETHER: Duration = Duration::from_millis(50);

/// Sagas in the order in which they are looked at again.
type Line = VecDeque<(Timestamp, SagaId)>;

/// Settles what is `published` in its time, until nothing more will be; then all that is left at once.
pub(super) async fn settle_all<P: Ports>(
    shared: &Shared<P>,
    mut published: mpsc::UnboundedReceiver<Vec<SagaId>>,
) {
    let (clock, after) = (shared.ports.clock(), shared.settings.settle_after);
    let mut line = Line::new();
    loop {
        let next = line.front().map_or(Timestamp(u64::MAX), |(at, _)| *at);
        // Dying in this wait, or before what it leads to: the duties come due.
        tokio::select! {
            biased;
            () = clock.sleep_until(next), if !line.is_empty() => {
                let due = take_due(shared, &mut line, clock.now().after(TOGETHER));
                settle(shared, due).await;
            }
            sagas = published.recv() => match sagas {
                Some(sagas) => {
                    let at = clock.now().after(after);
                    line.extend(sagas.into_iter().map(|saga| (at, saga)));
                }
                None => break,
            }
        }
    }
    let rest = take_due(shared, &mut line, Timestamp(u64::MAX));
    settle(shared, rest).await;
}

/// What may be noted of all that is looked at `until` then. What is on the move waits on in the line.
fn take_due<P: Ports>(shared: &Shared<P>, line: &mut Line, until: Timestamp) -> Vec<Settled> {
    let after = shared.settings.settle_after;
    let mut due = Vec::new();
    while let Some((_, saga)) = line.pop_front_if(|(at, _)| *at <= until) {
        match shared.ledger.look(&saga, after, until) {
            Look::Settle(at) => due.push(Settled {
                saga,
                at,
                duty: true,
                timer: None,
            }),
            Look::Later(at) => line.push_back((at, saga)),
            Look::Leave => {}
        }
    }
    due
}

/// Does nothing about a saga that somebody else moved on.
pub(super) async fn settle<P: Ports>(shared: &Shared<P>, batch: Vec<Settled>) {
    if batch.is_empty() {
        return;
    }
    // Before: the duty comes due and the jobs are published again, marked as such. After: the saga
    // waits for its outcome or its deadline.
    if let Err(error) = shared.ports.store().settle(batch).await {
        tracing::debug!(%error, "publications not noted; they are repeated");
    }
}
