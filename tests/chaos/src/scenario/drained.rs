//! What is asked to stop finishes or hands back what it has, and exits with 0.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "drained",
    about: "SIGTERM of orchestrators and workers under load, each ends in order",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for round in 0..6 {
            site.calls_pass(15).await;
            let n = usize::from(site.chance.permille(500));
            let kind = if round % 2 == 0 {
                Kind::Orchestrator
            } else {
                Kind::Worker
            };
            let code = site.terminate(kind, n).await;
            site.claim(
                code == Some(0),
                "drain",
                format!("{kind:?} ended with {code:?} after SIGTERM"),
            );
            site.revive(kind, n);
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
