//! A clean stop of the broker: it closes connections by itself and tells why.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-restarted",
    about: "RabbitMQ is stopped as its operator would, and started again",
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
        site.strike("RabbitMQ restarted");
        site.rabbitmq()
            .restart_cleanly()
            .await
            .expect("RabbitMQ comes back");
        site.calls_pass(20).await;
    }
    .boxed_local()
}
