//! Redis's disk is full while it syncs every second: it refuses writes, and heals by itself.

use super::Scenario;
use crate::plan::{Disk, Pair, Plan};
use crate::site::Site;
use baton_tests::brokers::Fsync;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "redis-disk-full",
    about: "no room for Redis's log, synced every second: refused, then goes on",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pair: Pair::Brokers(Fsync::EverySec),
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
            let said = site.refused().await;
            let full = said.contains("store-full");
            site.claim(full, "full disk", format!("it is told as: {said}"));
            site.pause(500, 4_000).await;
            site.free_disk();
            site.calls_pass(10).await;
        }
    }
    .boxed_local()
}
