//! The power of the machine on which `baton dev` runs goes, again and again: the process is killed, and
//! of what it had not synced only what luck keeps is there when it starts. Sometimes it goes again while
//! the store is being opened, and some of the cuts fall on a store that has begun its second segment.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-power-cut",
    about: "the power goes under `baton dev`: what was not synced is gone",
    ci: false,
    plan,
    before: Some(before),
    fault,
};

pub(super) const LYING: Scenario = Scenario {
    name: "embedded-lying-disk",
    about: "the same on a disk that says it has synced and has not: must break laws",
    before: Some(|site| first_starts(site).boxed_local()),
    fault: lying,
    ..IT
};

/// Cuts while there is nothing to lose yet but the store itself.
const FIRST_STARTS: usize = 6;
const CUTS: usize = 8;

fn plan() -> Plan {
    Plan {
        sagas: (80, 400),
        ..Plan::embedded()
    }
}

fn before(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        first_starts(site).await;
        site.fill_segment().await;
    }
    .boxed_local()
}

async fn first_starts(site: &mut Site) {
    site.record_syncs();
    for _ in 0..FIRST_STARTS {
        site.cut_first_start().await;
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..CUTS {
            cut(site).await;
            if site.chance.permille(400) {
                site.revive(Kind::Orchestrator, 0);
                site.pause(0, 150).await;
                site.cut_power();
            }
            site.revive(Kind::Orchestrator, 0);
        }
        site.calls_pass(10).await;
        site.tell_of_power();
    }
    .boxed_local()
}

/// Once the disk has told the truth, so that definitions are there; then what a cut finds unsynced is all
/// since the last one.
fn lying(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        cut(site).await;
        site.disk_lies();
        for _ in 0..3 {
            site.revive(Kind::Orchestrator, 0);
            cut(site).await;
        }
        site.revive(Kind::Orchestrator, 0);
    }
    .boxed_local()
}

async fn cut(site: &mut Site) {
    site.calls_pass(15).await;
    site.pause(0, 400).await;
    site.cut_power();
}
