//! What reaches the core, and what comes out of it.

use super::event::Recorded;
use baton_shared::{Job, JobId, Outcome, StepId};
use serde_json::Value;

/// Anything that reaches a saga. Queue traffic and time are never refused: what is late or repeated
/// decides nothing. Only a person's request can be refused.
#[derive(Clone, Debug)]
pub enum Input {
    /// A worker's report.
    Outcome(Box<Outcome>),
    /// The broker gave this job up.
    GivenUp {
        job: JobId,
        reason: String,
    },
    /// Time has come for something: an attempt's deadline, a retry, a wait, a timeout.
    Tick,
    Cancel {
        reason: Option<String>,
    },
    Pause,
    Resume,
    /// Try a dead letter again: with the same key and bytes, or, with `input`, as a new epoch with a
    /// new key, after the old one was undone.
    Retry {
        step: StepId,
        input: Option<Value>,
    },
    /// A dead letter counts as done.
    Skip {
        step: StepId,
        output: Value,
        reason: Option<String>,
    },
    /// A dead letter will not be done.
    Drop {
        step: StepId,
        reason: String,
    },
}

/// What one input came to.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// Facts to append before anything else happens. Empty: nothing changed.
    pub events: Vec<Recorded>,
    /// What the outside must do once the events are kept.
    pub effects: Vec<Effect>,
    /// Whether the input itself was news. Events can follow without: what is due of itself, as a
    /// block's next round, goes on at whatever reaches the saga.
    pub used: bool,
}

/// What the outside must now do. Never "command".
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Publish this job. Its partition is filled in by the driver, which knows their number.
    Dispatch(Box<Job>),
}

/// Why a person's request is declined. Nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable, as `saga-final`.
    pub code: &'static str,
    pub message: String,
}
