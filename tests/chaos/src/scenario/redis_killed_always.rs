//! The store dies in the middle of scripts, and comes back with its append-only file.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-killed-always",
    about: "kill -9 of Redis that syncs every write, and its restart",
    ci: true,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..4 {
            site.calls_pass(15).await;
            die(site).await;
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}

/// Both classes die the same way.
pub(super) async fn die(site: &mut Site) {
    site.redis().kill();
    site.strike("kill -9 of Redis");
    site.pause(0, 2500).await;
    site.redis().restart().await.expect("Redis comes back");
}
