//! One worker after the other is killed, again and again: calls are cut off in the middle.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use crate::site::fault::Kind;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

pub(super) const IT: Scenario = Scenario {
    name: "worker-killed",
    about: "kill -9 of one of two workers, again and again",
    ci: true,
    plan: Plan::brokers,
    before: None,
    fault,
};

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move { site.kill_loop(Kind::Worker, 10, (0, 1200)).await }.boxed_local()
}
