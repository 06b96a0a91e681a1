//! `chaos first-progress`: how long nothing moves after the orchestrator is killed that reads the outcomes.
//!
//! ```text
//!   kill -9 ──► answers of services wait in queues ──► somebody else reads one ──► a call follows from it
//!      └──────────────────────────── this long, by the ledger's clock ───────────────────┘
//! ```
//!
//! Jobs that were in a queue already are called without any orchestrator, and a new saga needs only the
//! API. So what counts is a call of a later step whose step before was called after the kill: its job was
//! published by who lives on. That is a little more than the gap itself, by one call of a service. With one
//! process it includes the start of the next.
//!
//! Two orchestrators are killed in turn: who was started last waits until the other is gone, so the one
//! that is killed owns every queue of outcomes.

use crate::folder::Folder;
use crate::plan::{Pair, Plan};
use crate::site::Site;
use crate::site::fault::Kind;
use crate::stream::Stream;
use crate::workload::Shape;
use baton_ledger::manner::Manner;
use baton_ledger::record::{Line, Verdict};
use baton_ledger::weather::Weather;
use baton_report::{self as report, Entry};
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the results call its kills.
pub(crate) const KILLS: &str = "fault.kill -9 of the process that reads the outcomes";
/// What p99 may be.
const BUDGET_MS: u64 = 2_000;
/// Sagas of the running load that are open at once.
const LOAD: usize = 8;
/// More than the load can finish.
const ENDLESS: usize = 1_000_000;
/// Submissions of parked sagas under way at once.
const AT_ONCE: usize = 32;
/// How long a first call is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A saga that is open as long as this takes.
const PARKED: &str = "\
document: { dsl: '1.0.3', namespace: chaos, name: parked, version: '1.0.0' }
do:
  - rest: { wait: { hours: 12 } }
";

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub pair: Pair,
    pub kills: usize,
    /// Sagas that are open all the time.
    pub parked: usize,
    pub seed: u64,
}

/// What it came to.
pub struct Told {
    pub wish: Wish,
    pub seconds: f64,
    /// From each kill to the first call that follows, in milliseconds, sorted.
    pub times: Vec<u64>,
    /// Sagas of the load that ended.
    pub ended: u64,
    pub violations: Vec<String>,
}

/// Runs it; `say` is told what came of each kill.
pub async fn run(wish: Wish, mut say: impl FnMut(&str)) -> Told {
    let start = Instant::now();
    let folder = Folder::new(wish.name(), wish.seed);
    let mut site = Site::start(plan(wish.pair), wish.seed, folder.path()).await;
    site.open().await;
    park(&site, wish.parked).await;
    say(&format!("{} sagas are parked", wish.parked));
    let five = [format!("chaos/five-{}", Manner::Tombstones.word())];
    let load = Stream::new("f", &five, site.apis(), ENDLESS);
    let running = tokio::spawn(Arc::clone(&load).run(LOAD));
    let mut told = Told {
        wish,
        seconds: 0.0,
        times: Vec::new(),
        ended: 0,
        violations: Vec::new(),
    };
    let mut tail = Tail::open(site.services.file()).expect("the ledger's file is there");
    // Who reads which outcomes at the beginning is chance: the first kill decides it and is not counted.
    for n in 0..=wish.kills {
        let first = kill(&mut site, &mut tail, n).await;
        match first {
            Some(ms) if n > 0 => told.times.push(ms),
            Some(_) => {}
            None => told
                .violations
                .push(format!("nothing moved after kill {n}")),
        }
        say(&format!("kill {n}: {first:?} ms"));
    }
    load.stop();
    running.await.expect("the load does not panic");
    told.ended = load.ended();
    if load.stuck() > 0 {
        let stuck = format!("{} sagas of the load did not end", load.stuck());
        told.violations.push(stuck);
    }
    told.times.sort_unstable();
    if told.part(99) > BUDGET_MS {
        let late = format!("p99 is {} ms, and may be {BUDGET_MS}", told.part(99));
        told.violations.push(late);
    }
    told.seconds = start.elapsed().as_secs_f64();
    told
}

fn plan(pair: Pair) -> Plan {
    let base = match pair {
        Pair::Embedded => Plan::embedded(),
        Pair::Brokers(_) => Plan::brokers(),
    };
    Plan {
        services: vec![Manner::Tombstones],
        shapes: vec!["five"],
        weather: Weather {
            slow_ms: 40,
            ..Weather::default()
        },
        pair,
        ..base
    }
}

/// Submits sagas that wait, and nothing else, as long as this takes.
async fn park(site: &Site, sagas: usize) {
    let apis = site.apis();
    apis[0].deploy(PARKED).await;
    let input = json!({});
    let one = |n: usize| {
        let (api, input) = (&apis[n % apis.len()], &input);
        async move { api.submit("chaos/parked", &format!("p-{n}"), input).await }
    };
    let parked = stream::iter(0..sagas).map(one).buffer_unordered(AT_ONCE);
    parked.collect::<Vec<_>>().await;
}

