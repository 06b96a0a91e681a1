//! Everything stands still at once: calls that are out end without anybody who listens.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-paused",
    about: "SIGSTOP of `baton dev` for longer than its calls may take",
    ci: false,
    plan: Plan::embedded,
    before: None,
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..3 {
            site.calls_pass(20).await;
            site.stop(Kind::Orchestrator, 0);
            site.pause(3000, 6000).await;
            site.go_on(Kind::Orchestrator, 0);
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
