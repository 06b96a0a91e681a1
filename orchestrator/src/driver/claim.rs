//! Due times: claims what has come due, and sleeps until something may.

use super::Shared;
use crate::outside::Ports;
use baton_engine::store::{Due, Store};
use baton_shared::Timestamp;
use baton_shared::planted::{self, Bug};
use baton_shared::port::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// A claim that outlives every test (`planted`).
const FOR_EVER: Duration = Duration::from_secs(1_000_000_000);

/// Wakes the claim loop when one of our own appends set an earlier time than it sleeps for.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    asleep_until: AtomicU64,
    bell: Notify,
}

impl Alarm {
    pub(super) fn set(&self, at: Timestamp) {
        if at.0 < self.asleep_until.load(Ordering::Acquire) {
            self.bell.notify_one();
        }
    }
}

/// Runs until the receiver is gone. The channel holds one claim: what cannot be decided yet is not
/// claimed, and stays for others.
pub(super) async fn claim<P: Ports>(shared: &Shared<P>, into: mpsc::Sender<Vec<Due>>) {
    let (store, settings) = (shared.ports.store(), &shared.settings);
    loop {
        let Ok(place) = into.reserve().await else {
            return;
        };
        let now = shared.ports.clock().now();
        let claim = if planted::is(Bug::ClaimNeverEnds) {
            FOR_EVER
        } else {
            settings.claim
        };
        // Dying after: everything claimed comes again at the end of the claim.
        match store.due(now, now.after(claim), settings.batch).await {
            Ok(due) if due.is_empty() => rest(shared, now).await,
            Ok(due) => place.send(due),
            Err(error) => {
                tracing::warn!(%error, "due times cannot be claimed");
                shared
                    .ports
                    .clock()
                    .sleep_until(now.after(settings.poll))
                    .await;
            }
        }
    }
}

/// Sleeps until the next due time that is known, at most the poll interval, or until an append of
/// ours set an earlier one.
async fn rest<P: Ports>(shared: &Shared<P>, now: Timestamp) {
    let alarm = &shared.alarm;
    // Before asking: an append that sets a time meanwhile rings, whatever the time.
    alarm.asleep_until.store(u64::MAX, Ordering::Release);
    let latest = now.after(shared.settings.poll);
    let until = match shared.ports.store().next_due().await {
        // Never at once: a time that is due but was not handed out belongs to another claim.
        Ok(Some(next)) => next.clamp(Timestamp(now.0 + 1), latest),
        Ok(None) | Err(_) => latest,
    };
    alarm.asleep_until.store(until.0, Ordering::Release);
    tokio::select! {
        biased;
        () = alarm.bell.notified() => {}
        () = shared.ports.clock().sleep_until(until) => {}
    }
    alarm.asleep_until.store(0, Ordering::Release);
}
