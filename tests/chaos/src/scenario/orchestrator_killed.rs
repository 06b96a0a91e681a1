//! One orchestrator after the other is killed, again and again, while the other works on.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "orchestrator-killed",
    about: "kill -9 of one of two orchestrators, again and again",
    ci: true,
    plan: Plan::brokers,
    before: None,
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move { site.kill_loop(Kind::Orchestrator, 8, (0, 1500)).await }.boxed_local()
}
