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
        site.set_clocks(&ALL, 3600);
        site.pause(3000, 5000).await;
        site.calls_pass(20).await;
        site.set_clocks(&ALL, 0);
        site.pause(3000, 5000).await;
        site.calls_pass(20).await;
        // Until then what was set in the false hour waits: an hour and some minutes.
        site.set_clocks(&ALL, 4200);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
