//! Entering tasks: what a list, a loop, a fork or a `try` does next.

use super::event::{AtTask, Cause, Event, Form, Next, Place};
use super::scope::Env;
use super::turn::{Turn, shared};
use crate::workflow::{Case, For, Kind, Task, Then};
use baton_shared::{Problem, StepId};
use serde_json::Value;
use std::sync::Arc;

/// So many events, or KiB of values in them, may follow one another without a call, a wait or a
/// person. A loop of local tasks that never ends would otherwise fill the journal for ever.
const LOCAL_EVENTS_MAX: u32 = 100_000;

impl<'a> Turn<'a> {
    /// One task is reached, with `data` as its raw input.
    pub(super) fn enter(&mut self, at_task: AtTask, data: &Arc<Value>) {
        let task = self.workflow.task(at_task.task);
        let id = self.child_id(&at_task);
        if self.saga.local_events >= LOCAL_EVENTS_MAX {
            return self.runs_in_circles(id, at_task, data);
        }
        let runs = match &task.condition {
            Some(condition) => self.env_at(&at_task).holds(condition, data),
            None => Ok(true),
        };
        match runs {
            Ok(true) => {}
            Ok(false) => return self.pass(at_task, id, data),
            Err(problem) => return self.fail_task(&id, at_task, data, *problem),
        }
        let taken = self.env_at(&at_task).taken(&task.input, data);
        let dot = match taken {
            Ok(dot) => dot,
            Err(problem) => return self.fail_task(&id, at_task, data, *problem),
        };
        if let Err(problem) = self.run(&id, &at_task, task, &dot) {
            // On its raw input, so that a retry takes the same way again.
            self.fail_task(&id, at_task, data, *problem);
        }
    }

    /// No `catch` takes this: a handler would only go on running.
    fn runs_in_circles(&mut self, id: StepId, at_task: AtTask, data: &Arc<Value>) {
        let title = "The workflow runs in circles";
        let detail = format!(
            "`{}` is reached after {LOCAL_EVENTS_MAX} events, or as many KiB of values, without a call or a \
             wait: it looks like an endless loop; end it, or let it wait",
            at_task.name
        );
        let mut problem = Problem::standard("runtime", 500, title).with_detail(detail);
        problem.instance = Some(at_task.reference.to_string());
        let forward = at_task.place == Place::Main && self.saga.pivot.is_none();
        if forward {
            self.record(Event::Failed {
                node: id,
                at_task,
                problem: problem.clone(),
            });
            let cause = Cause::Error;
            return self.record(Event::Failing { cause, problem });
        }
        self.record(Event::TaskHeld {
            node: id,
            at_task,
            input: Arc::clone(data),
            problem,
            reason: "it runs in circles, and there is no way back".to_owned(),
        });
    }

    /// A person lets a held task run again. What is given is a call's input, as in an edited retry;
    /// any other task takes it for its `.`
    pub(super) fn rerun_task(
        &mut self,
        id: &StepId,
        at_task: AtTask,
        dot: &Arc<Value>,
        given: Option<Arc<Value>>,
    ) {
        let task = self.workflow.task(at_task.task);
        let ran = match (&task.kind, given) {
            (Kind::Call(_), given) => self.start_call(id, &at_task, dot, given),
            (_, Some(given)) => self.run(id, &at_task, task, &given),
            (_, None) => self.run(id, &at_task, task, dot),
        };
        if let Err(problem) = ran {
            self.fail_task(id, at_task, dot, *problem);
        }
    }

    /// Nothing runs; the data goes through as it is.
    fn pass(&mut self, at_task: AtTask, id: StepId, data: &Arc<Value>) {
        match (&at_task.parent, at_task.branch) {
            _ if at_task.is_undo_root() => self.undo_root_ended(&at_task),
            (Some(parent), None) => {
                let next = self.next(parent, Then::Continue);
                self.record(Event::Passed {
                    parent: parent.clone(),
                    next,
                });
            }
            _ => self.record(Event::Completed {
                node: id,
                at_task,
                output: Arc::clone(data),
                keep: false,
                export: None,
                next: Next::Exit,
                compensate: None,
                skipped: false,
                status: None,
                reason: None,
            }),
        }
    }

    fn run(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        task: &'a Task,
        dot: &Arc<Value>,
    ) -> Result<(), Box<Problem>> {
        match &task.kind {
            Kind::Set(value) => {
                let output = self.here(at_task, dot).template(value, dot)?;
                self.complete(id, at_task, dot, shared(output), false);
            }
            Kind::Switch(cases) => self.switch(at_task, task, cases, dot)?,
            Kind::Raise(raise) => {
                let env = self.here(at_task, dot);
                let error = env.template(&raise.error, dot)?;
                return Err(raised(&error, task));
            }
            Kind::Do(_) => self.begin(id, at_task, task, dot, Form::List)?,
            Kind::For(each) => self.begin_for(id, at_task, task, each, dot)?,
            Kind::Fork(fork) => {
                let form = Form::Fork {
                    branches: fork.branches.len(),
                    compete: fork.compete,
                };
                self.begin(id, at_task, task, dot, form)?;
            }
            Kind::Try(_) => self.begin(id, at_task, task, dot, Form::Try)?,
            Kind::Wait(time) => {
                let span = self.here(at_task, dot).span(time, dot)?;
                let until = self.now.after(span);
                self.begin(id, at_task, task, dot, Form::Wait { until })?;
            }
            Kind::Call(_) => self.start_call(id, at_task, dot, None)?,
        }
        Ok(())
    }

