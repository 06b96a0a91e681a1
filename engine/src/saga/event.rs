//! Facts that a saga recorded: its journal.
//!
//! An event says all that [`super::Saga::apply`] and the view need, so that replaying one needs no
//! workflow, no catalogue and no expression: what was computed once is written down.

use crate::weight::weight;
use crate::workflow::TaskIndex;
use baton_shared::{Problem, Request, ServiceName, StepId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

use super::Status;

/// An event with its moment; how it is read stands in [`super::line`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recorded {
    pub at: Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

/// The enum, and the same once more as [`super::line`] reads it: by a kind that is known beforehand. serde
/// has one way to write and read an enum, and the way that reads well is not the way that reads fast.
macro_rules! read_by_kind {
    ($(#[$doc:meta])* pub enum $name:ident { $($body:tt)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
        pub enum $name { $($body)* }

        #[derive(Deserialize)]
        #[serde(remote = "Event", rename_all = "camelCase", rename_all_fields = "camelCase")]
        pub(super) enum Known { $($body)* }
    };
}

read_by_kind! {
    /// One fact. Past tense; who records it and what follows is said beside each.
    pub enum Event {
        /// The first event: the saga exists from here on.
        Submitted {
            workflow: Arc<str>,
            version: Arc<str>,
            /// As submitted.
            input: Arc<Value>,
            /// After `input.from`: the first task's `.`
            data: Arc<Value>,
            /// The workflow's timeout, as a moment.
            deadline: Option<Timestamp>,
            traceparent: Option<Arc<str>>,
        },
        /// A task that takes time or holds others began; it now has a node.
        Entered {
            node: StepId,
            at_task: AtTask,
            input: Arc<Value>,
            deadline: Option<Timestamp>,
            form: Form,
        },
        /// A loop goes into its next iteration.
        Iterated {
            node: StepId,
            index: usize,
        },
        /// A task ended well. Its node, if it had one, is gone; its parent goes on.
        Completed {
            node: StepId,
            at_task: AtTask,
            output: Arc<Value>,
            /// Some later expression names it.
            keep: bool,
            export: Option<Arc<Value>>,
            next: Next,
            /// What undoes it; registers a record in this same event.
            compensate: Option<TaskIndex>,
            /// Done by a person's word and not by the service's.
            skipped: bool,
            /// What the service answered with, where one did.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            status: Option<u16>,
            /// Why a person skipped it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<String>,
        },
        /// A task's `if` was false, or a switch chose: nothing ran, the parent goes on.
        Passed {
            parent: StepId,
            next: Next,
        },
        /// A task that makes no call failed; its error leaves it next.
        Failed {
            node: StepId,
            at_task: AtTask,
            problem: Problem,
        },
        /// A composite ended without completing: an error or a drain went through it.
        Left {
            node: StepId,
        },

        /// A call began: its request is fixed for all attempts of this epoch and round.
        StepStarted {
            node: StepId,
            at_task: AtTask,
            call: Arc<CallStarted>,
        },
        /// An attempt is owed to the queue.
        AttemptStarted {
            node: StepId,
            attempt: u32,
            deadline: Timestamp,
        },
        /// An attempt ended badly, or its deadline passed.
        AttemptFailed {
            node: StepId,
            attempt: u32,
            verdict: Failure,
            /// The job had come to its worker more than once.
            redelivered: bool,
            /// By a service whose final rejections prove that nothing happened.
            proven: bool,
            status: Option<u16>,
            problem: Problem,
        },
        /// The next attempt is due then.
        RetryScheduled {
            node: StepId,
            due: Timestamp,
        },
        /// A retry came due while nothing may start.
        Readied {
            node: StepId,
        },
        /// Never taken back: the step's error leaves it. Registers what its compensation must do.
        StepGivenUp {
            node: StepId,
            problem: Problem,
            compensate: Option<TaskIndex>,
        },
        /// The pivot of a saga that went back is reported to have happened: a person must know.
        PivotStandsLate {
            node: StepId,
            record: u64,
            reason: String,
        },
        /// Never started, or a wait cut short by a drain.
        StepStopped {
            node: StepId,
        },
        /// A task that no call is behind cannot go on without a person.
        TaskHeld {
            node: StepId,
            at_task: AtTask,
            input: Arc<Value>,
            problem: Problem,
            reason: String,
        },
        /// A task is done, but `output.as` or `export.as` fails on what it gave, and the error may not
        /// leave it. Its effect counts; what it undoes is registered in this same event.
        OutputHeld {
            node: StepId,
            at_task: AtTask,
            input: Arc<Value>,
            /// What the task gave, before it is shaped.
            output: Arc<Value>,
            compensate: Option<TaskIndex>,
            problem: Problem,
            reason: String,
            /// What the service answered with, where one did.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            status: Option<u16>,
        },
        /// A dead letter: only a person moves it on.
        StepHeld {
            node: StepId,
            problem: Problem,
            reason: String,
        },
        /// A person asked for another go with the same key and bytes.
        Retried {
            node: StepId,
        },
        /// A person edited the input: the old epoch is settled, the new one starts when it is undone.
        EpochOpened {
            node: StepId,
            input: Arc<Value>,
            compensate: Option<TaskIndex>,
        },
        /// Success for a step that was given up, skipped or replaced.
        LateSuccess {
            record: u64,
            output: Arc<Value>,
        },

        /// The point of no return: every owed record closes.
        PivotPassed {
            node: StepId,
        },
        /// A `try` took an error; what must be undone is undone before anything else.
        Caught {
            node: StepId,
            bind: Arc<str>,
            problem: Problem,
            rerun: Option<Timestamp>,
        },
        /// A `try` runs its block again, with new keys.
        RoundStarted {
            node: StepId,
            round: u32,
        },
        /// A `try` runs its handler.
        HandlerStarted {
            node: StepId,
        },
        /// A branch of a fork ended with an error.
        BranchFailed {
            node: StepId,
            branch: usize,
            problem: Problem,
        },
        /// What the branches exported, put together: the context from here on.
        Joined {
            node: StepId,
            context: Arc<Value>,
        },
        /// The first branch of a competing fork completed.
        BranchWon {
            node: StepId,
            branch: usize,
        },

        /// The saga fails: drain, then roll back. The first cause wins.
        Failing {
            cause: Cause,
            problem: Problem,
        },
        /// A cancel or timeout waits for a pivot to decide.
        Pending {
            cause: Cause,
            problem: Problem,
        },
        /// The pivot passed: the cancel or timeout that waited is void.
        PendingVoid,
        /// The workflow's timeout came after the pivot.
        Overdue,
        /// A block's timeout came where it can change nothing any more.
        Overran {
            node: StepId,
        },
        /// Nothing of the forward path is out any more: rollback starts.
        Drained,
        /// The attempt to undo a record begins a round.
        UndoStarted {
            record: u64,
            node: StepId,
            bare: bool,
        },
        /// A round ended well.
        Undone {
            record: u64,
        },
        /// A person settled a compensation: it counts as done, or will not be done.
        UndoSkipped {
            record: u64,
            reason: Option<String>,
        },
        UndoDropped {
            record: u64,
            reason: String,
        },
        /// A person edited a held compensation: the next round uses this input.
        UndoEdited {
            record: u64,
            input: Arc<Value>,
        },
        /// `saga.onFailure` begins.
        OnFailureStarted {
            data: Arc<Value>,
        },
        /// `saga.onFailure` is over, or what was left of it is left out.
        OnFailureLeft,
        /// A person let a dead letter that only informs go.
        LetterClosed {
            node: StepId,
            reason: Option<String>,
        },

        /// A turn grew long and stopped in the middle of its work: the saga is due at once.
        Yielded,
        /// What yielded goes on.
        WentOn,
        Paused,
        Resumed,
        /// The final status; it never changes.
        Ended {
            status: Status,
            output: Arc<Value>,
            standing: Vec<String>,
            /// After the pivot: why the output is not what the workflow asks for, but the last task's.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            problem: Option<Problem>,
        },
    }
}

impl Event {
    /// About how many bytes of values it carries.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Submitted { input, data, .. } => weight(input) + weight(data),
            Self::Entered { input, form, .. } => {
                let items = match form {
                    Form::For { items, .. } => items.iter().map(weight).sum(),
                    _ => 0,
                };
                weight(input) + items
            }
            Self::Joined { context, .. } => weight(context),
            Self::Completed { output, export, .. } => {
                weight(output) + export.as_deref().map_or(0, weight)
            }
            Self::StepStarted { call, .. } => {
                let body = call.request.body.as_ref().map_or(0, String::len);
                weight(&call.input) + weight(&call.dot) + body
            }
            _ => 0,
        }
    }
}

