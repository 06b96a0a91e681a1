//! The one process of the embedded pair dies in the middle of appends and calls.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-killed",
    about: "kill -9 of `baton dev`, again and again, on the same folder",
    ci: true,
    plan: Plan::embedded,
    before: None,
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.kill_loop(Kind::Orchestrator, 10, (0, 500)).await;
    }
    .boxed_local()
}
