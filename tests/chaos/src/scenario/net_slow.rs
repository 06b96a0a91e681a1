//! Every line has latency and jitter, at last more than a second of both.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "net-slow",
    about: "latency and jitter on every line, up to a second",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for (latency, jitter) in [(5, 20), (40, 80), (250, 500)] {
            let before = site.passed();
            let ms = Duration::from_millis;
            site.weather(&Weather::slow(ms(latency), ms(jitter)), |_| true);
            site.calls_pass(15).await;
            site.pause(2_000, 4_000).await;
            site.did(&before, Deed::Late, 100);
        }
        site.clear();
        site.calls_pass(15).await;
        site.tell_proxies();
    }
    .boxed_local()
}
