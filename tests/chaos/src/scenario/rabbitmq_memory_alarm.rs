//! A memory alarm: the broker reads nothing more from publishers. Submissions are refused with the
//! reason, and what was accepted goes on afterwards.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-memory-alarm",
    about: "RabbitMQ says it has no memory left: publishers are blocked",
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
    site.alarm("set_vm_memory_high_watermark", "0", "0.6")
        .boxed_local()
}