/// Which task, and where its node hangs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtTask {
    pub task: TaskIndex,
    pub name: Arc<str>,
    pub reference: Arc<str>,
    /// None where a compensation's own root hangs on its record.
    pub parent: Option<StepId>,
    /// Which branch of the fork above it this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<usize>,
    pub place: Place,
}

impl AtTask {
    /// Whether this is a record's whole compensation, and not a task inside it.
    pub(super) fn is_undo_root(&self) -> bool {
        matches!(self.place, Place::Undo(_)) && self.parent.is_none()
    }
}

/// Which part of the saga a node belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    Main,
    OnFailure,
    /// The compensation of this record.
    Undo(u64),
}

/// What kind of node was entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Form {
    List,
    For {
        items: Arc<Vec<Value>>,
        each: Arc<str>,
        at: Arc<str>,
    },
    Fork {
        branches: usize,
        compete: bool,
    },
    Try,
    Wait {
        until: Timestamp,
    },
}

/// Where the parent goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// A position in its list.
    At(usize),
    /// The list is done.
    Exit,
    /// The workflow is done.
    End,
}

/// Everything that a call's attempts share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallStarted {
    pub service: ServiceName,
    pub operation: Option<String>,
    pub key: String,
    pub compensates: Option<String>,
    /// What was asked, before it became a request.
    pub input: Arc<Value>,
    /// The task's transformed input: its `.`
    pub dot: Arc<Value>,
    pub request: Arc<Request>,
    pub timeout_ms: u64,
    /// The task's own timeout, as a moment.
    pub deadline: Option<Timestamp>,
    pub epoch: u32,
    pub round: u32,
    /// The number of the last attempt made under this name before.
    pub attempts_before: u32,
    pub pivot: bool,
}

