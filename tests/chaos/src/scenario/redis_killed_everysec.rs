//! As with `always`: a process that is killed has handed its writes to the system, which keeps them; but
//! for those that it holds back. While a sync is under way, which a busy disk makes long, a Redis of this
//! class answers and does not write yet, for two seconds at most. Killed then it loses what it acknowledged,
//! as in `redis-rolled-back`; so here it dies when it holds nothing back.

use super::{Scenario, redis_killed_always};
use crate::plan::{Pair, Plan};
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
            site.all_is_handed_over().await;
            redis_killed_always::die(site).await;
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
