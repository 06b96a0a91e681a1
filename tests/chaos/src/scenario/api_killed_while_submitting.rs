//! Clients that got no answer ask again under the same id; what was answered is kept.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "api-killed-while-submitting",
    about: "every orchestrator dies in the middle of many submissions",
    ci: true,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(15),
        at_once: 48,
        sagas: (200, 300),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..5 {
            site.pause(50, 400).await;
            site.kill(Kind::Orchestrator, 0);
            site.kill(Kind::Orchestrator, 1);
            site.revive(Kind::Orchestrator, 0);
            site.revive(Kind::Orchestrator, 1);
            let api = site.apis()[0].clone();
            api.ready().await;
        }
    }
    .boxed_local()
}
