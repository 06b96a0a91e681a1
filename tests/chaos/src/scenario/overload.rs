//! One worker that may make two calls at a time at each service, and sagas at more than twice that rate.
//! What is accepted ends; what is not is told so, with 429 or 503 and a reason.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "overload",
    about: "far more work than the workers can do",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(3),
        at_once: 128,
        sagas: (300, 300),
        workers: 1,
        concurrency: Some(2),
        shapes: vec!["five", "fork"],
        weather: baton_ledger::weather::Weather {
            slow_ms: 120,
            ..crate::plan::usual()
        },
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.faults += 1;
        site.accepted(250).await;
        let silent = site
            .client
            .put_off()
            .into_iter()
            .filter(|note| note == "no answer")
            .count();
        site.claim(
            silent == 0,
            "overload",
            format!("{silent} submissions were not answered at all"),
        );
    }
    .boxed_local()
}
