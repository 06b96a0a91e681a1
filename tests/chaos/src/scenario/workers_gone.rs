//! Nobody makes calls for a while. What is accepted meanwhile waits, and nothing is given up early.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "workers-gone",
    about: "no worker at all for long, while sagas are submitted; then all back",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(100),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.calls_pass(20).await;
        site.kill(Kind::Worker, 0);
        site.kill(Kind::Worker, 1);
        let before = site.client.accepted();
        site.accepted(before + 40).await;
        tokio::time::sleep(Duration::from_secs(12)).await;
        site.revive(Kind::Worker, 0);
        site.revive(Kind::Worker, 1);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
