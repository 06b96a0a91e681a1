//! `chaos sagas N`: very many sagas of five steps, while processes are killed all the time.
//!
//! ```text
//!   stream ─► N sagas, so many open at once      strikes ─► kill -9 of one process after the other
//!      │                                                            │
//!      └──────────────► all ended, all quiet ◄──────────────────────┘
//!                              │
//!                       tally ◄┴─ the ledger's file, then Baton's list, line by line
//! ```
//!
//! The scenarios judge every detail of some hundred sagas. This judges little of very many: that none is
//! lost, none doubled, none left half done. What it keeps of a saga is some bytes, whatever happened.

mod strikes;
mod tally;

use crate::folder::Folder;
use crate::plan::{Pair, Plan};
use crate::site::Site;
use crate::stream::Stream;
use baton_ledger::manner::Manner;
use baton_ledger::record;
use baton_ledger::weather::Weather;
use baton_report::{Entry, Kind};
use baton_tests::brokers::Fsync;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tally::{Row, Tally};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub sagas: usize,
    pub pair: Pair,
    pub seed: u64,
    /// Sagas that are open at once.
    pub open: usize,
}

/// What it came to.
pub struct Told {
    pub wish: Wish,
    pub seconds: f64,
    pub counts: BTreeMap<String, u64>,
    pub violations: Vec<String>,
    /// Where the evidence lies, if it was kept.
    pub kept: Option<PathBuf>,
}

/// A second between two looks at how far it is.
const LOOK: Duration = Duration::from_secs(1);
/// So long nothing may be called until all is quiet: longer than an embedded retry or a republished job.
const QUIET: Duration = Duration::from_secs(10);
/// And so long at most is waited for that.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs it; `say` is told how far it is.
pub async fn run(wish: Wish, keep: bool, mut say: impl FnMut(&str)) -> Told {
    let start = Instant::now();
    let folder = Folder::new(wish.name(), wish.seed);
    let mut site = Site::start(plan(wish.pair), wish.seed, folder.path()).await;
    site.open().await;
    let workflows =
        [Manner::Tombstones, Manner::Final].map(|service| format!("chaos/five-{}", service.word()));
    let stream = Stream::new("m", &workflows, site.apis(), wish.sagas);
    let running = tokio::spawn(Arc::clone(&stream).run(wish.open));
    let mut looked = Instant::now();
    while !running.is_finished() {
        strikes::one(&mut site).await;
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            say(&stream.far(start.elapsed(), site.kills()));
        }
    }
    running.await.expect("the stream does not panic");
    say("all sagas were waited for; healing");
    site.heal().await;
    quiet(&site).await;
    let mut told = judged(&site, wish, &stream).await;
    for (what, times) in &site.faults {
        told.counts.insert(format!("fault.{what}"), *times);
    }
    told.seconds = start.elapsed().as_secs_f64();
    drop(site);
    if keep || !told.violations.is_empty() {
        told.kept = Some(folder.keep_all());
    }
    told
}

/// Two services that honour keys and keep tombstones: whatever is doubled or left is Baton's doing.
fn plan(pair: Pair) -> Plan {
    let base = match pair {
        Pair::Embedded => Plan::embedded(),
        Pair::Brokers(_) => Plan::brokers(),
    };
    Plan {
        services: vec![Manner::Tombstones, Manner::Final],
        shapes: vec!["five"],
        weather: Weather {
            busy: 10,
            lost: 5,
            failed: 5,
            applied_failed: 5,
            applied_lost: 5,
            rejected: 30,
            slow_ms: 5,
            stubborn: 2,
            cursed: 3,
            ..Weather::default()
        },
        pair,
        ..base
    }
}

/// Waits until nothing is called any more.
async fn quiet(site: &Site) {
    let deadline = Instant::now() + PATIENCE;
    let (mut calls, mut since) = (None, Instant::now());
    while since.elapsed() < QUIET && Instant::now() < deadline {
        tokio::time::sleep(LOOK).await;
        let now = site.services.count("calls").await;
        if now != calls {
            (calls, since) = (now, Instant::now());
        }
    }
}

async fn judged(site: &Site, wish: Wish, stream: &Stream) -> Told {
    let mut tally = Tally::new(wish.sagas);
    let file = site.services.file();
    record::each(file, |line| tally.call(&line)).expect("the ledger's file reads");
    let mut counts = BTreeMap::new();
    let api = &site.apis()[0];
    let listed = api.each_saga(|id, status| {
        *counts.entry(status.to_owned()).or_default() += 1;
        tally.row(Row { id, status }, |n| stream.told(n));
    });
    let all = listed.await;
    let mut violations = tally.violations(all, |n| stream.accepted(n));
    for (queue, messages) in site.left_in_queues().await {
        violations.push(format!("{messages} messages are left in {queue}"));
    }
    let letters = site.letters().await.len();
    if letters > 0 {
        violations.push(format!("{letters} dead letters are open"));
    }
    let mut set = |name: &str, count: u64| counts.insert(name.to_owned(), count);
    set("runs", 1);
    set("sagas", wish.sagas as u64);
    set("calls", tally.calls());
    set("undos", tally.undos());
    set("dead letters retried", stream.retried());
    set("unanswered or refused for now", stream.put_off());
    counts.retain(|_, count| *count > 0);
    Told {
        wish,
        seconds: 0.0,
        counts,
        violations,
        kept: None,
    }
}

impl Wish {
    pub fn name(&self) -> &'static str {
        name(self.pair)
    }
}

/// What the results call it on this pair.
pub fn name(pair: Pair) -> &'static str {
    match pair {
        Pair::Embedded => "sagas-embedded",
        Pair::Brokers(_) => "sagas-brokers",
    }
}

impl Told {
    /// In words, for a terminal.
    pub fn words(&self) -> String {
        let (name, seed, seconds) = (self.wish.name(), self.wish.seed, self.seconds);
        let mut text = format!("{name}, seed {seed}: {seconds:.0} s\n");
        for (what, count) in &self.counts {
            text += &format!("  {count:>9}  {what}\n");
        }
        match self.violations.len() {
            0 => text += "none lost, none doubled, none left uncompensated\n",
            n => text += &format!("{n} violations:\n"),
        }
        for violation in self.violations.iter().take(20) {
            text += &format!("  {violation}\n");
        }
        if let Some(kept) = &self.kept {
            text += &format!("  evidence: {}\n", kept.display());
        }
        text
    }

    /// For the reliability results.
    pub fn entry(&self) -> Entry {
        let open = self.wish.open;
        Entry {
            kind: Kind::Chaos,
            name: self.wish.name().to_owned(),
            seconds: self.seconds,
            counts: self.counts.clone(),
            notes: vec![format!("seed {}, {open} open at once", self.wish.seed)],
            violations: self.violations.clone(),
            ..Entry::default()
        }
    }
}

/// The pair a flag names.
pub fn pair(embedded: bool) -> Pair {
    if embedded {
        Pair::Embedded
    } else {
        Pair::Brokers(Fsync::Always)
    }
}
