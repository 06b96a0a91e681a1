//! What expressions see: the variables of the language at one place of one saga.

use super::event::{AtTask, Place};
use super::record::Record;
use super::state::Saga;
use super::turn::Turn;
use crate::expression::{EvalError, Expr, Scope, Template};
use crate::workflow::{Schema, Shape, Task, Time};
use baton_shared::nesting::{DEEPEST, is_deeper};
use baton_shared::{Problem, StepId, Timestamp};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

/// The variables at one place.
pub(super) struct Env<'a> {
    pub saga: &'a Saga,
    /// The context of the branch it stands in.
    pub context: Arc<Value>,
    /// The node below which the expression stands.
    pub vars: Vec<(Arc<str>, Arc<Value>)>,
    pub task: Option<&'a Task>,
    pub input: Option<&'a Value>,
    pub output: Option<&'a Value>,
    /// In a compensation: the record of what it undoes.
    record: Option<&'a Record>,
    /// `$forward` and `$error`, made when an expression names them: few do, and an environment is made
    /// several times in the life of a call.
    forward: OnceCell<Option<Value>>,
    error: OnceCell<Option<Value>>,
    pub now: Timestamp,
}

impl Turn<'_> {
    /// The environment of a task where it stands.
    pub(super) fn env_at(&self, at_task: &AtTask) -> Env<'_> {
        let mut env = self.env_below(at_task.parent.as_ref(), at_task.place);
        env.context = self.saga.context_at(at_task);
        env.task = Some(self.workflow.task(at_task.task));
        env
    }

    /// The environment below a node.
    pub(super) fn env_below(&self, parent: Option<&StepId>, place: Place) -> Env<'_> {
        let mut env = self.env_of(self.record_at(place));
        env.context = self.saga.context_below(parent, None);
        env.vars.extend(self.saga.vars_below(parent));
        env
    }

    /// The environment of a compensation, or of nothing in particular.
    pub(super) fn env_of<'e>(&'e self, record: Option<&'e Record>) -> Env<'e> {
        Env {
            saga: &*self.saga,
            context: Arc::clone(&self.saga.context),
            vars: record.map(|record| record.vars.clone()).unwrap_or_default(),
            task: None,
            input: None,
            output: None,
            record,
            forward: OnceCell::new(),
            error: OnceCell::new(),
            now: self.now,
        }
    }
}

impl Saga {
    fn vars_below(&self, parent: Option<&StepId>) -> Vec<(Arc<str>, Arc<Value>)> {
        let Some(parent) = parent else {
            return Vec::new();
        };
        let mut vars = self.vars(parent);
        let mut own = Vec::new();
        if let Some(node) = self.nodes.get(parent) {
            node.add_vars(&mut own);
        }
        vars.append(&mut own);
        vars
    }

    /// `$error`: why the saga fails, or what the `try` around a record caught.
    fn error_for(&self, record: Option<&Record>) -> Option<Value> {
        let caught = || {
            let within = record
                .map(|record| record.within.as_slice())
                .unwrap_or_default();
            within
                .iter()
                .rev()
                .find_map(|id| match &self.nodes.get(id)?.body {
                    super::node::Body::Try {
                        caught: Some((_, problem)),
                        ..
                    } => Some(problem),
                    _ => None,
                })
        };
        let problem = self
            .failing
            .as_ref()
            .map(|failing| &failing.problem)
            .or_else(caught)?;
        serde_json::to_value(problem).ok()
    }
}

/// `$forward` (semantics S8), as it was known when the round began.
fn forward(saga: &Saga, record: &Record) -> Value {
    let output = record.told_output().map(|output| (**output).clone());
    json!({
        "name": record.name,
        "step": record.step,
        "saga": saga.id,
        "input": *record.input,
        "output": output,
        "outcome": record.knew.word(),
        "idempotencyKey": record.key,
        "attempts": record.attempts,
    })
}

