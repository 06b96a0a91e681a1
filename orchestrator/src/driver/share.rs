//! Which stage decides about which saga.
//!
//! ```text
//!                       ┌─► stage: decide, append ─┐
//!   intake ─► hand out ─┤                          ├─► perform
//!       ▲               └─► stage: decide, append ─┘
//!       └────────── could not be handled yet ◄─────┘
//! ```
//!
//! While one stage waits for its append, the other one decides. A saga always goes to the same stage, so
//! within a process nobody moves it beside somebody else; between processes the store's versions see to it.

use super::Shared;
use super::backlog::Backlog;
use super::intake::Intake;
use super::perform::Performance;
use super::stage::Stage;
use super::turn::{Message, Turn};
use crate::outside::Ports;
use baton_shared::SagaId;
use baton_shared::id::stable_hash;
use baton_shared::port::Clock;
use futures_util::future::join_all;
use tokio::sync::mpsc;

/// Decides about all that comes in, until nothing more will. What messages could not be handled comes in
/// again by `returned`.
pub(super) async fn decide_all<P: Ports>(
    shared: &Shared<P>,
    intake: Intake,
    returned: mpsc::UnboundedSender<Message>,
    performances: mpsc::Sender<Performance>,
    stop: impl Future<Output = ()> + Clone,
) {
    let mut shares = Vec::new();
    let mut stages = Vec::new();
    for _ in 0..shared.settings.deciding.max(1) {
        // One batch waits while one is decided: what comes meanwhile makes the next one larger.
        let (share, turns) = mpsc::channel(1);
        shares.push(share);
        stages.push(run(
            Stage::new(shared, returned.clone()),
            turns,
            performances.clone(),
        ));
    }
    drop(returned);
    futures_util::join!(
        hand_out(shared, intake, shares, performances, stop),
        join_all(stages),
    );
}

async fn run<P: Ports>(
    mut stage: Stage<'_, P>,
    mut turns: mpsc::Receiver<Vec<Turn>>,
    performances: mpsc::Sender<Performance>,
) {
    while let Some(turns) = turns.recv().await {
        let performance = stage.run(turns).await;
        if !performance.is_empty() && performances.send(performance).await.is_err() {
            return;
        }
    }
}

/// What names no saga needs no decision. Dying in any of these waits: nothing was decided, and all that is
/// handed out here comes again.
async fn hand_out<P: Ports>(
    shared: &Shared<P>,
    mut intake: Intake,
    stages: Vec<mpsc::Sender<Vec<Turn>>>,
    performances: mpsc::Sender<Performance>,
    stop: impl Future<Output = ()> + Clone,
) {
    let mut backlog = Backlog::default();
    let (clock, batch) = (shared.ports.clock(), shared.settings.batch);
    while let Some(taken) = intake.next(clock, batch, &mut backlog, stop.clone()).await {
        let (turns, orphans) = taken.group(clock.now());
        if !orphans.is_empty() && performances.send(Performance::of(orphans)).await.is_err() {
            return;
        }
        let mut shares: Vec<Vec<Turn>> = stages.iter().map(|_| Vec::new()).collect();
        for turn in turns {
            shares[place(&turn.saga, stages.len())].push(turn);
        }
        for (stage, share) in stages.iter().zip(shares) {
            if !share.is_empty() && stage.send(share).await.is_err() {
                return;
            }
        }
    }
}

/// By the upper half of the hash: the lower one has chosen the partition, and they must not agree.
fn place(saga: &SagaId, stages: usize) -> usize {
    let hash = stable_hash(saga.as_str().as_bytes()) >> 32;
    usize::try_from(hash).unwrap_or(0) % stages
}
