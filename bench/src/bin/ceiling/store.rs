//! Redis: Baton's own scripts on keys of the same shape, many transitions a round trip.

use super::links::Links;
use super::{LANES, Place, STEPS};
use baton_bench::fault::Fault;
use baton_bench::shape;
use baton_bench::sizes::{self, padded};
use redis::{Cmd, Script, Value};
use std::time::{SystemTime, UNIX_EPOCH};

const APPEND: &str = include_str!("../../../../adapters/src/redis/append.lua");
/// As many as Baton makes.
const PARTITIONS: usize = 4;

/// One side's way to Redis.
pub(crate) struct Store {
    links: Links,
    append: String,
}

impl Store {
    pub(crate) async fn connect(url: &str) -> Result<Self, Fault> {
        let links = Links::connect(url).await?;
        let load = redis::cmd("SCRIPT").arg("LOAD").arg(APPEND).to_owned();
        links.run(vec![load]).await?;
        let append = Script::new(APPEND).get_hash().to_owned();
        Ok(Self { links, append })
    }

    /// The same for one of the side's loops.
    pub(crate) fn lane(&self, lane: usize) -> Self {
        Self {
            links: self.links.lane(lane, LANES),
            append: self.append.clone(),
        }
    }

    /// The transition to each of these steps; to the one after the last, the end of the saga.
    pub(crate) async fn append(&self, places: &[&Place]) -> Result<(), Fault> {
        let now = now();
        let cmds = places.iter().map(|place| self.transition(place, now));
        let answers = self.links.run(cmds.collect()).await?;
        // The first element says whether the version was the expected one.
        let moved = |answer: &Value| matches!(answer, Value::Array(all) if all.first() == Some(&Value::Int(1)));
        match answers.iter().find(|answer| !moved(answer)) {
            None => Ok(()),
            Some(answer) => Err(Fault(format!("a transition was not taken: {answer:?}"))),
        }
    }

    fn transition(&self, place: &Place, now: u64) -> Cmd {
        let Place { saga, n } = place;
        let at = place.lane(PARTITIONS);
        let size = match n {
            1 => sizes::STARTED,
            n if *n > STEPS => sizes::ENDED,
            _ => sizes::BETWEEN,
        };
        let over = *n > STEPS;
        let status = if over { "completed" } else { "running" };
        let row = padded("{}".to_owned(), sizes::ROW);
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(&self.append).arg(4).arg(journal(saga, at));
        for name in ["rows", "list", "due"] {
            cmd.arg(key(at, name));
        }
        cmd.arg(&**saga)
            .arg(if *n == 1 { String::new() } else { head(n - 1) })
            .arg(txid(*n))
            .arg(padded("{}".to_owned(), size))
            .arg(sizes::EVENTS)
            // The saga's number stands for its time of creation, which each transition repeats.
            .arg(format!(
                "{:020}\n{status}\n0\nbench/five\n{row}",
                number(saga)
            ));
        if over {
            cmd.arg("").arg("").arg(now + 604_800_000);
        } else {
            cmd.arg(now + 330_000).arg(now + 5_000).arg("");
        }
        cmd
    }

    /// The result of each of these calls.
    pub(crate) async fn keep(&self, places: &[Place]) -> Result<(), Fault> {
        let kept = |place: &Place| {
            let at = place.lane(PARTITIONS);
            let name = key(at, &format!("r:{}/s{}/task/0/0/1", place.saga, place.n));
            let mut set = redis::cmd("SET");
            let value = padded("{}".to_owned(), sizes::RESULT);
            set.arg(&name).arg(value).arg("NX").arg("EX").arg(900);
            set
        };
        let answers = self.links.run(places.iter().map(kept).collect()).await?;
        match answers.iter().find(|answer| **answer != Value::Okay) {
            None => Ok(()),
            Some(answer) => Err(Fault(format!("a result was not kept: {answer:?}"))),
        }
    }
}

/// How a journal begins after so many transitions: its version.
fn head(transitions: usize) -> String {
    format!("{:016x}{}", transitions * sizes::EVENTS, txid(transitions))
}

/// Another for each transition of a saga.
fn txid(transition: usize) -> String {
    format!("{:016x}", transition * 7919)
}

fn key(at: usize, rest: &str) -> String {
    format!("ceiling:{{p{at}}}:{rest}")
}

fn journal(saga: &str, at: usize) -> String {
    key(at, &format!("j:{saga}"))
}

fn number(saga: &str) -> usize {
    shape::parts(saga).map_or(0, |(_, number)| number)
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(0)
}
