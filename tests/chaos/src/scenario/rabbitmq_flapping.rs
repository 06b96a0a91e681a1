//! Connections are closed by the broker as fast as its tool can, about every two seconds: unacknowledged
//! messages come again and confirms are lost.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-flapping",
    about: "every connection to RabbitMQ is closed, again and again",
    ci: false,
    plan,
    before: None,
    fault,
};

/// Closes them as `close_all_connections` does, and says how many they were.
const CLOSE_ALL: &str = "Them = rabbit_networking:connections(), \
    [rabbit_networking:close_connection(It, \"chaos\") || It <- Them], length(Them).";

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..6 {
            site.strike("all connections closed by RabbitMQ");
            let closed = site.rabbitmq().rabbitmqctl(&["eval", CLOSE_ALL]).await;
            let closed = closed.expect("connections are closed");
            let number: usize = closed.trim().parse().unwrap_or_default();
            site.claim(
                number > 0,
                "fault",
                format!(
                    "RabbitMQ was to close connections, and answered `{}`",
                    closed.trim()
                ),
            );
            site.pause(0, 800).await;
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
