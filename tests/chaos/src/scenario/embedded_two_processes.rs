//! A lock keeps the second out, also right after a kill; the first goes on as if nothing had happened.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use baton_tests::world::{Program, until};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::{Duration, Instant};

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
            site.strike("a second process on the folder");
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
        for _ in 0..RACES {
            race(site).await;
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}

const RACES: usize = 4;

/// Killed, and two that race for the folder: one gets it, and only one.
async fn race(site: &mut Site) {
    site.kill(Kind::Orchestrator, 0);
    let ahead = site.chance.permille(500);
    if ahead {
        site.revive(Kind::Orchestrator, 0);
    }
    site.strike("two processes race for the folder");
    let mut second = site.second_on_the_folder();
    site.revive(Kind::Orchestrator, 0);
    let run = one_gives_up(site, &mut second).await;
    let what = format!("the first and the second run: {run:?}");
    site.claim(run.0 != run.1, "two processes", what);
    second.kill();
    site.revive(Kind::Orchestrator, 0);
    site.apis()[0].ready().await;
}

/// Waits until one of two has ended, or long enough; whether the first and the second run then.
async fn one_gives_up(site: &mut Site, second: &mut Program) -> (bool, bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let run = (site.runs(Kind::Orchestrator, 0), second.runs());
        if run != (true, true) || Instant::now() > deadline {
            // Who has the folder has it for good: the other's end was not the end of both.
            site.pause(300, 1000).await;
            return (site.runs(Kind::Orchestrator, 0), second.runs());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
