//! What each life of an orchestrator counts, beside what it heard of and should have counted.
//!
//! ```text
//!   append is kept ─► what it is worth, by its transaction ─► its writer hears so ─► the truth of this life
//!   life ends, or the run ─► its metrics, as it shows them ──────────────────────► what it counted
//! ```
//!
//! A transition that is kept and whose writer never heard of it is counted by nobody: it died. One that asked three
//! times and got no answer hears of it when it reads the saga again.

use crate::hands::Hands;
use crate::story::Story;
use crate::world::{Port, Who};
use baton_engine::saga::event::{Event, Failure, Place};
use baton_shared::{JobId, Outcome, Problem, StepId, Verdict};
use std::collections::BTreeMap;

/// Numbers by their name with labels, as the metrics have them.
pub type Counts = BTreeMap<String, u64>;

/// All lives there were.
#[derive(Default)]
pub struct Counted {
    /// What transitions are worth that are kept, and whose writers have not heard so yet.
    worth: BTreeMap<u64, Vec<String>>,
    /// Who made each transition.
    writers: BTreeMap<u64, Who>,
    pub lives: BTreeMap<Who, Life>,
}

/// One life of an orchestrator.
#[derive(Debug, Default)]
pub struct Life {
    pub heard: Counts,
    /// What it showed last.
    pub shown: Counts,
    /// Saga spans that it handed on; none where it makes no spans.
    pub spans: Option<u64>,
    /// It may have heard of things and died before it counted them.
    pub died: bool,
}

impl Counted {
    /// A transition is kept. One that a power cut took back may be kept once more.
    pub fn transition(&mut self, txid: u64) {
        self.worth.insert(txid, Vec::new());
    }

    /// A transition is kept that begins a saga.
    pub fn begins(&mut self, txid: u64) {
        let name = "baton_sagas_submitted_total".to_owned();
        self.worth.entry(txid).or_default().push(name);
    }

    /// An event of this transition is kept; `story` is the saga before it.
    pub fn kept(&mut self, txid: u64, story: &Story, event: &Event, hands: &Hands) {
        if let Some(name) = name(story, event, hands) {
            self.worth.entry(txid).or_default().push(name);
        }
    }

    /// Its writer heard that this transition is kept; how often, makes no difference.
    pub fn heard(&mut self, who: Who, txid: u64) {
        for name in self.worth.remove(&txid).unwrap_or_default() {
            self.hears(who, &name);
        }
    }

    pub fn hears(&mut self, who: Who, name: &str) {
        let life = self.lives.entry(who).or_default();
        *life.heard.entry(name.to_owned()).or_default() += 1;
    }

    /// It handed so many more spans of sagas on.
    pub fn spans(&mut self, who: Who, more: u64) {
        let life = self.lives.entry(who).or_default();
        *life.spans.get_or_insert(0) += more;
    }

    /// What a life shows, as Prometheus text.
    pub fn shows(&mut self, who: Who, text: &str, died: bool) {
        let line = |line: &str| {
            let (name, count) = line.rsplit_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        let life = self.lives.entry(who).or_default();
        life.shown = text.lines().filter_map(line).collect();
        life.died = died;
    }
}

impl Port {
    /// These transitions are this life's.
    pub(crate) fn writes(&self, transactions: &[u64]) {
        let mut inside = self.world.lock();
        let writers = &mut inside.books.counted.writers;
        writers.extend(transactions.iter().map(|txid| (*txid, self.who)));
    }

    /// This life reads that these transitions are kept; of its own it may have heard nothing yet.
    pub(crate) fn finds(&self, transactions: impl Iterator<Item = u64>) {
        let mut inside = self.world.lock();
        let counted = &mut inside.books.counted;
        for txid in transactions {
            if counted.writers.get(&txid) == Some(&self.who) {
                counted.heard(self.who, txid);
            }
        }
    }

    /// This life hears that these transitions are kept.
    pub(crate) fn hears(&self, transactions: impl Iterator<Item = u64>) {
        let mut inside = self.world.lock();
        for txid in transactions {
            inside.books.counted.heard(self.who, txid);
        }
    }
}

/// The counter that an event belongs to, if to any.
fn name(story: &Story, event: &Event, hands: &Hands) -> Option<String> {
    let (node, verdict) = match event {
        Event::Ended { status, .. } => {
            return Some(format!(
                "baton_sagas_ended_total{{status=\"{}\"}}",
                status.word()
            ));
        }
        Event::AttemptFailed {
            node,
            attempt,
            verdict,
            problem,
            ..
        } => (
            Some(node),
            failure(story, (node, *attempt), *verdict, problem, hands)?,
        ),
        Event::Completed { node, skipped, .. } => {
            let call = is_called(story, node) && !skipped && !found_nothing(story, node);
            (call.then_some(node), call.then_some("succeeded")?)
        }
        Event::OutputHeld { node, .. } => {
            let call = is_called(story, node) && !found_nothing(story, node);
            (call.then_some(node), call.then_some("succeeded")?)
        }
        Event::LateSuccess { .. } => (None, "succeeded"),
        _ => return None,
    };
    let undoes = node.is_some_and(|node| matches!(story.place(node), Some(Place::Undo(_))));
    let kind = if undoes { "compensation" } else { "task" };
    Some(format!(
        "baton_attempts_total{{kind=\"{kind}\",verdict=\"{verdict}\"}}"
    ))
}

/// A call that is not done yet: a person may settle its output later.
fn is_called(story: &Story, node: &StepId) -> bool {
    let step = story.steps.get(node);
    step.is_some_and(|step| step.call.is_some() && !step.unshaped)
}

/// It is done because its refusal said that there is nothing to undo: that is counted already.
fn found_nothing(story: &Story, node: &StepId) -> bool {
    let last = story.journal.last().map(|recorded| &recorded.event);
    matches!(last, Some(Event::AttemptFailed { node: failed, verdict: Failure::Rejected, .. }) if failed == node)
}

/// How an attempt that failed is counted. One that nobody reported is not: its time was up.
fn failure(
    story: &Story,
    (node, attempt): (&StepId, u32),
    verdict: Failure,
    problem: &Problem,
    hands: &Hands,
) -> Option<&'static str> {
    if verdict == Failure::Rejected {
        return Some("rejected");
    }
    if problem.title == crate::law::caused::GIVEN_UP {
        return Some("given-up");
    }
    let call = story.steps.get(node)?.call.as_ref()?;
    let of = |job: &&JobId| {
        job.step == *node
            && (job.epoch, job.round, job.attempt) == (call.epoch, call.round, attempt)
    };
    let job = story.attempts.iter().find(of)?;
    let same = |outcome: &Outcome| match &outcome.verdict {
        Verdict::Unknown { problem: said } => {
            (&said.kind, &said.title, &said.detail)
                == (&problem.kind, &problem.title, &problem.detail)
        }
        _ => false,
    };
    hands.reports(job).any(same).then_some("unknown")
}
