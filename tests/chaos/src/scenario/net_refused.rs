//! Nobody lets anybody in: connections are reset and new ones refused, as when everything else
//! restarts at once.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use crate::site::links::Link;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-refused",
    about: "connections are refused: at the services, the brokers, everywhere",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let lines: [fn(Link) -> bool; 4] = [
            |link| link == Link::Services,
            Link::is_queue,
            Link::is_store,
            |_| true,
        ];
        for of in lines {
            let before = site.passed();
            site.weather(&Weather::refusing(), of);
            site.reset(of);
            site.pause(2_000, 6_000).await;
            site.clear();
            site.did(&before, Deed::Struck, 1);
            site.did(&before, Deed::Refused, 2);
            site.calls_pass(10).await;
        }
        site.tell_proxies();
    }
    .boxed_local()
}
