//! One run of a scenario with a seed, from its first process to its verdict.

use crate::client::{Ask, Came, Kind};
use crate::evidence::{self, Evidence, Saga, by_saga, is_final};
use crate::first;
use crate::folder::Folder;
use crate::invariant::{self, Violation};
use crate::scenario::Scenario;
use crate::site::Site;
use crate::site::fault::kills;
use baton_tests::world::until;
use futures_util::FutureExt;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// What a run gave.
pub struct Verdict {
    pub name: &'static str,
    pub seed: u64,
    pub seconds: f64,
    /// From the moment everything ran again until every saga had ended.
    pub healing: f64,
    pub counts: BTreeMap<String, u64>,
    pub notes: Vec<String>,
    pub violations: Vec<Violation>,
    /// Where the evidence lies, if it was kept.
    pub kept: Option<String>,
}

/// Sagas that must end before anything is broken.
const STEADY: usize = 8;

/// Runs it. Whatever goes wrong is in the verdict; its processes are ended. None when somebody asked
/// us to stop.
pub async fn run(scenario: &'static Scenario, seed: u64, keep: bool) -> Option<Verdict> {
    let start = Instant::now();
    let folder = Folder::new(scenario.name, seed);
    let path = folder.path().to_owned();
    // On a thread of its own: the conditions that are waited for borrow the site.
    let runtime = tokio::runtime::Handle::current();
    let played = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            let played = async {
                let mut site = Site::start((scenario.plan)(), seed, &path).await;
                play(scenario, &mut site).await
            };
            // Dropping the site ends its processes, which would otherwise outlive us.
            tokio::select! {
                told = played => Some(told),
                () = stopped() => None,
            }
        })
    });
    let mut verdict = match played.await {
        Ok(None) => return None,
        Ok(Some((evidence, told))) => judged(scenario, seed, evidence, told, &folder),
        Err(error) => {
            let stuck = Violation {
                law: "end",
                saga: "-".to_owned(),
                what: format!(
                    "the scenario did not come to its end: {}",
                    panic_text(error)
                ),
                evidence: Vec::new(),
            };
            Verdict {
                violations: vec![stuck],
                ..empty(scenario, seed)
            }
        }
    };
    verdict.seconds = start.elapsed().as_secs_f64();
    if keep || !verdict.violations.is_empty() {
        verdict.kept = Some(folder.keep(&verdict));
    }
    Some(verdict)
}

/// Resolves when we are asked to stop: Ctrl-C, or SIGTERM.
pub async fn stopped() {
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened for");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn empty(scenario: &Scenario, seed: u64) -> Verdict {
    Verdict {
        name: scenario.name,
        seed,
        seconds: 0.0,
        healing: 0.0,
        counts: BTreeMap::new(),
        notes: Vec::new(),
        violations: Vec::new(),
        kept: None,
    }
}

fn panic_text(error: tokio::task::JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => words(panic.as_ref()),
        Err(_) => "it was stopped".to_owned(),
    }
}

/// What was said in a panic.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

/// What the site itself says, beside the evidence.
struct Told {
    healing: f64,
    faults: BTreeMap<&'static str, u64>,
    broken: Vec<(String, String)>,
    notes: Vec<String>,
    views: BTreeMap<String, serde_json::Value>,
}

async fn play(scenario: &Scenario, site: &mut Site) -> (Evidence, Told) {
    if let Some(before) = scenario.before {
        before(site).await;
    }
    site.open().await;
    steady(site).await;
    site.begin();
    site.accepted(5).await;
    // A scenario that waits in vain is broken; what it left is judged all the same, as evidence.
    let fault = AssertUnwindSafe((scenario.fault)(site))
        .catch_unwind()
        .await;
    if let Err(panic) = fault {
        let text = words(panic.as_ref());
        site.claim(false, "end", format!("it did not come to its end: {text}"));
    }
    site.heal().await;
    let (healed, healed_ms) = (Instant::now(), first::now_ms());
    site.enough().await;
    site.settle().await;
    let healing = healed.elapsed().as_secs_f64();
    let (evidence, told) = gather(site, healed_ms).await;
    (evidence, Told { healing, ..told })
}

/// Some sagas end while nothing is broken; else there is nothing to compare with.
async fn steady(site: &Site) {
    let apis = site.apis();
    let asks: Vec<Ask> = (0..STEADY)
        .map(|n| Ask::numbered(&site.plan, site.seed, "steady", n))
        .collect();
    for ask in &asks {
        assert!(
            site.client.submit(&apis, ask).await,
            "{} is not accepted while all is well",
            ask.id
        );
    }
    let ended = async || (apis[0].open().await? <= STEADY / 2).then_some(());
    until(
        "a steady state: some sagas end",
        Duration::from_secs(60),
        ended,
    )
    .await;
}

