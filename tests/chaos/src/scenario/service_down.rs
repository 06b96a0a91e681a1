//! Retries run out, sagas fail, compensations run out of retries too and wait for a person, who asks again
//! when the services are back.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "service-down",
    about: "every service is gone for long, and then back",
    ci: true,
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
        for _ in 0..2 {
            site.calls_pass(20).await;
            site.services.kill();
            site.faults += 1;
            site.kills += 1;
            site.pause(4000, 8000).await;
            site.services.restart().await;
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
