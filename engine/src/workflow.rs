//! A workflow as the core reads it: parsed, checked, linked with the service catalogue.
//!
//! Tasks stand in one arena ([`Workflow::tasks`]); lists of tasks are lists of indexes into it, so
//! that events can name a task by a number that never changes within a version. A workflow is
//! immutable: another text is another version.

use crate::expression::{Expr, StepsNamed, Template};
use baton_shared::outcome::Problem;
use baton_shared::{RetryPolicy, ServiceName};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The place of a task in its workflow's arena.
pub type TaskIndex = u32;

/// A checked definition.
#[derive(Debug)]
pub struct Workflow {
    pub name: WorkflowName,
    /// Semantic version.
    pub version: String,
    pub title: Option<String>,
    pub tasks: Vec<Task>,
    /// The root `do`.
    pub main: List,
    pub input: Shape,
    pub output: Shape,
    pub timeout: Option<Time>,
    pub saga: SagaRules,
    /// The outputs that some expression names; no others are kept.
    pub steps_kept: StepsNamed,
    /// Any expression names `$workflow.definition` or the like: not kept otherwise.
    pub source: String,
}

/// `namespace/name`
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkflowName {
    pub namespace: Arc<str>,
    pub name: Arc<str>,
}

impl fmt::Display for WorkflowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
impl fmt::Debug for WorkflowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Tasks in the order they run.
pub type List = Vec<TaskIndex>;

/// The root key `saga`.
#[derive(Clone, Debug)]
pub struct SagaRules {
    pub on_failure: List,
    pub on_error: OnError,
    /// For compensations that name none of their own; before the service's.
    pub retry: Option<RetryPolicy>,
}

/// What a held compensation does to the rest of its rollback (semantics S20).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    #[default]
    Hold,
    Continue,
}

/// One node of the workflow.
#[derive(Debug)]
pub struct Task {
    /// Unique in its workflow.
    pub name: Arc<str>,
    /// JSON pointer in the source, `/do/0/reserveStock`.
    pub reference: Arc<str>,
    /// Line in the source, from 1.
    pub line: usize,
    pub condition: Option<Expr>,
    pub input: Shape,
    pub output: Shape,
    pub export: Shape,
    pub timeout: Option<Time>,
    pub then: Then,
    /// The task that undoes this one; stands in the arena, in no list.
    pub compensate: Option<TaskIndex>,
    /// On the task itself; else its service's, else the default.
    pub retry: Option<RetryPolicy>,
    pub on_exhausted: OnExhausted,
    pub pivot: bool,
    /// Replaces the saga-and-step part of the key.
    pub idempotency_key: Option<Expr>,
    pub kind: Kind,
}

/// `from` or `as`, with a schema for what it gives.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pub form: Option<Template>,
    pub schema: Option<Arc<Schema>>,
}

/// A compiled JSON Schema.
#[derive(Debug)]
pub struct Schema {
    /// As it was written.
    pub document: Value,
    pub validator: jsonschema::Validator,
}

impl Schema {
    /// The first few ways in which `value` does not fit, as one sentence; `None` when it does.
    pub fn misfit(&self, value: &Value) -> Option<String> {
        let faults: Vec<String> = self
            .validator
            .iter_errors(value)
            .take(3)
            .map(|error| {
                let place = error.instance_path().to_string();
                let place = if place.is_empty() {
                    "the value".to_owned()
                } else {
                    format!("`{place}`")
                };
                format!("{place}: {error}")
            })
            .collect();
        (!faults.is_empty()).then(|| faults.join("; "))
    }
}

/// Where to go after a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    #[default]
    Continue,
    /// Leave the enclosing list.
    Exit,
    /// End the workflow.
    End,
    /// A position in the same list.
    Goto(usize),
}

/// What an exhausted step before the pivot does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnExhausted {
    /// Its error leaves it.
    #[default]
    Fail,
    /// It becomes a dead letter.
    Hold,
}

/// A span of time, known or computed.
#[derive(Clone, Debug)]
pub enum Time {
    Fixed(Duration),
    /// Gives an ISO 8601 text or an object of `days`, `hours`, `minutes`, `seconds`, `milliseconds`.
    Computed(Expr),
}

/// What a task does.
#[derive(Debug)]
pub enum Kind {
    Do(List),
    Set(Template),
    Switch(Vec<Case>),
    For(For),
    Fork(Fork),
    Try(Try),
    Raise(Raise),
    Wait(Time),
    Call(Box<Call>),
}

#[derive(Debug)]
pub struct Case {
    pub name: Arc<str>,
    /// None is the default case.
    pub when: Option<Expr>,
    pub then: Then,
}

#[derive(Debug)]
pub struct For {
    /// Variable of the item, without dollar.
    pub each: Arc<str>,
    /// Variable of the index, without dollar.
    pub at: Arc<str>,
    pub items: Template,
    pub condition: Option<Expr>,
    pub body: List,
}

#[derive(Debug)]
pub struct Fork {
    /// One task a branch.
    pub branches: List,
    pub compete: bool,
}

