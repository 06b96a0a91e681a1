//! A limit below what is used refuses every write that would add. Submissions are refused with the reason.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use baton_tests::world::until;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-full",
    about: "Redis has no memory left for a while",
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
        site.calls_pass(20).await;
        site.strike("no memory left for Redis");
        site.redis()
            .cli(&["config", "set", "maxmemory", "1mb"])
            .expect("a limit");
        let told = async || (!site.client.put_off().is_empty()).then_some(());
        until("a submission is put off", Duration::from_secs(40), told).await;
        site.pause(3000, 7000).await;
        site.redis()
            .cli(&["config", "set", "maxmemory", "0"])
            .expect("no limit");
        site.put_off_with_reason(1);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
