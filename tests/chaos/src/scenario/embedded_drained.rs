//! It stops in order: with exit code 0, and nothing lost.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-drained",
    about: "SIGTERM of `baton dev` under load, again and again",
    ci: false,
    plan: Plan::embedded,
    before: None,
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..5 {
            site.calls_pass(15).await;
            let code = site.terminate(Kind::Orchestrator, 0).await;
            site.claim(
                code == Some(0),
                "drain",
                format!("it ended with {code:?} after SIGTERM"),
            );
            site.revive(Kind::Orchestrator, 0);
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
