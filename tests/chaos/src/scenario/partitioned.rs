//! One of two orchestrators cannot reach Redis, then not RabbitMQ; the other can, and both say so of
//! themselves. Nothing is decided twice, and the cut-off one comes back by itself.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::{Deed, Weather};
use crate::site::Site;
use crate::site::fault::Kind;
use crate::site::links::Link;
use baton_tests::world::until;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "partitioned",
    about: "one orchestrator loses Redis only, then RabbitMQ only; the other goes on",
    ci: true,
    plan: Plan::brokers,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let links: [fn(Kind, usize) -> Link; 2] = [Link::Store, Link::Queue];
        for link in links {
            // Either of them may be the one that consumes the outcomes.
            for n in 0..2 {
                let line = link(Kind::Orchestrator, n);
                let before = site.passed();
                site.weather(&Weather::stalled(), |one| one == line);
                unready(site, n).await;
                site.pause(500, 3_000).await;
                site.clear();
                site.did(&before, Deed::Held, 1);
                site.apis()[n].ready().await;
                site.calls_pass(10).await;
            }
        }
        site.tell_proxies();
    }
    .boxed_local()
}

/// Waits until orchestrator `n` says that it is cut off.
async fn unready(site: &Site, n: usize) {
    let api = site.apis()[n].clone();
    let unready = async || matches!(api.get("/readyz").await, Some((503, _))).then_some(());
    let what = format!("orchestrator {n} says that it is cut off");
    until(&what, Duration::from_secs(60), unready).await;
}
