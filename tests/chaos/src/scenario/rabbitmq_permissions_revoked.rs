//! Permissions are taken away and connections closed; later both are possible again.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-permissions-revoked",
    about: "RabbitMQ refuses Baton's login the vhost for a while",
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
        site.strike("permissions revoked in RabbitMQ");
        let revoked = site
            .rabbitmq()
            .rabbitmqctl(&["clear_permissions", "guest"])
            .await;
        revoked.expect("permissions are taken");
        let closed = site
            .rabbitmq()
            .rabbitmqctl(&["close_all_connections", "chaos"])
            .await;
        closed.expect("connections are closed");
        site.pause(3000, 8000).await;
        let back = site
            .rabbitmq()
            .rabbitmqctl(&["set_permissions", "guest", ".*", ".*", ".*"])
            .await;
        back.expect("permissions are given");
        site.put_off_with_reason(1);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
