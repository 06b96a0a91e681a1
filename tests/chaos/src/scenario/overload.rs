//! Twice as much as the installation can do, which is measured first; then more than an orchestrator takes.
//!
//! Nothing bounds how many sagas may be open: what workers have not done yet lies in the store, so twice
//! their capacity is accepted, and ends later. What is bounded are submissions that wait for an
//! orchestrator to write them, 10,000. To get there its store is made slow, and clients come who give up
//! after a moment and ask again: what they gave up waits all the same.

use super::Scenario;
use crate::plan::Plan;
use crate::proxy::Weather;
use crate::rush::{Impatient, Told};
use crate::site::Site;
use crate::site::fault::Kind;
use crate::site::links::Link;
use baton_tests::world::{Api, until};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "overload",
    about: "twice of what it can do, measured; then more than it takes",
    ci: false,
    plan,
    before: Some(|site| site.put_proxies().boxed_local()),
    fault,
};

const OFFERED: Duration = Duration::from_secs(15);
/// Each way to Redis: long for a store, and well below what Baton gives up after.
const SLOW: Duration = Duration::from_millis(650);
/// How long it may take until so many wait: ten seconds on an idle machine, some minutes on a busy one.
const PATIENCE: Duration = Duration::from_secs(240);
/// Submissions that come when nothing more is taken, so many a second and so long.
const TURNED_AWAY: (f64, Duration) = (20.0, Duration::from_secs(3));

fn plan() -> Plan {
    Plan {
        sagas: (20, 20),
        workers: 1,
        concurrency: Some(2),
        shapes: vec!["five", "fork"],
        weather: baton_ledger::weather::Weather {
            slow_ms: 120,
            ..crate::plan::usual()
        },
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        site.enough().await;
        twice(site).await;
        more_than_it_takes(site).await;
    }
    .boxed_local()
}

async fn twice(site: &mut Site) {
    let rush = site.rush();
    let capacity = rush.capacity().await;
    site.strike("twice the load that it takes");
    let told = rush.offer("offer", 2.0 * capacity, OFFERED).await;
    let what = format!(
        "capacity {capacity:.1} sagas a second, offered {:.1} for {} s",
        2.0 * capacity,
        OFFERED.as_secs()
    );
    site.claim(
        capacity > 0.0,
        "overload",
        "nothing ended that could be doubled",
    );
    judge(site, &what, &told);
    let accepted = told.iter().flatten().filter(|told| told.accepted()).count();
    site.claim(accepted > 0, "overload", "nothing was accepted");
}

async fn more_than_it_takes(site: &mut Site) {
    let store = Link::Store(Kind::Orchestrator, 0);
    site.weather(&Weather::slow(SLOW, Duration::ZERO), |link| link == store);
    let impatient = Impatient::begin(site.rush(), site.port(0));
    let refused = async || (impatient.refused() > 0).then_some(());
    until("somebody is refused", PATIENCE, refused).await;
    let mut rush = site.rush();
    // Past the proxy, as they come themselves.
    rush.apis = vec![Api::new(format!("http://127.0.0.1:{}", site.port(0)))];
    let (rate, during) = TURNED_AWAY;
    // Who is taken after all is answered when the others are gone and the store is quick again.
    let gone = async {
        tokio::time::sleep(during).await;
        let heard = impatient.refused();
        site.clear();
        (impatient.end().await, heard)
    };
    let (told, (asked, heard)) = tokio::join!(rush.offer("late", rate, during), gone);
    let what = format!("{asked} impatient requests, {heard} of them heard 429; meanwhile");
    judge(site, &what, &told);
    let many = told.iter().flatten().filter(|told| told.status == 429);
    let many = many.count();
    site.claim(many > 0, "overload", "nobody was told that it is too much");
}

/// Each was answered, and each refusal says why and when to come again; how many there were is noted.
fn judge(site: &mut Site, what: &str, told: &[Option<Told>]) {
    let heard: Vec<&Told> = told.iter().flatten().collect();
    let status = |status| heard.iter().filter(|told| told.status == status).count();
    let (all, silent) = (told.len(), told.len() - heard.len());
    site.notes.push(format!(
        "{what}: {all} submissions, {} accepted, {} refused with 429, {} with 503",
        status(200) + status(201),
        status(429),
        status(503)
    ));
    let odd = heard
        .iter()
        .filter(|told| !told.accepted() && !told.refused_properly());
    let odd: Vec<_> = odd.collect();
    site.claim(
        silent == 0,
        "overload",
        format!("{silent} of {all} were not answered"),
    );
    site.claim(
        odd.is_empty(),
        "overload",
        format!("no proper refusals: {odd:?}"),
    );
}
