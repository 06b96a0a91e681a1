//! A page in the middle of the embedded store's log rots. It refuses to start and says where; with the
//! page back, as from a copy, it goes on.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "embedded-damaged",
    about: "a rotten page in the log: refused with its place, and goes on when restored",
    ci: false,
    plan: Plan::embedded,
    before: None,
    fault,
};

const PAGE: usize = 512;

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..3 {
            site.calls_pass(15).await;
            site.kill(Kind::Orchestrator, 0);
            let log = site.newest_segment();
            let whole = std::fs::read(&log).expect("the log reads");
            // In the first half, so that whole frames follow: nobody takes it for a torn end.
            let pages = (whole.len() / PAGE / 2) as u64;
            let page = usize::try_from(site.chance.between(0, pages)).unwrap_or(0) * PAGE;
            let mut rotten = whole.clone();
            rotten[page..page + PAGE]
                .iter_mut()
                .for_each(|byte| *byte ^= 0x5a);
            std::fs::write(&log, rotten).expect("written");

            site.revive(Kind::Orchestrator, 0);
            let said = site.ends(Kind::Orchestrator, 0).await;
            let last = said.lines().last().unwrap_or_default().to_owned();
            let name = log
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let told = last.contains(&name) && (last.contains("byte") || last.contains("header"));
            site.claim(
                told,
                "damage",
                format!("page at byte {page}: it says only: {last}"),
            );

            std::fs::write(&log, whole).expect("restored");
            site.revive(Kind::Orchestrator, 0);
        }
        site.calls_pass(10).await;
    }
    .boxed_local()
}