/// Kills orchestrator `n`, each in turn; how long it took until a call followed. Afterwards all run.
async fn kill(site: &mut Site, tail: &mut Tail, n: usize) -> Option<u64> {
    let n = n % site.orchestrators.len();
    // The one that came back last is ready to take over.
    site.pause(700, 1500).await;
    tail.follows(now_ms()).await?;
    let killed = now_ms();
    site.kill(Kind::Orchestrator, n);
    if site.plan.pair == Pair::Embedded {
        site.revive(Kind::Orchestrator, n);
    }
    let first = tail.follows(killed).await?;
    site.revive(Kind::Orchestrator, n);
    site.apis()[n].ready().await;
    Some(first - killed)
}

/// The end of the ledger's file, as it grows.
struct Tail {
    file: BufReader<File>,
    /// What was read of a line that is not whole yet.
    text: String,
}

impl Tail {
    fn open(file: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::new(File::open(file)?),
            text: String::new(),
        })
    }

    /// The next whole line, if there is one.
    fn next(&mut self) -> Option<Line> {
        let read = self.file.read_line(&mut self.text);
        read.expect("the ledger's file reads");
        if !self.text.ends_with('\n') {
            return None;
        }
        let line = serde_json::from_str(&self.text).expect("a line of the ledger");
        self.text.clear();
        Some(line)
    }

    /// Waits for the first call that follows from one that came at this moment or later; when it came.
    async fn follows(&mut self, since: u64) -> Option<u64> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Followed::default();
        while Instant::now() < deadline {
            while let Some(line) = self.next() {
                if line.at_ms >= since && seen.follows(&line) {
                    return Some(line.at_ms);
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }
}

/// Steps that were answered with success.
#[derive(Default)]
struct Followed(BTreeSet<(String, usize)>);

impl Followed {
    /// Whether this call needs the answer of a call seen before.
    fn follows(&mut self, line: &Line) -> bool {
        let five = Shape::named("five").expect("a shape");
        let place = five.steps.iter().position(|step| step.name == line.step);
        let Some(place) = place.filter(|_| !line.undo) else {
            return false;
        };
        if line.verdict == Verdict::Ok {
            self.0.insert((line.saga.clone(), place));
        }
        place > 0 && self.0.contains(&(line.saga.clone(), place - 1))
    }
}

/// In ms of Unix time, as the ledger's lines say it.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

impl Wish {
    pub fn name(&self) -> &'static str {
        match self.pair {
            Pair::Embedded => "first-progress-embedded",
            Pair::Brokers(_) => "first-progress-brokers",
        }
    }
}

impl Told {
    /// So many of a hundred took no longer than this.
    fn part(&self, percent: usize) -> u64 {
        let place = (self.times.len() * percent).div_ceil(100);
        let at = place.checked_sub(1).and_then(|at| self.times.get(at));
        at.copied().unwrap_or(0)
    }

    /// In words.
    pub fn words(&self) -> String {
        let (kills, parked, ended) = (self.times.len(), self.wish.parked, self.ended);
        format!(
            "{kills} kills, {parked} sagas parked, {ended} ended meanwhile; first progress after p50 {} ms, \
             p99 {} ms, at most {} ms",
            self.part(50),
            self.part(99),
            self.part(100)
        )
    }

    /// For the reliability results.
    pub fn entry(&self) -> Entry {
        let count = |name: &str, count: usize| (name.to_owned(), count as u64);
        Entry {
            kind: report::Kind::Chaos,
            name: self.wish.name().to_owned(),
            seconds: self.seconds,
            counts: BTreeMap::from([
                count("runs", 1),
                count("sagas", self.wish.parked),
                ("completed".to_owned(), self.ended),
                count(KILLS, self.times.len()),
            ]),
            notes: vec![format!("seed {}", self.wish.seed), self.words()],
            violations: self.violations.clone(),
            ..Entry::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_ledger::record::Effect;

    fn line(saga: &str, step: &str) -> Line {
        Line {
            arrived: 0,
            at_ms: 0,
            service: "tombstones".to_owned(),
            undo: false,
            key: format!("{saga}:{step}"),
            saga: saga.to_owned(),
            step: step.to_owned(),
            attempt: 1,
            compensates: None,
            deadline: String::new(),
            body: "00".to_owned(),
            effect: Effect::Applied,
            verdict: Verdict::Ok,
            said: String::new(),
        }
    }

    #[test]
    fn only_a_call_that_needs_an_answer_follows() {
        let mut seen = Followed::default();
        assert!(!seen.follows(&line("x", "a")), "a submission is enough");
        assert!(
            !seen.follows(&line("y", "c")),
            "it may have been in a queue"
        );
        assert!(!seen.follows(&line("y", "b")), "of another saga's step");
        assert!(seen.follows(&line("x", "b")));
    }

    #[test]
    fn parts_of_a_hundred() {
        let told = Told {
            wish: Wish {
                pair: Pair::Embedded,
                kills: 4,
                parked: 0,
                seed: 1,
            },
            seconds: 0.0,
            times: vec![1, 2, 3, 40],
            ended: 0,
            violations: Vec::new(),
        };
        assert_eq!((told.part(50), told.part(99), told.part(100)), (2, 40, 40));
    }
}
