//! Two orchestrators whose clocks differ by two minutes, and workers somewhere between.
//!
//! Due times that one sets are early or late for the other. It is less than the five minutes that an
//! attempt is granted for its way to a worker, so no job is too late.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "clock-skewed",
    about: "two orchestrators and their workers whose clocks differ by up to two minutes",
    ci: false,
    plan,
    before: Some(before),
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        excused: vec![
            ("I10", "moments of Baton's history are those of two clocks"),
            ("I13", "pauses are measured on two clocks"),
            ("I15", "waits end early by the difference of the clocks"),
        ],
        ..Plan::brokers()
    }
}

fn before(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.fake_clocks();
        site.set_clocks(&["orchestrator-1"], 120);
        site.set_clocks(&["worker-0"], 60);
    }
    .boxed_local()
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.calls_pass(80).await;
        site.history_is_ahead(0, 120, 5).await;
        site.log_is_ahead(0, 0, 60, 5).await;
        // And the other way round.
        site.set_clocks(&["orchestrator-0"], 240);
        let since = site.noted();
        site.calls_pass(80).await;
        for seconds in [120, 240] {
            site.history_is_ahead(since, seconds, 5).await;
        }
        // What was set two minutes ahead is due for everybody when these have passed.
        site.set_clocks(
            &["orchestrator-0", "orchestrator-1", "worker-0", "worker-1"],
            300,
        );
    }
    .boxed_local()
}
