//! The embedded store's log ends in half a frame, as when the power goes in the middle of a write. It
//! is cut off, and everything answered is there.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::io::Write;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-torn",
    about: "the embedded store is killed and its log ends in half a write",
    ci: true,
    plan: Plan::embedded,
    before: None,
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..6 {
            site.calls_pass(15).await;
            site.kill(Kind::Orchestrator, 0);
            let log = site.newest_segment();
            let bytes = std::fs::read(&log).expect("the log reads");
            // Words the store itself wrote, so that they look like a frame, cut short.
            let from = site.chance.between(32, bytes.len() as u64);
            let most = site.chance.between(1, 3_000);
            let from = usize::try_from(from).unwrap_or(32).min(bytes.len() - 1);
            let half = &bytes[from..];
            let half = &half[..half.len().min(usize::try_from(most).unwrap_or(1))];
            let mut file = std::fs::File::options()
                .append(true)
                .open(&log)
                .expect("the log is a file");
            file.write_all(half).expect("the machine has room");
            site.revive(Kind::Orchestrator, 0);
        }
        site.calls_pass(10).await;
    }
    .boxed_local()
}
