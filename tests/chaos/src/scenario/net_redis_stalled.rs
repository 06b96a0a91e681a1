//! Nothing moves to or from Redis, and nobody is told: for one orchestrator, for the workers, for all.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use crate::site::fault::Kind;
use crate::site::links::Link;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-redis-stalled",
    about: "the lines to Redis stall, for one, for some, for all",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let one = Link::Store(Kind::Orchestrator, 0);
        let before = site.passed();
        site.weather(&Weather::stalled(), |link| link == one);
        site.pause(3_000, 8_000).await;
        site.clear();
        site.did(&before, Deed::Held, 1);
        site.calls_pass(10).await;
        let workers = |link| matches!(link, Link::Store(Kind::Worker, _));
        let before = site.passed();
        site.weather(&Weather::stalled(), workers);
        site.pause(3_000, 8_000).await;
        site.clear();
        site.did(&before, Deed::Held, 1);
        site.calls_pass(10).await;
        let before = site.passed();
        site.weather(&Weather::stalled(), Link::is_store);
        site.pause(5_000, 12_000).await;
        site.clear();
        site.did(&before, Deed::Held, 1);
        site.calls_pass(10).await;
        site.tell_proxies();
    }
    .boxed_local()
}
