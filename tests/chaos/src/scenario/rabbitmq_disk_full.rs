//! RabbitMQ's disk is full to the last byte. What it confirmed is there when it runs again with room; but
//! RabbitMQ 3.10 may come back with a queue that it cannot start, which its operator deletes.

use super::Scenario;
use crate::plan::{Disk, Plan};
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-disk-full",
    about: "no room for RabbitMQ's logs; restarted when there is",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        // It wants 50 MB free, and 64 for the log of its quorum queues.
        disk: Some((Disk::RabbitMq, 320 << 20)),
        sagas: (60, 600),
        // For what is lost with a queue.
        timed: Some(8),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.calls_pass(20).await;
        site.fill_disk();
        site.refused().await;
        site.pause(2_000, 8_000).await;
        site.free_disk();
        // Whether the node outlived it is its own affair; an operator restarts it.
        site.strike("kill -9 of RabbitMQ");
        let back = site.rabbitmq().restart().await;
        back.expect("with room RabbitMQ starts again");
        site.delete_unserved().await;
        site.calls_pass(10).await;
    }
    .boxed_local()
}
