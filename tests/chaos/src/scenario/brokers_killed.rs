//! Both brokers die at the same moment and come back one after the other.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "brokers-killed",
    about: "kill -9 of RabbitMQ and Redis at once",
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
        site.rabbitmq().kill();
        site.redis().kill();
        site.strike("kill -9 of RabbitMQ");
        site.strike("kill -9 of Redis");
        site.pause(500, 3000).await;
        if site.chance.permille(500) {
            site.redis().restart().await.expect("Redis comes back");
            site.rabbitmq()
                .restart()
                .await
                .expect("RabbitMQ comes back");
        } else {
            site.rabbitmq()
                .restart()
                .await
                .expect("RabbitMQ comes back");
            site.redis().restart().await.expect("Redis comes back");
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
