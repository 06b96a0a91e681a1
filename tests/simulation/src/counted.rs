//! What each life of an orchestrator counts, beside what it heard of and should have counted.
//!
//! ```text
//!   append is kept ─► what it is worth, by its transaction ─► its writer hears so ─► the truth of this life
//!   life ends, or the run ─► its metrics, as it shows them ──────────────────────► what it counted
//! ```
//!
//! A transition that is kept and whose writer never heard of it is counted by nobody: it died, or it never read the
//! saga again. One that got no answer finds it there when it does: or another's, of the same report in the same
//! millisecond, which nobody can tell from its own.

use crate::hands::Hands;
use crate::store::KeptSaga;
use crate::story::Story;
use crate::world::{Port, Who};
use baton_engine::saga::event::{Event, Failure, Place};
use baton_engine::store::{Append, AppendError};
use baton_shared::port::StoreError;
use baton_shared::{JobId, Outcome, Problem, SagaId, StepId, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers by their name with labels, as the metrics have them.
pub type Counts = BTreeMap<String, u64>;

/// All lives there were.
#[derive(Default)]
pub struct Counted {
    /// What transitions are worth that are kept.
    worth: BTreeMap<u64, Vec<String>>,
    /// Those of which a life has heard.
    told: BTreeSet<(Who, u64)>,
    /// What each life wrote without an answer, and has not read since.
    unsure: BTreeMap<(Who, SagaId), Vec<Written>>,
    pub lives: BTreeMap<Who, Life>,
}

/// A transition as its writer has it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    saga: SagaId,
    txid: u64,
    /// The length of the journal before it.
    seq: u64,
    events: Vec<u8>,
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
        if self.told.insert((who, txid)) {
            for name in self.worth.get(&txid).cloned().unwrap_or_default() {
                self.hears(who, &name);
            }
        }
    }

    /// It reads the saga: what it wrote without an answer may be there.
    fn finds(&mut self, who: Who, id: &SagaId, saga: &KeptSaga) {
        let all = self.unsure.remove(&(who, id.clone())).unwrap_or_default();
        for txid in all.iter().filter_map(|written| written.stands_in(saga)) {
            self.heard(who, txid);
        }
        self.unwritten(who, id, all, saga.seq);
    }

    /// Where nothing was written since, it may still come.
    fn unwritten(&mut self, who: Who, id: &SagaId, mut all: Vec<Written>, seq: u64) {
        all.retain(|written| written.seq == seq);
        if !all.is_empty() {
            self.unsure.insert((who, id.clone()), all);
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

impl Written {
    pub(crate) fn of(append: &Append) -> Self {
        Self {
            saga: append.saga.clone(),
            txid: append.txid,
            seq: append.expected.seq,
            events: append.events.clone(),
        }
    }

    /// The transition that stands where this one was to stand, if it says the same.
    fn stands_in(&self, saga: &KeptSaga) -> Option<u64> {
        let mut transitions = saga.transitions.iter();
        let (txid, seq) = transitions.find(|(_, seq)| *seq == self.seq)?;
        let lines = saga.events.split_inclusive(|byte| *byte == b'\n');
        let after: Vec<u8> = lines
            .skip(usize::try_from(*seq).ok()?)
            .flatten()
            .copied()
            .collect();
        after.starts_with(&self.events).then_some(*txid)
    }
}

impl Port {
    /// This life hears what became of these transitions.
    pub(crate) fn hears(&self, written: Vec<Written>, answers: &[Result<(), AppendError>]) {
        let mut inside = self.world.lock();
        let counted = &mut inside.books.counted;
        for (written, answer) in written.into_iter().zip(answers) {
            match answer {
                Ok(()) => counted.heard(self.who, written.txid),
                Err(AppendError::Store(StoreError::Unavailable(_))) => {
                    let key = (self.who, written.saga.clone());
                    counted.unsure.entry(key).or_default().push(written);
                }
                Err(_) => {}
            }
        }
    }

    /// This life reads these sagas.
    pub(crate) fn finds(&self, ids: &[SagaId], sagas: &[Result<Option<KeptSaga>, StoreError>]) {
        let mut inside = self.world.lock();
        let counted = &mut inside.books.counted;
        for (id, saga) in ids.iter().zip(sagas) {
            match saga {
                Ok(Some(saga)) => counted.finds(self.who, id, saga),
                Ok(None) => {
                    let all = counted.unsure.remove(&(self.who, id.clone()));
                    counted.unwritten(self.who, id, all.unwrap_or_default(), 0);
                }
                Err(_) => {}
            }
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
