//! The lines from workers to services: nobody can tell what a call did.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use crate::site::links::Link;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-services",
    about: "calls are cut, lost, or answered into nothing on the way to the services",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let weathers = [
            (Weather::cut(1..900), Deed::Cut),
            (Weather::mute(), Deed::LostDown),
            (Weather::deaf(), Deed::LostUp),
            (Weather::stalled(), Deed::Held),
            (Weather::cut(400..3_000), Deed::Cut),
        ];
        for (weather, deed) in weathers {
            let before = site.passed();
            site.weather(&weather, |link| link == Link::Services);
            site.pause(1_500, 4_000).await;
            site.clear();
            site.did(&before, deed, 1);
            site.calls_pass(10).await;
        }
        site.tell_proxies();
    }
    .boxed_local()
}
