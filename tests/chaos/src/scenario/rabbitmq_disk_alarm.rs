//! A disk alarm, raised by a limit above what any disk has free.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use baton_tests::world::until;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-disk-alarm",
    about: "RabbitMQ says its disk is full: publishers are blocked",
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
        site.faults += 1;
        let raised = site
            .rabbitmq()
            .rabbitmqctl(&["set_disk_free_limit", "900000GB"])
            .await;
        raised.expect("an alarm");
        // Until somebody was told; then a little longer.
        let told = async || (!site.client.put_off().is_empty()).then_some(());
        until("a submission is put off", Duration::from_secs(40), told).await;
        site.pause(2000, 5000).await;
        let over = site
            .rabbitmq()
            .rabbitmqctl(&["set_disk_free_limit", "50MB"])
            .await;
        over.expect("no alarm");
        site.put_off_with_reason(1);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