/// What compensations read of it most, without the rest.
fn of_forward<'r>(record: &'r Record, member: &str) -> Option<Cow<'r, Value>> {
    let text = |text: &str| Cow::Owned(Value::from(text));
    Some(match member {
        "input" => Cow::Borrowed(&*record.input),
        "output" => match record.told_output() {
            Some(output) => Cow::Borrowed(&**output),
            None => Cow::Owned(Value::Null),
        },
        "outcome" => text(record.knew.word()),
        "idempotencyKey" => text(&record.key),
        _ => return None,
    })
}

impl Scope for Env<'_> {
    fn variable(&self, name: &str) -> Option<Cow<'_, Value>> {
        if let Some((_, value)) = self.vars.iter().rev().find(|(var, _)| var.as_ref() == name) {
            return Some(Cow::Borrowed(value));
        }
        Some(match name {
            "context" => Cow::Borrowed(&*self.context),
            "input" => Cow::Borrowed(self.input?),
            "output" => Cow::Borrowed(self.output?),
            "steps" => Cow::Owned(self.steps()),
            "forward" => Cow::Borrowed(self.forward()?),
            "error" => Cow::Borrowed(self.error()?),
            "workflow" => Cow::Owned(self.workflow()),
            "task" => Cow::Owned(self.task_variable()?),
            "runtime" => Cow::Owned(json!({
                "name": "baton", "version": env!("CARGO_PKG_VERSION"), "metadata": {},
            })),
            _ => return None,
        })
    }

    fn member(&self, variable: &str, member: &str) -> Option<Cow<'_, Value>> {
        // No variable of a workflow has one of these names: the language refuses it.
        let text = |text: &str| Some(Cow::Owned(Value::from(text)));
        match (variable, member) {
            ("workflow", "id") => text(self.saga.id.as_str()),
            ("workflow", "name") => text(self.saga.workflow.split_once('/')?.1),
            ("workflow", "input") => Some(Cow::Borrowed(&*self.saga.input)),
            ("forward", member) => of_forward(self.record?, member),
            _ => None,
        }
    }

    fn step(&self, name: &str) -> Option<&Value> {
        self.saga.outputs.get(name).map(AsRef::as_ref)
    }
}

