//! The broker dies in the middle of publishes and confirms, twice, and comes back with its files.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-killed",
    about: "kill -9 of RabbitMQ, and its restart on the same data",
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
            site.pause(0, 500).await;
            site.rabbitmq().kill();
            site.strike("kill -9 of RabbitMQ");
            site.pause(200, 3000).await;
            site.rabbitmq()
                .restart()
                .await
                .expect("RabbitMQ comes back");
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
