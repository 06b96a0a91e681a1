//! As with `always`: a process that is killed has handed its writes to the system, which keeps them. Only
//! a power cut would show the difference.

use super::Scenario;
use crate::plan::Pair;
use crate::plan::Plan;
use crate::site::Site;
use baton_tests::brokers::Fsync;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-killed-everysec",
    about: "kill -9 of Redis that syncs once a second, and its restart",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        pair: Pair::Brokers(Fsync::EverySec),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..4 {
            site.calls_pass(15).await;
            site.redis().kill();
            site.faults += 1;
            site.kills += 1;
            site.pause(0, 2500).await;
            site.redis().restart().await.expect("Redis comes back");
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
