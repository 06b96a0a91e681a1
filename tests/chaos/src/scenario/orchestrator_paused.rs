//! An orchestrator stands still for longer than anything it holds: its claims on due times (10 s) and
//! its connections (two heartbeats of 10 s). The other takes over; then it wakes and knows nothing of it.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "orchestrator-paused",
    about: "SIGSTOP of an orchestrator beyond claims and heartbeats, then SIGCONT",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(150),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let n = usize::from(site.chance.permille(300));
        site.calls_pass(20).await;
        site.stop(Kind::Orchestrator, n);
        tokio::time::sleep(Duration::from_secs(24)).await;
        site.go_on(Kind::Orchestrator, n);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
