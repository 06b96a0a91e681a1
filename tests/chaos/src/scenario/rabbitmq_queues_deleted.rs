//! Queues are deleted under Baton, with jobs and outcomes in them. They are made again, and what was lost
//! with them is noticed at the latest when its step's own timeout is over.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "rabbitmq-queues-deleted",
    about: "somebody deletes queues of jobs and of outcomes, with what is in them",
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
        // Some jobs lie in the queue when it is deleted.
        site.calls_pass(20).await;
        site.kill(Kind::Worker, 0);
        site.kill(Kind::Worker, 1);
        let before = site.client.accepted();
        site.accepted(before + 15).await;
        for queue in site.victims() {
            site.strike("a queue deleted");
            let deleted = site.rabbitmq().rabbitmqctl(&["delete_queue", &queue]).await;
            deleted.expect("the queue was there");
        }
        site.revive(Kind::Worker, 0);
        site.revive(Kind::Worker, 1);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