impl Env<'_> {
    fn forward(&self) -> Option<&Value> {
        let make = || self.record.map(|record| forward(self.saga, record));
        self.forward.get_or_init(make).as_ref()
    }

    fn error(&self) -> Option<&Value> {
        let make = || self.saga.error_for(self.record);
        self.error.get_or_init(make).as_ref()
    }

    fn steps(&self) -> Value {
        let outputs = self.saga.outputs.iter();
        Value::Object(
            outputs
                .map(|(name, value)| (name.to_string(), (**value).clone()))
                .collect(),
        )
    }

    fn workflow(&self) -> Value {
        let (namespace, name) = self.saga.workflow.split_once('/').unwrap_or_default();
        json!({
            "id": self.saga.id,
            "namespace": namespace,
            "name": name,
            "version": self.saga.version,
            "input": *self.saga.input,
            "startedAt": moment(self.saga.created_at),
        })
    }

    fn task_variable(&self) -> Option<Value> {
        let task = self.task?;
        Some(json!({
            "name": task.name,
            "reference": task.reference,
            "input": self.input,
            "output": self.output,
            "startedAt": moment(self.now),
        }))
    }

    /// Evaluates one expression; a failure is a problem of the task.
    pub(super) fn expr(&self, expr: &Expr, dot: &Value) -> Result<Value, Box<Problem>> {
        let value = expr.eval(dot, self).and_then(|value| {
            if is_deeper(&value, DEEPEST) {
                Err(EvalError::Depth)
            } else {
                Ok(value)
            }
        });
        value.map_err(|error| self.expression(&error.to_string(), expr.source()))
    }

    pub(super) fn template(&self, template: &Template, dot: &Value) -> Result<Value, Box<Problem>> {
        template
            .eval(dot, self)
            .map_err(|error| self.expression(&error.to_string(), ""))
    }

    /// Whether a condition holds; jq's truth: everything but `false` and `null`.
    pub(super) fn holds(&self, expr: &Expr, dot: &Value) -> Result<bool, Box<Problem>> {
        Ok(!matches!(
            self.expr(expr, dot)?,
            Value::Null | Value::Bool(false)
        ))
    }

    /// Checks against the schema, then reshapes.
    pub(super) fn taken(
        &self,
        shape: &Shape,
        value: &Arc<Value>,
    ) -> Result<Arc<Value>, Box<Problem>> {
        self.fits(shape.schema.as_deref(), value, "input")?;
        self.reshaped(shape, value)
    }

    /// Reshapes, then checks against the schema.
    pub(super) fn given(
        &self,
        shape: &Shape,
        value: &Arc<Value>,
    ) -> Result<Arc<Value>, Box<Problem>> {
        let reshaped = self.reshaped(shape, value)?;
        if is_deeper(&reshaped, DEEPEST) {
            // What a fork joined: everything else was within the limit where it was made.
            return Err(self.expression(&EvalError::Depth.to_string(), ""));
        }
        self.fits(shape.schema.as_deref(), &reshaped, "output")?;
        Ok(reshaped)
    }

    fn reshaped(&self, shape: &Shape, value: &Arc<Value>) -> Result<Arc<Value>, Box<Problem>> {
        match &shape.form {
            Some(form) => self.template(form, value).map(Arc::new),
            None => Ok(Arc::clone(value)),
        }
    }

    pub(super) fn fits(
        &self,
        schema: Option<&Schema>,
        value: &Value,
        what: &str,
    ) -> Result<(), Box<Problem>> {
        let Some(misfit) = schema.and_then(|schema| schema.misfit(value)) else {
            return Ok(());
        };
        let problem = Problem::standard(
            "validation",
            400,
            format!("The {what} does not fit its schema"),
        );
        Err(self.placed(problem.with_detail(misfit)))
    }

    pub(super) fn span(&self, time: &Time, dot: &Value) -> Result<Duration, Box<Problem>> {
        match time {
            Time::Fixed(span) => Ok(*span),
            Time::Computed(expr) => {
                let value = self.expr(expr, dot)?;
                span_of(&value).ok_or_else(|| {
                    self.expression(&format!("`{value}` is no duration"), expr.source())
                })
            }
        }
    }

    fn expression(&self, error: &str, source: &str) -> Box<Problem> {
        let detail = if source.is_empty() {
            error.to_owned()
        } else {
            format!("{error} (in `{source}`)")
        };
        self.placed(
            Problem::standard("expression", 400, "An expression failed").with_detail(detail),
        )
    }

    pub(super) fn placed(&self, mut problem: Problem) -> Box<Problem> {
        problem.instance = self.task.map(|task| task.reference.to_string());
        Box::new(problem)
    }
}

/// Times as the language gives them to expressions.
fn moment(at: Timestamp) -> Value {
    json!({
        "iso8601": at.rfc3339(),
        "epoch": { "seconds": at.0 / 1000, "milliseconds": at.0 },
    })
}

/// A span from an ISO 8601 text or the language's object form.
fn span_of(value: &Value) -> Option<Duration> {
    match value {
        Value::String(text) => {
            let span: jiff::SignedDuration = text.parse().ok()?;
            Duration::try_from(span).ok()
        }
        Value::Object(parts) => {
            let mut ms = 0_u64;
            for (unit, amount) in parts {
                let factor = match unit.as_str() {
                    "days" => 86_400_000,
                    "hours" => 3_600_000,
                    "minutes" => 60_000,
                    "seconds" => 1000,
                    "milliseconds" => 1,
                    _ => return None,
                };
                ms = ms.checked_add(amount.as_u64()?.checked_mul(factor)?)?;
            }
            Some(Duration::from_millis(ms))
        }
        _ => None,
    }
}
