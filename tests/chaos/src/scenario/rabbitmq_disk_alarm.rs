//! A disk alarm, raised by a limit above what any disk has free.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
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
    site.alarm("set_disk_free_limit", "900000GB", "50MB")
        .boxed_local()
}
