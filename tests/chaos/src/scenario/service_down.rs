//! Retries run out, sagas fail, compensations run out of retries too and wait for a person, who asks again
//! when the services are back.

use super::Scenario;
use crate::evidence::Saga;
use crate::plan::Plan;
use crate::site::Site;
use crate::workload::RETRIES;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::collections::BTreeSet;
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
        pace: Duration::from_millis(200),
        // Sagas come all the time that nobody is there.
        sagas: (60, 500),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        // Long after all retries have run out, forward and back, and then for some of them only.
        away(site, (60_000, 66_000)).await;
        let vain = in_vain(site).await;
        let what = format!("{vain} steps ran out of retries of which none reached a service");
        site.claim(vain >= 30, "service down", what);
        away(site, (1_000, 3_000)).await;
        site.calls_pass(20).await;
    }
    .boxed_local()
}

async fn away(site: &mut Site, ms: (u64, u64)) {
    site.calls_pass(20).await;
    site.services.kill();
    site.strike("kill -9 of the services");
    let before = site.client.accepted();
    site.pause(ms.0, ms.1).await;
    let accepted = site.client.accepted() - before;
    let least = usize::try_from(ms.0 / 1000).unwrap_or(0);
    let what = format!("{accepted} sagas were accepted meanwhile, {least} were expected");
    site.claim(accepted >= least, "service down", what);
    site.services.restart().await;
}

/// Steps that used all their attempts, of which the ledger knows none.
async fn in_vain(site: &Site) -> usize {
    let lines = site.services.lines();
    let reached: BTreeSet<&str> = lines.iter().map(|line| &*line.key).collect();
    let views = site.history().await;
    let sagas = views
        .values()
        .filter_map(|view| Saga::read(view, Vec::new()));
    let steps = sagas.flat_map(|saga| saga.steps);
    let vain = steps.filter(|step| {
        let used_up = step.attempts.len() > RETRIES as usize;
        step.compensates.is_none() && used_up && !reached.contains(&*step.key)
    });
    vain.count()
}
