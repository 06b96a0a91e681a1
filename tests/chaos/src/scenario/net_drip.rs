//! Bytes come a few at a time: at the services as slowly as a modem, at the brokers as two.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use crate::site::links::Link;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-drip",
    about: "bytes come a few at a time: at the services, then at the brokers",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let before = site.passed();
        site.weather(&Weather::drip(300), |link| link == Link::Services);
        site.pause(6_000, 10_000).await;
        site.clear();
        site.did(&before, Deed::Dripped, 1_000);
        site.calls_pass(10).await;
        let before = site.passed();
        site.weather(&Weather::drip(3_000), |link| {
            link.is_queue() || link.is_store()
        });
        site.pause(6_000, 10_000).await;
        site.clear();
        site.did(&before, Deed::Dripped, 10_000);
        site.calls_pass(10).await;
        site.tell_proxies();
    }
    .boxed_local()
}
