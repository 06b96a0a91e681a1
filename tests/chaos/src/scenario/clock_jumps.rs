//! The clock of every program goes an hour on, back again, and at last the hour has passed.
//!
//! What came due in the false hour came too early, and what was set in it is due an hour late: no
//! process can know better. Nothing may be lost, doubled or left undone for it.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "clock-jumps",
    about: "the clock goes an hour on, an hour back, and on again when the hour has passed",
    ci: false,
    plan,
    before: Some(before),
    fault,
};

const ALL: [&str; 4] = ["orchestrator-0", "orchestrator-1", "worker-0", "worker-1"];

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        excused: vec![
            (
                "I10",
                "moments of Baton's history are those of a clock that jumped",
            ),
            ("I13", "pauses are measured on a clock that jumped"),
            ("I15", "waits end early when the clock jumps"),
        ],
        ..Plan::brokers()
    }
}

fn before(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move { site.fake_clocks() }.boxed_local()
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.calls_pass(20).await;
        for seconds in [3600, 0] {
            jump(site, seconds).await;
        }
        // Until then what was set in the false hour waits: an hour and some minutes.
        jump(site, 4200).await;
    }
    .boxed_local()
}

/// All clocks go so far ahead of the ledger's, and Baton tells its story by them.
async fn jump(site: &mut Site, seconds: u32) {
    site.set_clocks(&ALL, seconds.into());
    let since = site.noted();
    site.calls_pass(20).await;
    site.pause(3000, 5000).await;
    site.history_is_ahead(since, seconds.into(), 5).await;
    for worker in 0..2 {
        site.log_is_ahead(since, worker, seconds.into(), 1).await;
    }
}
