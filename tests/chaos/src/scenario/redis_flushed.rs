//! FLUSHALL under load. What was accepted is lost, and no software can bring it back; promised is that it is
//! not hidden. New work goes on.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-flushed",
    about: "somebody empties Redis: all sagas are gone, and Baton says so",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        timed: Some(8),
        excused: vec![(
            "I4",
            "definitions were lost as well: an id's workflow is unknown until it is deployed again",
        )],
        excused_of_lost: vec![
            ("I3", "Redis was emptied: every saga was lost with it"),
            ("I4", "an id that was lost is new again"),
            ("I2", "an id that was lost is new again"),
            ("I5", "a saga that is started again repeats its keys"),
            (
                "I6",
                "a saga that is started again finds answers of its first life",
            ),
        ],
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.calls_pass(30).await;
        site.strike("Redis emptied");
        site.empty_redis();
        site.says_that_writes_were_lost().await;
        site.deploy().await;
        site.calls_pass(20).await;
    }
    .boxed_local()
}
