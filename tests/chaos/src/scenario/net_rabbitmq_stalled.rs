//! Nothing moves to or from RabbitMQ, and nobody is told: for orchestrators, for workers, for all;
//! once for longer than two heartbeats, so that the connections are given up.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use crate::site::fault::Kind;
use crate::site::links::Link;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-rabbitmq-stalled",
    about: "the lines to RabbitMQ stall, shorter and longer than its heartbeat",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let of = |kind: Kind| move |link| matches!(link, Link::Queue(whose, _) if whose == kind);
        let before = site.passed();
        site.weather(&Weather::stalled(), of(Kind::Orchestrator));
        site.pause(3_000, 8_000).await;
        site.clear();
        site.did(&before, Deed::Held, 1);
        site.calls_pass(10).await;
        let before = site.passed();
        site.weather(&Weather::stalled(), of(Kind::Worker));
        site.pause(3_000, 8_000).await;
        site.clear();
        site.did(&before, Deed::Held, 1);
        site.calls_pass(10).await;
        let before = site.passed();
        site.weather(&Weather::stalled(), Link::is_queue);
        site.pause(25_000, 30_000).await;
        site.clear();
        site.did(&before, Deed::Held, 1);
        // They were given up, and who connected anew was not answered.
        site.did(&before, Deed::Unheard, 4);
        site.calls_pass(10).await;
        site.tell_proxies();
    }
    .boxed_local()
}
