//! What is killed meanwhile: one process after the other, by the seed, and started again.

use crate::plan::Pair;
use crate::site::Site;
use crate::site::fault::Kind;

/// Pauses, kills one process, and starts it again after a moment.
pub(super) async fn one(site: &mut Site) {
    site.pause(1000, 4000).await;
    let drawn = site.chance.between(0, 100);
    match (site.plan.pair, drawn) {
        (Pair::Embedded, _) => kill(site, Kind::Orchestrator).await,
        (_, ..50) => kill(site, Kind::Orchestrator).await,
        (_, 50..80) => kill(site, Kind::Worker).await,
        (_, 80..94) => redis(site).await,
        (_, 94..) => rabbitmq(site).await,
    }
}

async fn kill(site: &mut Site, kind: Kind) {
    let parts = match kind {
        Kind::Orchestrator => site.orchestrators.len(),
        Kind::Worker => site.workers.len(),
    };
    let n = site.chance.between(0, parts as u64);
    let n = usize::try_from(n).unwrap_or(0);
    site.kill(kind, n);
    site.pause(0, 700).await;
    site.revive(kind, n);
}

async fn redis(site: &mut Site) {
    site.redis().kill();
    site.strike("kill -9 of Redis");
    site.pause(0, 700).await;
    let back = site.redis().restart().await;
    back.expect("Redis comes back");
}

async fn rabbitmq(site: &mut Site) {
    site.rabbitmq().kill();
    site.strike("kill -9 of RabbitMQ");
    site.pause(0, 700).await;
    let back = site.rabbitmq().restart().await;
    back.expect("RabbitMQ comes back");
}
