//! The core: a saga is the fold of its journal, and `decide` says what comes next.
//!
//! ```text
//!   Input ─► decide(&Workflow, &mut Saga, Input, now) ─► Decision { events, effects, used }
//!                        │ every event goes through
//!                        ▼
//!                 Saga::apply(&Event)          the only mutator, total
//!   Saga::outstanding()                        every effect still owed, from state alone
//!   Saga::wake_at()                            when to ask again
//! ```
//!
//! The driver's contract: append `events`, then perform `effects`. If the append fails, throw the
//! saga away and load it again: it has moved on only in memory.

mod advance;
mod apply_block;
mod apply_record;
mod apply_step;
mod attempt;
mod call;
mod context;
mod enter;
pub mod event;
mod fold_view;
pub mod input;
mod knowledge;
mod leave;
mod line;
mod list;
mod look;
mod node;
mod operator;
mod outcome;
mod record;
mod render;
mod scope;
mod state;
mod tick;
mod turn;
mod undo;
pub mod view;
mod view_row;

pub use event::{Event, Recorded};
pub use input::{Decision, Effect, Input, Refusal};
pub use state::Saga;

use crate::store::Row;
use crate::workflow::Workflow;
use baton_shared::{Problem, SagaId, Timestamp};
use node::{Body, Node, Phase};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use turn::Turn;

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

/// Starts a saga: its first events and effects. Refused when the input does not fit its schema.
pub fn start(
    workflow: &Workflow,
    submission: Submission,
    now: Timestamp,
) -> Result<(Saga, Decision), Refusal> {
    let input = Arc::new(submission.input);
    let name: Arc<str> = workflow.name.to_string().into();
    let version: Arc<str> = workflow.version.as_str().into();
    let traceparent: Option<Arc<str>> = submission.traceparent.map(Into::into);
    let first = |data: &Arc<Value>, deadline| Recorded {
        at: now,
        event: Event::Submitted {
            workflow: Arc::clone(&name),
            version: Arc::clone(&version),
            input: Arc::clone(&input),
            data: Arc::clone(data),
            deadline,
            traceparent: traceparent.clone(),
        },
    };
    // Evaluated in a saga that exists only for it, so that expressions see what they always see.
    let draft = born(submission.id.clone(), &first(&input, None));
    let (data, deadline) = admitted(workflow, draft, &input, now).map_err(|problem| {
        let detail = problem.detail.unwrap_or(problem.title);
        Refusal {
            code: "input-invalid",
            message: format!("the input of `{}`: {detail}", workflow.name),
        }
    })?;
    let first = first(&data, deadline);
    let mut saga = born(submission.id, &first);
    let mut turn = Turn::after(workflow, &mut saga, now, first);
    turn.advance();
    let decision = turn.finish();
    Ok((saga, decision))
}

fn born(id: SagaId, first: &Recorded) -> Saga {
    Saga::born(id, first).expect("a submission makes a saga")
}

/// The first task's data and the workflow's deadline.
fn admitted(
    workflow: &Workflow,
    mut draft: Saga,
    input: &Arc<Value>,
    now: Timestamp,
) -> Result<(Arc<Value>, Option<Timestamp>), Box<Problem>> {
    let turn = Turn::new(workflow, &mut draft, now);
    let env = turn.env_of(None);
    let data = env.taken(&workflow.input, input)?;
    let deadline = match &workflow.timeout {
        Some(timeout) => Some(now.after(env.span(timeout, &data)?)),
        None => None,
    };
    Ok((data, deadline))
}

/// Decides what follows from one input. On `Ok` the saga has moved on by the events; on a refusal it
/// has not changed.
pub fn decide(
    workflow: &Workflow,
    saga: &mut Saga,
    input: Input,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut turn = Turn::new(workflow, saga, now);
    match input {
        Input::Outcome(outcome) => turn.outcome(*outcome),
        Input::GivenUp { job, reason } => turn.job_given_up(&job, &reason),
        Input::Tick => turn.tick(),
        Input::Cancel { reason } => turn.cancel(reason)?,
        Input::Pause => turn.pause()?,
        Input::Resume => turn.resume()?,
        Input::Retry { step, input } => turn.retry(&step, input)?,
        Input::Skip {
            step,
            output,
            reason,
        } => turn.skip(&step, output, reason)?,
        Input::Drop { step, reason } => turn.drop_letter(&step, reason)?,
    }
    turn.taken_in();
    turn.advance();
    Ok(turn.finish())
}

impl Status {
    /// The word, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Compensating => "compensating",
            Self::Suspended => "suspended",
            Self::Completed => "completed",
            Self::Compensated => "compensated",
            Self::Faulted => "faulted",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Compensated | Self::Faulted | Self::Cancelled
        )
    }
}

impl Saga {
    pub fn id(&self) -> &SagaId {
        &self.id
    }

    /// How many events there are.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// `namespace/name`, version.
    pub fn workflow(&self) -> (&str, &str) {
        (&self.workflow, &self.version)
    }

    /// As submitted.
    pub fn input(&self) -> &Value {
        &self.input
    }

    /// The trace context it was submitted with.
    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }

    /// Final, and no late compensation is open: retention may start.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() && self.nodes.is_empty() && self.late.is_empty()
    }

    /// Derived, first match (semantics section 12).
    pub fn status(&self) -> Status {
        if let Some(ended) = &self.ended {
            return ended.status;
        }
        let moves = self.nodes.values().any(Node::moves);
        let held = self.nodes.values().any(Node::is_held);
        let waits = self.nodes.values().any(Node::waits);
        if self.paused || (held && !moves && !waits) {
            Status::Suspended
        } else if self.failing.is_some() {
            Status::Compensating
        } else if waits && !moves {
            Status::Waiting
        } else {
            Status::Running
        }
    }

    /// What lists show.
    pub fn row(&self) -> Row {
        let held = self.nodes.values().filter(|node| node.is_held()).count();
        Row {
            workflow: self.workflow.to_string(),
            version: self.version.to_string(),
            status: self.status().word().to_owned(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            held: u32::try_from(held).unwrap_or(u32::MAX),
        }
    }
}

impl Node {
    /// A call that is out, or about to be.
    fn moves(&self) -> bool {
        // One that waits for its old epoch to be undone moves only as far as that does.
        let still = |phase: &Phase| matches!(phase, Phase::Held { .. } | Phase::Replacing { .. });
        self.call().is_some_and(|call| !still(&call.phase))
    }

    fn waits(&self) -> bool {
        matches!(self.body, Body::Wait { .. })
    }
}