#[derive(Debug)]
pub struct Try {
    pub body: List,
    pub catch: Catch,
}

#[derive(Debug)]
pub struct Catch {
    /// What an error must have to be taken; empty takes all.
    pub with: ErrorFilter,
    /// The variable the error gets, without dollar.
    pub bind: Arc<str>,
    pub when: Option<Expr>,
    pub except_when: Option<Expr>,
    /// Re-runs the block, each time as a new round.
    pub retry: Option<CatchRetry>,
    pub handler: List,
    /// After the handler.
    pub then: Then,
}

#[derive(Clone, Debug)]
pub struct CatchRetry {
    pub policy: RetryPolicy,
    pub when: Option<Expr>,
    pub except_when: Option<Expr>,
}

/// Members an error must have. The type is compared by its last segment when both are of a standard
/// form.
#[derive(Clone, Debug, Default)]
pub struct ErrorFilter {
    pub kind: Option<String>,
    pub status: Option<u16>,
    pub title: Option<String>,
    pub detail: Option<String>,
    pub instance: Option<String>,
}

#[derive(Debug)]
pub struct Raise {
    /// Gives an object with `type`, `status`, `title`, `detail`.
    pub error: Template,
}

/// A call, resolved against functions and catalogue.
#[derive(Clone, Debug)]
pub struct Call {
    /// A call of a function of `use.functions`: what the function is given. The expressions of the
    /// target then see that as their `.`, and not the task's input.
    pub arguments: Option<Arguments>,
    pub service: ServiceName,
    /// `authorize` of `payments.authorize`; none for inline calls.
    pub operation: Option<String>,
    pub target: Target,
    /// One call may take so long.
    pub timeout: Duration,
    /// From the catalogue.
    pub retry: Option<RetryPolicy>,
    pub rejections_final: bool,
    pub nothing_to_undo: Option<Vec<u16>>,
    pub read_only: bool,
    pub input_schema: Option<Arc<Schema>>,
}

/// What a function is given.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// `with` of the calling task; the task's input where there is none.
    pub with: Option<Template>,
    /// The function's `input.schema`, which the arguments must fit.
    pub schema: Option<Arc<Schema>>,
}

/// How the request is made.
#[derive(Clone, Debug)]
pub enum Target {
    /// `call: http`: every part is a template.
    Inline(Inline),
    /// An operation: `with` fills the path, then query (GET, HEAD, DELETE) or the JSON body. Without
    /// `with` the task's input is sent.
    Operation {
        method: String,
        path: String,
        with: Option<Template>,
    },
}

#[derive(Clone, Debug)]
pub struct Inline {
    pub method: String,
    /// May hold `{name}` places that the task's input fills.
    pub endpoint: Template,
    pub headers: Option<Template>,
    pub query: Option<Template>,
    pub body: Option<Template>,
    pub take: baton_shared::request::Take,
    pub redirect: bool,
}

impl Workflow {
    pub fn task(&self, index: TaskIndex) -> &Task {
        &self.tasks[index as usize]
    }

    /// Whether some expression reads `$steps.<name>`.
    pub fn keeps(&self, name: &str) -> bool {
        match &self.steps_kept {
            StepsNamed::All => true,
            StepsNamed::Only(names) => names.contains(name),
        }
    }

    /// The services whose jobs this workflow sends.
    pub fn services(&self) -> BTreeSet<&ServiceName> {
        let calls = self.tasks.iter().filter_map(|task| match &task.kind {
            Kind::Call(call) => Some(&call.service),
            _ => None,
        });
        calls.collect()
    }
}

impl ErrorFilter {
    /// Whether `problem` has every member this filter names.
    pub fn takes(&self, problem: &Problem) -> bool {
        let same = |wanted: &Option<String>, found: Option<&String>| {
            wanted.as_ref().is_none_or(|wanted| Some(wanted) == found)
        };
        self.kind
            .as_ref()
            .is_none_or(|kind| same_type(kind, &problem.kind))
            && self.status.is_none_or(|status| status == problem.status)
            && same(&self.title, Some(&problem.title))
            && same(&self.detail, problem.detail.as_ref())
            && same(&self.instance, problem.instance.as_ref())
    }
}

/// The prefixes under which the standard error types have been published.
const STANDARD_PREFIXES: [&str; 4] = [
    "https://open-workflow-specification.org/spec/1.0.0/errors/",
    "https://serverlessworkflow.io/spec/1.0.0/errors/",
    "https://serverlessworkflow.io/dsl/errors/types/",
    "https://open-workflow-specification.org/dsl/errors/types/",
];

/// Two error types are the same when their texts are, or their last segments under known prefixes.
pub fn same_type(a: &str, b: &str) -> bool {
    let segment = |text: &'_ str| -> Option<String> {
        STANDARD_PREFIXES
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix).map(str::to_owned))
    };
    a == b || matches!((segment(a), segment(b)), (Some(a), Some(b)) if a == b)
}
