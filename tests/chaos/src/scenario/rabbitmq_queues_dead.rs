//! Queues that RabbitMQ lists and cannot serve, as one that it could not start after a disk was full.
//! Sagas that do not need them go on; an operator deletes them, Baton makes them again, and what was lost
//! with them is noticed at the latest when its step's own timeout is over.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-queues-dead",
    about: "a queue of jobs and one of outcomes without a process; deleted by an operator",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        timed: Some(8),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.calls_pass(20).await;
        for queue in site.victims() {
            site.stop_queue(&queue).await;
        }
        // What the rest can do without them.
        site.pause(2_000, 8_000).await;
        let deleted = site.delete_unserved().await;
        site.claim(
            deleted == 2,
            "end",
            format!("{deleted} queues were dead, not 2"),
        );
        site.calls_pass(20).await;
    }
    .boxed_local()
}
