//! Redis's disk is full while it syncs every write: it ends itself rather than forget, and is started
//! again when there is room.

use super::Scenario;
use crate::plan::{Disk, Plan};
use crate::site::Site;
use baton_tests::world::until;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-disk-full-always",
    about: "no room for Redis's log, synced every write: the server ends itself",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        disk: Some((Disk::Redis, 24 << 20)),
        sagas: (60, 600),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..2 {
            site.calls_pass(20).await;
            site.fill_disk();
            let redis = site.redis();
            let ended = async || (!redis.runs()).then_some(());
            until("Redis ends itself", Duration::from_secs(30), ended).await;
            site.refused().await;
            site.pause(500, 4_000).await;
            site.free_disk();
            let back = site.redis().restart().await;
            back.expect("with room Redis starts again");
            site.calls_pass(10).await;
        }
    }
    .boxed_local()
}