    /// The environment of a task that runs: its input is known.
    pub(super) fn here<'e>(&'e self, at_task: &AtTask, dot: &'e Value) -> Env<'e> {
        let mut env = self.env_at(at_task);
        env.input = Some(dot);
        env
    }

    fn begin(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        task: &'a Task,
        dot: &Arc<Value>,
        form: Form,
    ) -> Result<(), Box<Problem>> {
        let deadline = self.own_deadline(at_task, task, dot)?;
        self.record(Event::Entered {
            node: id.clone(),
            at_task: at_task.clone(),
            input: Arc::clone(dot),
            deadline,
            form,
        });
        Ok(())
    }

    /// The moment at which the task's own timeout strikes.
    pub(super) fn own_deadline(
        &self,
        at_task: &AtTask,
        task: &'a Task,
        dot: &Arc<Value>,
    ) -> Result<Option<baton_shared::Timestamp>, Box<Problem>> {
        let Some(timeout) = &task.timeout else {
            return Ok(None);
        };
        let span = self.here(at_task, dot).span(timeout, dot)?;
        Ok(Some(self.now.after(span)))
    }

    fn begin_for(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        task: &'a Task,
        each: &'a For,
        dot: &Arc<Value>,
    ) -> Result<(), Box<Problem>> {
        let env = self.here(at_task, dot);
        let items = match env.template(&each.items, dot)? {
            Value::Array(items) => items,
            other => {
                let title = "A loop needs a list";
                let detail = format!("`for.in` gave {}", kind_of(&other));
                return Err(
                    env.placed(Problem::standard("expression", 400, title).with_detail(detail))
                );
            }
        };
        let first = match items.first() {
            Some(item) => self.goes_round(at_task, each, (0, item), dot)?,
            None => false,
        };
        if !first {
            self.complete(id, at_task, dot, Arc::clone(dot), false);
            return Ok(());
        }
        let form = Form::For {
            items: Arc::new(items),
            each: Arc::clone(&each.each),
            at: Arc::clone(&each.at),
        };
        self.begin(id, at_task, task, dot, form)
    }

    /// Whether `while` lets the next iteration begin.
    pub(super) fn goes_round(
        &self,
        at_task: &AtTask,
        each: &For,
        (index, item): (usize, &Value),
        data: &Value,
    ) -> Result<bool, Box<Problem>> {
        let Some(condition) = &each.condition else {
            return Ok(true);
        };
        let mut env = self.here(at_task, data);
        env.vars
            .push((Arc::clone(&each.at), shared(Value::from(index))));
        env.vars
            .push((Arc::clone(&each.each), shared(item.clone())));
        env.holds(condition, data)
    }

    fn switch(
        &mut self,
        at_task: &AtTask,
        task: &'a Task,
        cases: &'a [Case],
        dot: &Arc<Value>,
    ) -> Result<(), Box<Problem>> {
        let mut then = task.then;
        for case in cases {
            let taken = match &case.when {
                Some(when) => self.here(at_task, dot).holds(when, dot)?,
                None => true,
            };
            if taken {
                then = case.then;
                break;
            }
        }
        match &at_task.parent {
            Some(parent) if at_task.branch.is_none() => {
                let (parent, next) = (parent.clone(), self.next(parent, then));
                self.record(Event::Passed { parent, next });
            }
            // Alone, in a branch or as a compensation, it leads nowhere.
            _ => {
                let id = self.child_id(at_task);
                self.complete(&id, at_task, dot, Arc::clone(dot), false);
            }
        }
        Ok(())
    }
}

/// The problem that a `raise` describes; what it leaves out is a runtime error's.
fn raised(error: &Value, task: &Task) -> Box<Problem> {
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let status = error
        .get("status")
        .and_then(Value::as_u64)
        .and_then(|s| u16::try_from(s).ok());
    let mut problem = Problem::standard("runtime", status.unwrap_or(500), "An error was raised");
    if let Some(kind) = text("type") {
        problem.kind = kind;
    }
    if let Some(title) = text("title") {
        problem.title = title;
    }
    problem.detail = text("detail");
    problem.instance = text("instance").or_else(|| Some(task.reference.to_string()));
    Box::new(problem)
}

/// A value's kind, for messages.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
