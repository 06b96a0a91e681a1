//! Shapes of the API that other crates define, described for the OpenAPI document.
//!
//! A test serialises the real ones and compares the members.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An error, RFC 9457. Further members by code.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// `urn:baton:problem:<code>`
    r#type: String,
    /// Stable.
    code: String,
    title: String,
    status: u16,
    /// What happened, and what to do.
    detail: String,
}

/// What is wrong or doubtful with a workflow's text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Diagnostic {
    /// `error` or `warning`
    severity: String,
    code: String,
    message: String,
    help: Option<String>,
    line: usize,
    column: usize,
    length: usize,
}

/// Where a saga stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes another crate's type")]
pub(super) enum Status {
    Running,
    Waiting,
    Compensating,
    Suspended,
    Completed,
    Compensated,
    Faulted,
    Cancelled,
}

/// A saga. Times are RFC 3339.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SagaView {
    id: String,
    /// `namespace/name`
    workflow: String,
    version: String,
    status: Status,
    durability: String,
    input: Value,
    output: Value,
    error: Option<StepProblem>,
    created_at: String,
    updated_at: String,
    paused: bool,
    overdue: bool,
    pending: Option<String>,
    pivot: Option<String>,
    standing: Vec<String>,
    maybe: Vec<String>,
    late: u32,
    steps: Vec<StepView>,
    steps_total: usize,
}

/// An error of a step, as the workflow language has it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepProblem {
    r#type: String,
    status: u16,
    title: String,
    detail: Option<String>,
    instance: Option<String>,
}

/// One step, or the compensation of one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StepView {
    name: String,
    reference: String,
    /// `task` or `compensation`
    kind: String,
    compensates: Option<String>,
    /// `scheduled`, `running`, `succeeded`, `rejected`, `unknown`, `skipped`, `held`
    status: String,
    attempts: Vec<AttemptView>,
    service: Option<String>,
    operation: Option<String>,
    idempotency_key: Option<String>,
    input: Value,
    output: Value,
    error: Option<StepProblem>,
    started_at: Option<String>,
    ended_at: Option<String>,
    within: Vec<String>,
    due_at: Option<String>,
    held_at: Option<String>,
    reason: Option<String>,
}

/// One attempt of a step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttemptView {
    number: u32,
    started_at: String,
    ended_at: Option<String>,
    status: String,
    http_status: Option<u16>,
    error: Option<StepProblem>,
}

/// A job that cannot go on without a person, or a message that belongs to no saga.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeadLetter {
    /// `<saga>/<step>`; orphans are `-/<id>`.
    id: String,
    saga: Option<String>,
    workflow: Option<String>,
    step: Option<String>,
    kind: Option<String>,
    service: Option<String>,
    operation: Option<String>,
    reason: String,
    error: Option<StepProblem>,
    attempts: u32,
    held_at: String,
    /// What `retry`, `skip` and `drop` would do. Shown alone, only those that would be taken now.
    actions: Vec<String>,
    /// When shown alone: what the step was given, and what `retry` with an input changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    /// When shown alone, of a step that is done and whose output is held: what it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    /// Of an orphan, when shown alone: `reason`, `lane`, `at`, and `body` or `bodyBase64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::super::document;
    use baton_engine::saga::view;
    use baton_shared::Problem;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn members(value: &Value) -> BTreeSet<&str> {
        let object = value.as_object().expect("an object");
        object.keys().map(String::as_str).collect()
    }

    fn attempt() -> view::AttemptView {
        view::AttemptView {
            number: 1,
            started_at: String::new(),
            ended_at: None,
            status: view::StepStatus::Running,
            http_status: None,
            error: None,
        }
    }

    fn step() -> view::StepView {
        view::StepView {
            name: String::new(),
            reference: String::new(),
            kind: view::StepKind::Task,
            compensates: None,
            status: view::StepStatus::Held,
            attempts: vec![attempt()],
            service: None,
            operation: None,
            idempotency_key: None,
            input: Value::Null,
            output: Value::Null,
            error: None,
            started_at: None,
            ended_at: None,
            within: Vec::new(),
            due_at: None,
            held_at: None,
            reason: None,
        }
    }

    fn saga() -> view::SagaView {
        view::SagaView {
            id: "s".parse().expect("id"),
            workflow: String::new(),
            version: String::new(),
            status: baton_engine::saga::Status::Running,
            durability: String::new(),
            input: Value::Null,
            output: Value::Null,
            error: None,
            created_at: String::new(),
            updated_at: String::new(),
            paused: false,
            overdue: false,
            pending: None,
            pivot: None,
            standing: Vec::new(),
            maybe: Vec::new(),
            late: 0,
            steps: vec![step()],
            steps_total: 1,
        }
    }

    #[test]
    fn the_shapes_are_those_of_the_real_types() {
        let problem = Problem::standard("timeout", 408, "late").with_detail("x");
        let mut problem = json!(problem);
        problem["instance"] = json!("");
        let letter = crate::orphan::Orphan::decode(b"").letter("k");
        let mut letter = json!(letter);
        for shown_alone in ["input", "output", "message"] {
            letter[shown_alone] = json!({});
        }
        let document = json!(document());
        for (name, real) in [
            ("SagaView", json!(saga())),
            ("StepView", json!(step())),
            ("AttemptView", json!(attempt())),
            ("StepProblem", problem),
            ("DeadLetter", letter),
        ] {
            let shape = &document["components"]["schemas"][name]["properties"];
            assert_eq!(members(shape), members(&real), "{name}");
        }
    }
}
