//! Connections are reset, one line after the other and at last all at once.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::Deed;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "net-resets",
    about: "resets on every line, many of them, at last on all at once",
    ci: true,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let before = site.passed();
        for _ in 0..40 {
            let line = site.any_line();
            site.reset(|link| link == line);
            site.pause(50, 500).await;
        }
        // One that was just reset may not be there again.
        site.did(&before, Deed::Struck, 20);
        for _ in 0..4 {
            let before = site.passed();
            site.reset(|_| true);
            site.pause(200, 1_500).await;
            site.did(&before, Deed::Struck, 4);
            site.calls_pass(5).await;
        }
        site.tell_proxies();
    }
    .boxed_local()
}