async fn gather(site: &mut Site, healed_ms: u64) -> (Evidence, Told) {
    let views = site.history().await;
    let lines = site.services.lines();
    let mut of_sagas = by_saga(&lines);
    let sagas = views.iter().filter_map(|(id, view)| {
        let lines = of_sagas.remove(id).unwrap_or_default();
        Some((id.clone(), Saga::read(view, lines)?))
    });
    let sagas: BTreeMap<String, Saga> = sagas.collect();
    let ended = sagas.iter().filter(|(_, saga)| is_final(&saga.status));
    let ended = ended.map(|(id, _)| id.clone()).collect();
    let leaks = site.leaks(&views).await;
    let journals = site.journals();
    site.keep_log_of_rabbitmq();
    let evidence = Evidence {
        healed_ms,
        sagas,
        due: site.left_due(&ended).await,
        lost: evidence::lost(&site.acknowledged, &journals),
        journals,
        leaks,
        authorized: site.services.count("authorized").await.unwrap_or(0),
        peaks: site.peaks(),
        counted: site.counted().await,
        letters: site.letters_whole().await,
        queued: site.left_in_queues().await,
        trapped: site.services.count("trapped").await.unwrap_or(0),
        log: site.client.log(),
        plan: site.plan.clone(),
        lines,
    };
    let told = Told {
        healing: 0.0,
        faults: std::mem::take(&mut site.faults),
        broken: std::mem::take(&mut site.broken),
        notes: std::mem::take(&mut site.notes),
        views,
    };
    (evidence, told)
}

fn judged(
    scenario: &Scenario,
    seed: u64,
    evidence: Evidence,
    told: Told,
    folder: &Folder,
) -> Verdict {
    let mut verdict = empty(scenario, seed);
    verdict.healing = told.healing;
    verdict.notes = told.notes;
    let own = told.broken.into_iter().map(|(law, what)| own(&law, &what));
    let mut found: Vec<Violation> = own.chain(invariant::judge(&evidence)).collect();
    let (plan, lost) = (&evidence.plan, &evidence.lost);
    for (law, reason) in &plan.excused {
        let notes = &mut verdict.notes;
        excuse(&mut found, notes, reason, |found| found.law == *law);
    }
    for (law, reason) in &plan.excused_of_lost {
        let notes = &mut verdict.notes;
        let is = |found: &Violation| found.law == *law && lost.contains(&found.saga);
        excuse(&mut found, notes, reason, is);
    }
    if !lost.is_empty() {
        let (lost, all) = (lost.len(), evidence.sagas.len());
        let what = format!("the store lost something of {lost} sagas, {all} are there in the end");
        verdict.notes.push(what);
    }
    verdict.violations = found;
    verdict.counts = counts(&evidence, &told.faults);
    folder.write(&evidence, &told.views);
    verdict
}

/// Takes out what the fault is known to break, and says how much it was.
fn excuse(
    found: &mut Vec<Violation>,
    notes: &mut Vec<String>,
    reason: &str,
    is: impl Fn(&Violation) -> bool,
) {
    let law = found.iter().find(|found| is(found)).map(|found| found.law);
    let before = found.len();
    found.retain(|found| !is(found));
    if let Some(law) = law {
        let excused = before - found.len();
        notes.push(format!("{law}: {excused} excused: {reason}"));
    }
}

/// What a scenario itself found broken: one of the laws, or one of its own.
fn own(law: &str, what: &str) -> Violation {
    let known = invariant::LAWS.iter().find(|known| known.id == law);
    Violation {
        law: known.map_or("claim", |known| known.id),
        saga: "-".to_owned(),
        what: format!("{law}: {what}"),
        evidence: Vec::new(),
    }
}

fn counts(evidence: &Evidence, faults: &BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let mut set = |name: &str, count: u64| {
        counts.insert(name.to_owned(), count);
    };
    set("sagas", evidence.sagas.len() as u64);
    set("calls", evidence.lines.len() as u64);
    set("faults", faults.values().sum());
    set("kills", kills(faults));
    for (kind, count) in faults {
        set(&format!("fault.{kind}"), *count);
    }
    let accepted = evidence
        .log
        .iter()
        .filter(|op| op.kind == Kind::Submit && op.came == Came::Ok);
    set("accepted", accepted.count() as u64);
    let refused = evidence
        .log
        .iter()
        .filter(|op| op.kind == Kind::Submit && op.came == Came::Info);
    set("unanswered or refused for now", refused.count() as u64);
    let operated = evidence.log.iter().filter(|op| op.kind == Kind::Operate);
    set("acts of a person", operated.count() as u64);
    for saga in evidence.sagas.values() {
        *counts.entry(saga.status.clone()).or_default() += 1;
    }
    counts
}
