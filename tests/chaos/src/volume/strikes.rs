//! What is killed meanwhile: one process after the other, by the seed, and started again.

use crate::plan::Pair;
use crate::site::Site;
use crate::site::fault::Kind;
use std::collections::BTreeMap;

/// Pauses, kills one process, and starts it again after a moment.
pub(super) async fn one(site: &mut Site, strikes: &mut BTreeMap<String, u64>) {
    site.pause(1000, 4000).await;
    let drawn = site.chance.between(0, 100);
    let what = match (site.plan.pair, drawn) {
        (Pair::Embedded, _) => kill(site, Kind::Orchestrator).await,
        (_, ..50) => kill(site, Kind::Orchestrator).await,
        (_, 50..80) => kill(site, Kind::Worker).await,
        (_, 80..94) => redis(site).await,
        (_, 94..) => rabbitmq(site).await,
    };
    *strikes.entry(format!("kill -9 of {what}")).or_default() += 1;
}

async fn kill(site: &mut Site, kind: Kind) -> &'static str {
    let parts = match kind {
        Kind::Orchestrator => site.orchestrators.len(),
        Kind::Worker => site.workers.len(),
    };
    let n = site.chance.between(0, parts as u64);
    let n = usize::try_from(n).unwrap_or(0);
    site.kill(kind, n);
    site.pause(0, 700).await;
    site.revive(kind, n);
    match (site.plan.pair, kind) {
        (Pair::Embedded, _) => "baton dev",
        (_, Kind::Orchestrator) => "an orchestrator",
        (_, Kind::Worker) => "a worker",
    }
}

async fn redis(site: &mut Site) -> &'static str {
    site.redis().kill();
    site.kills += 1;
    site.pause(0, 700).await;
    let back = site.redis().restart().await;
    back.expect("Redis comes back");
    "Redis"
}

async fn rabbitmq(site: &mut Site) -> &'static str {
    site.rabbitmq().kill();
    site.kills += 1;
    site.pause(0, 700).await;
    let back = site.rabbitmq().restart().await;
    back.expect("RabbitMQ comes back");
    "RabbitMQ"
}
