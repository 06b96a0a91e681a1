//! What is alive in a saga: composites with a cursor, waits, calls. Gone when they end.

use super::event::{CallStarted, Next, Place};
use super::knowledge::Knowledge;
use crate::workflow::TaskIndex;
use baton_shared::{Problem, StepId, Timestamp};
use serde_json::Value;
use std::sync::Arc;

/// A live activation of a task, or the root of a list.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Node {
    /// None for the roots.
    pub task: Option<TaskIndex>,
    pub name: Arc<str>,
    pub reference: Arc<str>,
    pub parent: Option<StepId>,
    pub branch: Option<usize>,
    pub place: Place,
    pub dot: Arc<Value>,
    pub entered: Timestamp,
    pub deadline: Option<Timestamp>,
    /// The newest record when it began: those of what is inside it are newer.
    pub since: u64,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Body {
    List(Cursor),
    For {
        items: Arc<Vec<Value>>,
        each: Arc<str>,
        at: Arc<str>,
        index: usize,
        cursor: Cursor,
    },
    Fork {
        branches: Vec<Branch>,
        /// Each branch's own `$context`, from a copy of what there was.
        contexts: Vec<Arc<Value>>,
        compete: bool,
        failed: Option<Problem>,
        won: Option<usize>,
    },
    Try {
        phase: TryPhase,
        round: u32,
        cursor: Cursor,
        caught: Option<(Arc<str>, Problem)>,
    },
    Wait {
        until: Timestamp,
    },
    Call(Box<Call>),
    Stuck {
        problem: Problem,
        reason: String,
        /// The raw output, where the task is done and only the shape of its output failed.
        output: Option<Arc<Value>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum TryPhase {
    Block,
    /// The error is taken; what must be undone is being undone. With a moment: then a new round.
    Undoing {
        rerun: Option<Timestamp>,
    },
    Handler,
}

/// Where a list stands.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Cursor {
    pub at: usize,
    /// The newest lap that a `then` going back began here; 0 before the first.
    pub lap: u32,
    /// The next task's `.`
    pub data: Arc<Value>,
    /// A child is alive.
    pub busy: bool,
    pub done: Option<Next>,
}

impl Cursor {
    pub(super) fn new(data: Arc<Value>) -> Self {
        Self {
            at: 0,
            lap: 0,
            data,
            busy: false,
            done: None,
        }
    }

    /// Laps are numbered over the whole saga, so that no two lists ever name the same one.
    pub(super) fn go(&mut self, next: Next, laps: &mut u32) {
        self.busy = false;
        match next {
            Next::At(position) => {
                if position <= self.at {
                    *laps += 1;
                    self.lap = *laps;
                }
                self.at = position;
            }
            Next::Exit | Next::End => self.done = Some(next),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Branch {
    Owed,
    Running,
    /// Its output, and the node that it was.
    Done(Arc<Value>, StepId),
    Failed,
}

/// A call's own state.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Call {
    /// Fixed for all attempts, and the event's own.
    pub started: Arc<CallStarted>,
    pub phase: Phase,
    /// The number of the newest attempt.
    pub attempt: u32,
    /// Attempts since a person last asked; what the retry policy counts.
    pub tries: u32,
    pub first_attempt: Option<Timestamp>,
    pub knowledge: Knowledge,
    /// An earlier attempt of this round was unknown (compensations).
    pub maybe: bool,
    pub last: Option<Problem>,
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Phase {
    Ready,
    Out {
        deadline: Timestamp,
    },
    Backoff {
        due: Timestamp,
    },
    Held {
        reason: String,
    },
    /// The old epoch, this record, is undone before the edited one starts.
    Replacing {
        record: u64,
        input: Arc<Value>,
    },
}

impl Node {
    pub(super) fn is_held(&self) -> bool {
        match &self.body {
            Body::Stuck { .. } => true,
            Body::Call(call) => matches!(call.phase, Phase::Held { .. }),
            _ => false,
        }
    }

    pub(super) fn call(&self) -> Option<&Call> {
        match &self.body {
            Body::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The suffix that its id adds to its name, which its children inherit.
    pub(super) fn suffix<'a>(&self, id: &'a StepId) -> &'a str {
        id.as_str()
            .strip_prefix(self.name.as_ref())
            .unwrap_or_default()
    }
}

impl Call {
    /// The record of the epoch that is undone before the edited one starts.
    pub(super) fn replacing(&self) -> Option<u64> {
        match self.phase {
            Phase::Replacing { record, .. } => Some(record),
            _ => None,
        }
    }
}
