//! What the judge sees: the ledger's file, the client's log, and what Baton says of every saga.

use crate::client::Op;
use crate::invariant::metrics::Counted;
use crate::plan::Plan;
use crate::workload::{Shape, of_workflow};
use baton_ledger::manner::Manner;
use baton_ledger::record::{Effect, Line, Verdict};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// All of it, after the last saga has ended.
pub struct Evidence {
    pub plan: Plan,
    /// When everything ran again: in ms of Unix time, as the ledger's lines say it.
    pub healed_ms: u64,
    pub lines: Vec<Line>,
    pub log: Vec<Op>,
    pub sagas: BTreeMap<String, Saga>,
    /// Open dead letters as the API lists them.
    pub letters: Vec<Value>,
    /// Messages left in the broker's queues.
    pub queued: BTreeMap<String, u64>,
    /// Timers and duties to publish that the store still holds of sagas that have ended.
    pub due: BTreeSet<String>,
    /// Redirects that were followed.
    pub trapped: u64,
    /// What the store holds of each saga.
    pub journals: BTreeMap<String, Journal>,
    /// Sagas of which Redis lost what it had acknowledged.
    pub lost: BTreeSet<String>,
    /// Where the token lies that every call carries.
    pub leaks: Vec<String>,
    /// Calls that carried a token.
    pub authorized: u64,
    /// What each orchestrator counted.
    pub counted: BTreeMap<String, Counted>,
    /// The most memory of each program, in KiB.
    pub peaks: BTreeMap<String, u64>,
}

/// What a store holds of a saga.
#[derive(Clone, Debug)]
pub struct Journal {
    /// How many events there are, as its head says.
    pub seq: u64,
    /// Null where a line is no JSON.
    pub events: Vec<Value>,
}

impl Journal {
    /// Sixteen digits of its length, sixteen of the last transition, and a line an event.
    pub fn read(text: &str) -> Self {
        let head = text.get(..16).unwrap_or_default();
        let lines = text.get(32..).unwrap_or_default().lines();
        Self {
            seq: u64::from_str_radix(head, 16).unwrap_or(0),
            events: lines
                .map(|line| serde_json::from_str(line).unwrap_or(Value::Null))
                .collect(),
        }
    }
}

/// The sagas of which something is gone: what was held of them at a moment `before` does not begin what is
/// held of them `now`. Events carry their moments, so what was decided anew is told from what was kept.
pub fn lost(
    before: &BTreeMap<String, Journal>,
    now: &BTreeMap<String, Journal>,
) -> BTreeSet<String> {
    let kept = |saga: &String, then: &Journal| {
        now.get(saga)
            .is_some_and(|now| now.events.starts_with(&then.events))
    };
    let lost = before.iter().filter(|(saga, then)| !kept(saga, then));
    lost.map(|(saga, _)| saga.clone()).collect()
}

/// One saga: Baton's view of it, and its lines of the ledger by their places in the file.
pub struct Saga {
    pub id: String,
    pub status: String,
    pub shape: &'static Shape,
    pub service: Manner,
    pub pivot: Option<String>,
    pub steps: Vec<Step>,
    pub lines: Vec<(usize, Line)>,
}

/// A step, or the compensation of one, as Baton tells it.
pub struct Step {
    pub name: String,
    /// Of a compensation: the step it undoes.
    pub compensates: Option<String>,
    pub status: String,
    pub key: String,
    pub service: bool,
    pub attempts: Vec<Attempt>,
}

pub struct Attempt {
    pub number: u64,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub status: String,
    pub http: Option<u64>,
}

/// Whether a status never changes.
pub fn is_final(status: &str) -> bool {
    matches!(
        status,
        "completed" | "compensated" | "faulted" | "cancelled"
    )
}

impl Saga {
    /// Reads Baton's view; none for a workflow that is none of ours.
    pub fn read(view: &Value, lines: Vec<(usize, Line)>) -> Option<Self> {
        let (shape, service) = of_workflow(view["workflow"].as_str()?)?;
        let steps = view["steps"].as_array()?;
        Some(Self {
            id: text(view, "id"),
            status: text(view, "status"),
            pivot: view["pivot"].as_str().map(str::to_owned),
            steps: steps.iter().map(Step::read).collect(),
            shape,
            service,
            lines,
        })
    }

    /// The calls of a step forward, in the ledger's order.
    pub fn calls<'a>(&'a self, step: &'a str) -> impl Iterator<Item = &'a (usize, Line)> {
        let of = move |(_, line): &&(usize, Line)| !line.undo && line.step == step;
        self.lines.iter().filter(of)
    }

