//! The core: a saga is the fold of its journal, and `decide` says what comes next.
//!
//! ```text
//!   Input ─► decide(&Workflow, &mut Saga, Input, now) ─► Decision { events, effects }
//!                        │ every event goes through
//!                        ▼
//!                 Saga::apply(&Event)          the only mutator, total
//!   Saga::outstanding()                        every effect still owed, from state alone
//!   Saga::wake_at()                            when to ask again
//! ```
//!
//! The driver's contract: append `events`, then perform `effects`. If the append fails, throw the
//! saga away and load it again: it has moved on only in memory.

pub mod event;
pub mod input;
pub mod view;

pub use event::{Event, Recorded};
pub use input::{Decision, Effect, Input, Refusal};

use crate::workflow::Workflow;
use baton_shared::{SagaId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a saga stands; the words are DESIGN's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Something is out or due.
    Running,
    /// Only timers are left.
    Waiting,
    /// It failed and is being undone.
    Compensating,
    /// A person paused it, or a dead letter holds it.
    Suspended,
    /// Final: it went well.
    Completed,
    /// Final: it failed, and everything that needed it was undone or settled by a person.
    Compensated,
    /// Final: it failed with nothing to undo, or a person left an effect standing.
    Faulted,
    /// Final: cancelled on request, everything undone.
    Cancelled,
}

/// What is submitted.
#[derive(Clone, Debug)]
pub struct Submission {
    pub id: SagaId,
    pub input: Value,
    /// W3C trace context of the submitter.
    pub traceparent: Option<String>,
}

/// One run of a workflow.
#[derive(Clone, Debug)]
pub struct Saga {
    id: SagaId,
}

/// Starts a saga: its first events and effects. Refused when the input does not fit its schema.
pub fn start(
    _workflow: &Workflow,
    _submission: Submission,
    _now: Timestamp,
) -> Result<(Saga, Decision), Refusal> {
    unimplemented!()
}

/// Decides what follows from one input. On `Ok` the saga has moved on by the events; on a refusal it
/// has not changed.
pub fn decide(
    _workflow: &Workflow,
    _saga: &mut Saga,
    _input: Input,
    _now: Timestamp,
) -> Result<Decision, Refusal> {
    unimplemented!()
}

impl Saga {
    /// The fold of a whole journal. `None` when it is empty.
    pub fn replay(_id: SagaId, _journal: &[Recorded]) -> Option<Self> {
        unimplemented!()
    }
    pub fn id(&self) -> &SagaId {
        &self.id
    }
    /// How many events there are.
    pub fn seq(&self) -> u64 {
        unimplemented!()
    }
    pub fn status(&self) -> Status {
        unimplemented!()
    }
    /// `namespace/name`, version.
    pub fn workflow(&self) -> (&str, &str) {
        unimplemented!()
    }
    pub fn input(&self) -> &Value {
        unimplemented!()
    }
    /// The next moment at which `Input::Tick` has something to do.
    pub fn wake_at(&self) -> Option<Timestamp> {
        unimplemented!()
    }
    /// Every effect still owed.
    pub fn outstanding(&self) -> Vec<Effect> {
        unimplemented!()
    }
    /// Final, and no late compensation is open: retention may start.
    pub fn is_over(&self) -> bool {
        unimplemented!()
    }
    /// The trace context it was submitted with.
    pub fn traceparent(&self) -> Option<&str> {
        unimplemented!()
    }
    /// What lists show.
    pub fn row(&self) -> crate::store::Row {
        unimplemented!()
    }
}

impl view::SagaView {
    /// The fold of a whole journal into what people see. `None` when it is empty.
    pub fn of(_id: &SagaId, _journal: &[Recorded]) -> Option<Self> {
        unimplemented!()
    }
    /// The open dead letters of the saga.
    pub fn dead_letters(&self) -> Vec<view::DeadLetter> {
        unimplemented!()
    }
}
