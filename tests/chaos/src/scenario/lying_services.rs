//! Applied then 500 or silence, not applied and 200, applied twice, another saga's answer, HTML, bad UTF-8,
//! huge and endless bodies, a byte a second, cut off, too short, redirects, thousands of headers, a
//! Retry-After of thirty years. No lie may stop the others, and what Baton believes it may believe.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use baton_ledger::manner::{LIES, Manner};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "lying-services",
    about: "every lie a service can tell, each with workloads of its own",
    ci: true,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(80),
        sagas: (150, 200),
        services: LIES.iter().map(|(lie, _)| Manner::Liar(*lie)).collect(),
        shapes: vec!["five", "try"],
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.strike("services that lie");
        site.accepted(120).await;
    }
    .boxed_local()
}
