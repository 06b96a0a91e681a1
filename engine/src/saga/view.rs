//! What people see of a saga: a second fold of its journal, with every step, attempt and time.
//!
//! The core keeps only what it needs to decide; this keeps all, and is made when somebody looks.

use super::Status;
use baton_shared::{Problem, SagaId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A saga, as `baton show --json` and `GET /v1/sagas/{id}` give it. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SagaView {
    pub id: SagaId,
    /// `namespace/name`
    pub workflow: String,
    pub version: String,
    pub status: Status,
    /// Filled in by whoever knows the store.
    pub durability: String,
    pub input: Value,
    pub output: Value,
    /// Why it failed; of one that completed after its pivot: why its output is the last task's and not what
    /// the workflow asks for.
    pub error: Option<Problem>,
    pub created_at: String,
    pub updated_at: String,
    /// A person holds it; may go with a dead letter.
    pub paused: bool,
    /// The workflow's timeout passed after the pivot.
    pub overdue: bool,
    /// A cancel or timeout that waits for a pivot to decide.
    pub pending: Option<String>,
    /// The pivot that passed.
    pub pivot: Option<String>,
    /// Steps whose effect is left standing.
    pub standing: Vec<String>,
    /// Steps that may have happened and have no compensation.
    pub maybe: Vec<String>,
    /// Successes that came after their step was given up, and were compensated again.
    pub late: u32,
    /// In the order they started.
    pub steps: Vec<StepView>,
    /// How many steps there are in all, when `steps` is a page of them.
    pub steps_total: usize,
}

/// One step, or the compensation of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// The step's id: the task's name with loop index and round.
    pub name: String,
    /// JSON pointer of the task in the workflow.
    pub reference: String,
    pub kind: StepKind,
    /// What a compensation undoes.
    pub compensates: Option<String>,
    pub status: StepStatus,
    pub attempts: Vec<AttemptView>,
    pub service: Option<String>,
    pub operation: Option<String>,
    pub idempotency_key: Option<String>,
    pub input: Value,
    pub output: Value,
    pub error: Option<Problem>,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    /// Composite tasks around it, outermost first: the tree.
    pub within: Vec<String>,
    /// When its next attempt or its wait is due, if it waits.
    pub due_at: Option<String>,
    pub held_at: Option<String>,
    /// Why it is held, skipped or dropped, in a person's words or ours.
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    Task,
    Compensation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    Scheduled,
    Running,
    Succeeded,
    Rejected,
    Unknown,
    Skipped,
    Held,
}

/// One attempt of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    pub number: u32,
    pub started_at: String,
    pub ended_at: Option<String>,
    /// `running`, `succeeded`, `rejected` or `unknown`.
    pub status: StepStatus,
    pub http_status: Option<u16>,
    pub error: Option<Problem>,
}

/// A job that cannot go on without a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// `<saga>/<step>`; orphans are `-/<id>`.
    pub id: String,
    pub saga: Option<SagaId>,
    pub workflow: Option<String>,
    /// The step's name; none for orphans.
    pub step: Option<String>,
    pub kind: Option<StepKind>,
    pub service: Option<String>,
    pub operation: Option<String>,
    /// Why it is held, as a sentence.
    pub reason: String,
    pub error: Option<Problem>,
    pub attempts: u32,
    pub held_at: String,
    /// What the actions `retry`, `skip` and `drop` would do, for people.
    pub actions: Vec<String>,
}

impl SagaView {
    /// The open dead letters, in the order of their steps.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        let held = self
            .steps
            .iter()
            .filter(|step| step.status == StepStatus::Held);
        held.map(|step| self.dead_letter(step)).collect()
    }

    fn dead_letter(&self, step: &StepView) -> DeadLetter {
        let actions: &[&str] = match (step.service.is_some(), step.kind) {
            (true, StepKind::Task) => &[
                "retry: the same call again, with the same key",
                "retry with input: a new call with a new key, after the old one is undone",
                "skip: it counts as done, with the output you give",
                "drop: it will not be done",
            ],
            (true, StepKind::Compensation) => &[
                "retry: the same undo again, with the same key",
                "retry with input: a new undo with a new key",
                "skip: it counts as undone",
                "drop: the effect stands, and the saga ends faulted",
            ],
            (false, _) => &[
                "retry",
                "skip: it counts as done",
                "drop: it will not be done",
            ],
        };
        DeadLetter {
            id: format!("{}/{}", self.id, step.name),
            saga: Some(self.id.clone()),
            workflow: Some(self.workflow.clone()),
            step: Some(step.name.clone()),
            kind: Some(step.kind),
            service: step.service.clone(),
            operation: step.operation.clone(),
            reason: step.reason.clone().unwrap_or_default(),
            error: step.error.clone(),
            attempts: step.attempts.last().map_or(0, |attempt| attempt.number),
            held_at: step.held_at.clone().unwrap_or_default(),
            actions: actions.iter().map(ToString::to_string).collect(),
        }
    }
}
