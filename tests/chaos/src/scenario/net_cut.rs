//! Every connection is cut after some bytes, in the middle of a frame, a reply or a body; so is the
//! next, and so on.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-cut",
    about: "every connection is cut in the middle of a frame, and the next one too",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        // The smallest end handshakes, the largest come after many requests.
        for (most, least) in [(1_500, 10), (20_000, 5), (200_000, 1)] {
            let before = site.passed();
            site.weather(&Weather::cut(1..most), |_| true);
            site.pause(4_000, 7_000).await;
            site.clear();
            site.did(&before, Deed::Cut, least);
            site.calls_pass(5).await;
        }
        site.tell_proxies();
    }
    .boxed_local()
}