/// How an attempt ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Failure {
    Rejected,
    Unknown,
}

/// Why a saga fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    Error,
    Cancel,
    Timeout,
    /// A person dropped a step after the pivot.
    Dropped,
}

impl Event {
    /// Whether something outside moves with it: a call, a moment, a person. Between two of these a
    /// saga is on its own, and must come to an end.
    pub(super) fn is_of_the_outside(&self) -> bool {
        matches!(
            self,
            Self::AttemptStarted { .. }
                | Self::AttemptFailed { .. }
                | Self::Entered {
                    form: Form::Wait { .. },
                    ..
                }
                | Self::Retried { .. }
                | Self::LetterClosed { .. }
                | Self::Resumed
        )
    }
}

/// A journal's bytes: one JSON text a line.
pub fn encode(events: &[Recorded]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(events.len() * 256);
    for event in events {
        serde_json::to_writer(&mut bytes, event).expect("events are plain data");
        bytes.push(b'\n');
    }
    bytes
}

/// Reads a journal's bytes; the error names the line.
pub fn decode(bytes: &[u8]) -> Result<Vec<Recorded>, String> {
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let unreadable =
        |n: usize, why: &dyn fmt::Display| format!("event {} is unreadable: {why}", n + 1);
    lines
        .enumerate()
        .map(|(n, line)| {
            // At once, and not for each string of it.
            let line = str::from_utf8(line).map_err(|why| unreadable(n, &why))?;
            serde_json::from_str(line).map_err(|why| unreadable(n, &why))
        })
        .collect()
}
