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
                let due = take_due(shared, &mut line);
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
    let rest = line.into_iter().filter_map(|(_, saga)| {
        let Look::Settle(at) = shared.ledger.look(&saga, Timestamp(u64::MAX)) else {
            return None;
        };
        Some(settled(saga, at))
    });
    settle(shared, rest.collect()).await;
}

fn take_due<P: Ports>(shared: &Shared<P>, line: &mut Line) -> Vec<Settled> {
    let after = shared.settings.settle_after;
    let until = shared.ports.clock().now().after(TOGETHER);
    // What moved since does so again, and is looked at when that is as long ago.
    let calm = Timestamp(until.0.saturating_sub(ms(after)));
    let mut due = Vec::new();
    while line.front().is_some_and(|(at, _)| *at <= until) {
        let Some((_, saga)) = line.pop_front() else {
            break;
        };
        match shared.ledger.look(&saga, calm) {
            Look::Settle(at) => due.push(settled(saga, at)),
            Look::Since(since) => line.push_back((since.after(after), saga)),
            Look::Leave => {}
        }
    }
    due
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn settled(saga: SagaId, at: baton_engine::store::Version) -> Settled {
    Settled {
        saga,
        at,
        duty: true,
        timer: None,
    }
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
