//! Longer than Baton waits for an answer: the write may have happened, and its repetition finds out.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-slow",
    about: "Redis answers nobody for seconds, several times",
    ci: false,
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
            site.calls_pass(10).await;
            let pause = site.chance.between(1500, 4500).to_string();
            site.strike("Redis answers nobody for seconds");
            site.redis()
                .cli(&["client", "pause", &pause, "all"])
                .expect("a pause");
            site.pause(4000, 6000).await;
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
