//! A lock keeps the second out, also right after a kill; the first goes on as if nothing had happened.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use baton_tests::world::until;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-two-processes",
    about: "a second `baton dev` on the folder of the first",
    ci: false,
    plan: Plan::embedded,
    before: None,
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..3 {
            site.calls_pass(15).await;
            site.faults += 1;
            let mut second = site.second_on_the_folder();
            let ended = async || (!second.runs()).then_some(());
            until("the second gives up", Duration::from_secs(30), ended).await;
        }
        let said = std::fs::read_to_string(site.folder.join("second.log")).unwrap_or_default();
        site.claim(
            said.lines().filter(|line| !line.trim().is_empty()).count() >= 3,
            "two processes",
            format!("the second did not say why it gave up: {said:?}"),
        );
        // Killed, and two that race for the folder: one gets it, and only one.
        site.kill(Kind::Orchestrator, 0);
        site.revive(Kind::Orchestrator, 0);
        let mut second = site.second_on_the_folder();
        site.pause(1500, 3000).await;
        second.kill();
        site.revive(Kind::Orchestrator, 0);
        site.calls_pass(20).await;
    }
    .boxed_local()
}
