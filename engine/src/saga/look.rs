//! What the explorer sees of a saga from outside: where it stands, what holds it, and whether two of
//! them go on alike.

use super::event::CallStarted;
use super::node::{Body, Phase};
use super::state::{Saga, Stage};
use crate::workflow::TaskIndex;
use baton_shared::{Problem, StepId, Timestamp};
use std::hash::{Hash, Hasher};

/// A dead letter, as the state has it.
pub(crate) struct Letter<'a> {
    pub step: &'a StepId,
    /// None where it only informs.
    pub task: Option<TaskIndex>,
    /// Why it is held, as a sentence.
    pub reason: &'a str,
    /// What went wrong last.
    pub problem: String,
    /// No call was ever made for it: its request cannot be made, or it makes none.
    pub uncalled: bool,
}

impl Saga {
    /// Everything that decisions depend on, and nothing that only counts or dates. Two sagas of one
    /// workflow and one submission whose hashes agree go on alike.
    pub(crate) fn hash_future(&self, hasher: &mut impl Hasher) {
        (&self.context, &self.outputs, &self.nodes, &self.records).hash(hasher);
        (&self.late, self.last_order, self.laps, self.yielded).hash(hasher);
        (self.local_events, self.had_records, self.stage).hash(hasher);
        (&self.failing, &self.pending, &self.pivot).hash(hasher);
        (self.paused, self.overdue, self.deadline).hash(hasher);
        (&self.dropped, &self.ended).hash(hasher);
    }

    /// Every dead letter that is open.
    pub(crate) fn letters(&self) -> impl Iterator<Item = Letter<'_>> {
        self.nodes.iter().filter_map(|(step, node)| {
            let (reason, problem, uncalled) = match &node.body {
                Body::Stuck {
                    problem,
                    reason,
                    output,
                } => (reason, Some(problem), output.is_none()),
                Body::Call(call) => match &call.phase {
                    Phase::Held { reason } => (reason, call.last.as_ref(), false),
                    _ => return None,
                },
                _ => return None,
            };
            Some(Letter {
                step,
                task: node.task,
                reason,
                problem: problem.map(said).unwrap_or_default(),
                uncalled,
            })
        })
    }

    /// The workflow's deadline, while it can still strike.
    pub(crate) fn deadline_ahead(&self) -> Option<Timestamp> {
        let ahead = self.stage == Stage::Forward && self.pending.is_none();
        self.deadline.filter(|_| ahead)
    }

    /// Why it fails, if it does.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failing.as_ref().map(|failing| said(&failing.problem))
    }

    /// A call or a wait that is alive; the first by id.
    pub(crate) fn leaf(&self) -> Option<&StepId> {
        let mut leaves = self.nodes.iter();
        leaves
            .find(|(_, node)| matches!(node.body, Body::Call(_) | Body::Wait { .. }))
            .map(|(step, _)| step)
    }

    /// Whether `$steps.<name>` is there.
    pub(crate) fn has_output(&self, name: &str) -> bool {
        self.outputs.contains_key(name)
    }

    /// Whether `$context.<name>` is there, outside forks.
    pub(crate) fn has_context(&self, name: &str) -> bool {
        self.context.get(name).is_some_and(|value| !value.is_null())
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether a request to cancel would change anything.
    pub(crate) fn can_be_cancelled(&self) -> bool {
        self.stage == Stage::Forward && self.pivot.is_none() && self.pending.is_none()
    }
}

impl Hash for CallStarted {
    /// Not the request: under one key it is always the same (V13), and the explorer's judge keeps a
    /// hash of it beside the key. Service, operation and timeout are the task's.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.key, &self.compensates, &self.input, &self.dot).hash(hasher);
        (self.deadline, self.epoch, self.round).hash(hasher);
        (self.attempts_before, self.pivot).hash(hasher);
    }
}

fn said(problem: &Problem) -> String {
    match &problem.detail {
        Some(detail) => format!("{}: {detail}", problem.title),
        None => problem.title.clone(),
    }
}
