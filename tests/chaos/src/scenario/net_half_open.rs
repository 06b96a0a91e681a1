//! Connections of which one direction is dead: what is said is lost, or what is answered.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-half-open",
    about: "one direction of a line is dead: words lost, or answers lost",
    ci: false,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let before = site.passed();
        for round in 0..8 {
            let line = site.any_line();
            let weather = if round % 2 == 0 {
                Weather::mute()
            } else {
                Weather::deaf()
            };
            site.weather(&weather, |link| link == line);
            site.pause(1_000, 5_000).await;
            site.clear();
            site.calls_pass(5).await;
        }
        // One line may be silent anyway, eight are not.
        site.did(&before, Deed::LostDown, 1);
        site.did(&before, Deed::LostUp, 1);
        // Every answer of every line.
        let before = site.passed();
        site.weather(&Weather::mute(), |_| true);
        site.pause(3_000, 6_000).await;
        site.clear();
        site.did(&before, Deed::LostDown, 1_000);
        site.calls_pass(10).await;
        site.tell_proxies();
    }
    .boxed_local()
}
