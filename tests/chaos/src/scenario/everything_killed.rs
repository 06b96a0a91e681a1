//! As if the machine had stopped: nothing is left but what was written down.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "everything-killed",
    about: "kill -9 of every process of Baton and of both brokers at once",
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
        site.calls_pass(20).await;
        for n in [0, 1] {
            site.kill(Kind::Orchestrator, n);
            site.kill(Kind::Worker, n);
        }
        site.rabbitmq().kill();
        site.redis().kill();
        site.strike("kill -9 of RabbitMQ");
        site.strike("kill -9 of Redis");
        site.pause(0, 2000).await;
        site.redis().restart().await.expect("Redis comes back");
        site.rabbitmq()
            .restart()
            .await
            .expect("RabbitMQ comes back");
        for n in [0, 1] {
            site.revive(Kind::Orchestrator, n);
            site.revive(Kind::Worker, n);
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
