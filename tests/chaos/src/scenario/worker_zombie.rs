//! A worker stands still in the middle of its calls until the broker has given its jobs to the other.
//! Then it wakes, finishes calls that are long over, and reports to nobody.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "worker-zombie",
    about: "SIGSTOP of a worker in the middle of calls, then SIGCONT when others did its work",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(180),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for n in [0, 1] {
            site.calls_pass(20).await;
            site.stop(Kind::Worker, n);
            tokio::time::sleep(Duration::from_secs(23 - 13 * n as u64)).await;
            site.go_on(Kind::Worker, n);
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