    /// The calls that undo what this key did.
    pub fn undos<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a (usize, Line)> {
        let of =
            move |(_, line): &&(usize, Line)| line.undo && line.compensates.as_deref() == Some(key);
        self.lines.iter().filter(of)
    }

    /// Steps forward that made calls.
    pub fn forward(&self) -> impl Iterator<Item = &Step> {
        let forward = |step: &&Step| step.service && step.compensates.is_none();
        self.steps.iter().filter(forward)
    }

    /// The compensations of a step.
    pub fn compensations<'a>(&'a self, step: &'a str) -> impl Iterator<Item = &'a Step> {
        let of = move |known: &&Step| known.compensates.as_deref() == Some(step);
        self.steps.iter().filter(of)
    }

    /// Effects of this key that stand in the end.
    pub fn standing(&self, key: &str) -> u32 {
        let mut standing = 0;
        for (_, line) in &self.lines {
            match line.effect {
                Effect::Applied if line.key == key => standing += 1,
                Effect::Twice if line.key == key => standing += 2,
                Effect::Undone if line.compensates.as_deref() == Some(key) => standing = 0,
                _ => {}
            }
        }
        standing
    }

    /// A call of this key was applied after it had been undone: only a tombstone prevents that.
    pub fn landed_late(&self, key: &str) -> bool {
        let first_undo = self.undos(key).map(|(at, _)| *at).next();
        let applied = |(at, line): &&(usize, Line)| {
            line.key == key && line.effect == Effect::Applied && Some(*at) > first_undo
        };
        first_undo.is_some() && self.lines.iter().any(|line| applied(&line))
    }

    /// Its lines of the ledger as evidence: those of this step, or all.
    pub fn told(&self, step: Option<&str>) -> Vec<String> {
        let about = |line: &&(usize, Line)| step.is_none_or(|step| line.1.step.contains(step));
        self.lines
            .iter()
            .filter(about)
            .map(|(at, line)| tell(*at, line))
            .collect()
    }
}

impl Step {
    fn read(step: &Value) -> Self {
        let attempts = step["attempts"].as_array().cloned().unwrap_or_default();
        Self {
            name: text(step, "name"),
            compensates: step["compensates"].as_str().map(str::to_owned),
            status: text(step, "status"),
            key: text(step, "idempotencyKey"),
            service: step["service"].is_string(),
            attempts: attempts.iter().map(Attempt::read).collect(),
        }
    }
}

impl Attempt {
    fn read(attempt: &Value) -> Self {
        let moment = |name: &str| attempt[name].as_str().and_then(|text| text.parse().ok());
        Self {
            number: attempt["number"].as_u64().unwrap_or(0),
            started: moment("startedAt"),
            ended: moment("endedAt"),
            status: text(attempt, "status"),
            http: attempt["httpStatus"].as_u64(),
        }
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// A line for people.
pub fn tell(at: usize, line: &Line) -> String {
    let way = if line.undo { "undo" } else { "do" };
    let verdict = match line.verdict {
        Verdict::Broken => "proves nothing",
        Verdict::Ok => "ok",
        Verdict::Absent => "nothing there",
        Verdict::Refused => "refused",
        Verdict::Busy => "busy",
    };
    format!(
        "ledger {:>5}  {}.{way} {} attempt {} key {} body {}: {:?}, said {} ({verdict})",
        at + 1,
        line.service,
        line.step,
        line.attempt,
        line.key,
        line.body,
        line.effect,
        line.said
    )
}

/// The lines of each saga.
pub fn by_saga(lines: &[Line]) -> BTreeMap<String, Vec<(usize, Line)>> {
    let mut sagas: BTreeMap<String, Vec<(usize, Line)>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        sagas
            .entry(line.saga.clone())
            .or_default()
            .push((at, line.clone()));
    }
    sagas
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// By saga, the moments of its events.
    fn journals(sagas: &[(&str, &[u64])]) -> BTreeMap<String, Journal> {
        let journal = |moments: &[u64]| Journal {
            seq: moments.len() as u64,
            events: moments.iter().map(|at| json!({ "at": at })).collect(),
        };
        sagas
            .iter()
            .map(|(saga, moments)| ((*saga).to_owned(), journal(moments)))
            .collect()
    }

    #[test]
    fn what_grew_is_not_lost() {
        let before = journals(&[
            ("grew", &[1, 2]),
            ("shorter", &[1, 2]),
            ("anew", &[1, 2]),
            ("gone", &[1]),
        ]);
        let now = journals(&[
            ("grew", &[1, 2, 3]),
            ("shorter", &[1]),
            ("anew", &[1, 4, 5]),
            ("new", &[9]),
        ]);
        let lost: Vec<String> = lost(&before, &now).into_iter().collect();
        assert_eq!(lost, ["anew", "gone", "shorter"]);
    }
}
