//! No room for the embedded store's log: submissions are refused, and it goes on when there is room.

use super::Scenario;
use crate::plan::{Disk, Plan};
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-disk-full",
    about: "no room for the embedded store; killed once while it is full",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        disk: Some((Disk::Embedded, 16 << 20)),
        sagas: (60, 600),
        ..Plan::embedded()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for round in 0..3 {
            site.calls_pass(20).await;
            site.fill_disk();
            let said = site.refused().await;
            let full = said.contains("store-full");
            site.claim(full, "full disk", format!("it is told as: {said}"));
            site.pause(300, 3_000).await;
            if round == 1 {
                site.kill(Kind::Orchestrator, 0);
            }
            site.free_disk();
            site.revive(Kind::Orchestrator, 0);
            site.calls_pass(10).await;
        }
    }
    .boxed_local()
}
