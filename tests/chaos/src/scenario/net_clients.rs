//! The lines from clients to the API: submissions are answered into nothing, and made again.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use crate::site::links::Link;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-clients",
    about: "requests and answers between client and API are cut, lost and held",
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
            (Weather::cut(300..4_000), Deed::Cut),
            (Weather::deaf(), Deed::LostUp),
            (Weather::stalled(), Deed::Held),
            (Weather::refusing(), Deed::Refused),
        ];
        for (weather, deed) in weathers {
            let before = site.passed();
            site.weather(&weather, of_api);
            if deed == Deed::Refused {
                // Whoever still waits for what was lost comes anew, and is refused.
                site.reset(of_api);
            }
            site.pause(2_000, 4_000).await;
            site.clear();
            site.did(&before, deed, 1);
            site.pause(500, 1_000).await;
        }
        site.tell_proxies();
    }
    .boxed_local()
}

fn of_api(link: Link) -> bool {
    matches!(link, Link::Api(_))
}
