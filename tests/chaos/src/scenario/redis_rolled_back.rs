//! What a failover to a lagging replica, or a power cut under `everysec`, does: acknowledged writes are gone.
//! Not promised to survive; promised to be detected and said. Only the sagas that lost something are excused.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::path::Path;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-rolled-back",
    about: "Redis comes back with a copy of its file that is a second old",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(60),
        timed: Some(8),
        excused_of_lost: vec![
            ("I3", "a second of acknowledged writes was taken away"),
            ("I4", "an id that was lost is new again"),
            ("I5", "and new with another input, under the same keys"),
            ("I8", "a step that was lost had been called, and undone"),
            (
                "I9",
                "a saga that was set back undoes what it had undone before",
            ),
            ("I2", "a status that was lost may become another"),
            (
                "I7",
                "undone in the second that was lost, a saga goes on as if it had not been",
            ),
        ],
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.calls_pass(30).await;
        let folder = site.redis().folder().join("appendonlydir");
        let copy = site.folder.join("older");
        copied(&folder, &copy);
        site.pause(1000, 1500).await;
        site.last_acknowledged();
        site.redis().kill();
        site.strike("kill -9 of Redis");
        site.strike("Redis set back to what it was");
        copied(&copy, &folder);
        site.redis()
            .restart()
            .await
            .expect("Redis comes back with the older file");
        site.says_that_writes_were_lost().await;
        site.calls_pass(20).await;
    }
    .boxed_local()
}

/// Makes `to` the same as `from`. The last write may be cut off: Redis reads what is whole.
fn copied(from: &Path, to: &Path) {
    drop(std::fs::remove_dir_all(to));
    std::fs::create_dir_all(to).expect("writable");
    for entry in std::fs::read_dir(from).expect("readable") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a file has a name");
        std::fs::copy(&path, to.join(name)).expect("copied");
    }
}
