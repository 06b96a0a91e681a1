//! Leaving tasks: completion, and the way of an error up to whoever takes it.

use super::Status;
use super::event::{AtTask, Cause, Event, Next, Place};
use super::node::{Body, TryPhase};
use super::state::{Stage, main_root};
use super::turn::Turn;
use crate::workflow::{Catch, Kind, Task, Then};
use baton_shared::planted::{self, Bug};
use baton_shared::{Problem, StepId, Timestamp};
use serde_json::Value;
use std::sync::Arc;

/// What `output.as` and `export.as` make of a raw output.
struct Shaped {
    output: Arc<Value>,
    export: Option<Arc<Value>>,
}

impl<'a> Turn<'a> {
    /// A task ended well with this raw output.
    pub(super) fn complete(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        dot: &Arc<Value>,
        raw: Arc<Value>,
        skipped: bool,
    ) {
        let then = self.workflow.task(at_task.task).then;
        self.complete_then(id, at_task, dot, raw, then, skipped);
    }

    pub(super) fn complete_then(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        dot: &Arc<Value>,
        raw: Arc<Value>,
        then: Then,
        skipped: bool,
    ) {
        let task = self.workflow.task(at_task.task);
        let shaped = self.shape_output(at_task, task, dot, &raw);
        let (output, export, fault) = match shaped {
            Ok(Shaped { output, export }) => (output, export, None),
            // A person's output counts as it is given, and nobody reads what a compensation gives.
            Err(_) if skipped || at_task.is_undo_root() => (raw, None, None),
            Err(problem) => (raw, None, Some(*problem)),
        };
        let next = match &at_task.parent {
            Some(parent) if at_task.branch.is_none() => self.next(parent, then),
            _ => Next::Exit,
        };
        let pivot = self.is_pivot(id);
        let compensate = self.compensation_on_completion(id, at_task, task);
        if pivot {
            if self.saga.pending.is_some() {
                self.record(Event::PendingVoid);
            }
            self.record(Event::PivotPassed { node: id.clone() });
        }
        let (status, reason) = (self.answered.take(), self.told.take());
        if let Some(problem) = &fault
            && let Some(stuck) = self.must_hold(at_task, problem)
        {
            return self.record(Event::OutputHeld {
                node: id.clone(),
                at_task: at_task.clone(),
                input: Arc::clone(dot),
                output,
                compensate,
                problem: problem.clone(),
                reason: format!("it is done, but its output has not the shape it needs: {stuck}"),
                status,
            });
        }
        self.record(Event::Completed {
            node: id.clone(),
            at_task: at_task.clone(),
            output,
            keep: fault.is_none() && self.workflow.keeps(&task.name),
            export,
            next,
            compensate,
            skipped,
            status,
            reason,
        });
        // The effect is there and registered; what failed is only what the workflow makes of it.
        if let Some(problem) = fault {
            self.error_leaves(at_task, problem);
        }
        self.undo_root_ended(at_task);
    }

    /// A compensation's own root ended well: its round did.
    pub(super) fn undo_root_ended(&mut self, at_task: &AtTask) {
        if let Place::Undo(record) = at_task.place
            && at_task.is_undo_root()
        {
            self.record(Event::Undone { record });
        }
    }

    fn shape_output(
        &self,
        at_task: &AtTask,
        task: &'a Task,
        dot: &Arc<Value>,
        raw: &Arc<Value>,
    ) -> Result<Shaped, Box<Problem>> {
        let mut env = self.here(at_task, dot);
        env.output = Some(raw);
        let output = env.given(&task.output, raw)?;
        if task.export.form.is_none() {
            return Ok(Shaped {
                output,
                export: None,
            });
        }
        let mut env = self.here(at_task, dot);
        env.output = Some(&output);
        let context = env.given(&task.export, &output)?;
        Ok(Shaped {
            output,
            export: Some(context),
        })
    }

    /// What a completed task registers: only the main line's is ever undone. After the pivot a
    /// record serves the blocks that undo their own (a retried `try`, a lost branch).
    fn compensation_on_completion(
        &self,
        id: &StepId,
        at_task: &AtTask,
        task: &Task,
    ) -> Option<crate::workflow::TaskIndex> {
        // One that is stuck has no attempt behind it, or is registered already.
        let ran = self
            .node(id)
            .is_some_and(|node| !matches!(node.body, Body::Stuck { .. }));
        (ran && at_task.place == Place::Main)
            .then_some(task.compensate)
            .flatten()
    }

    fn is_pivot(&self, id: &StepId) -> bool {
        let node = self.node(id);
        let task = node
            .filter(|node| node.place == Place::Main && node.call().is_some())
            .and_then(|node| node.task);
        task.is_some_and(|task| self.workflow.task(task).pivot)
    }

    /// A task that makes no call failed.
    pub(super) fn fail_task(
        &mut self,
        id: &StepId,
        at_task: AtTask,
        dot: &Arc<Value>,
        problem: Problem,
    ) {
        if let Some(reason) = self.must_hold(&at_task, &problem) {
            let (node, input) = (id.clone(), Arc::clone(dot));
            self.record(Event::TaskHeld {
                node,
                at_task,
                input,
                problem,
                reason,
            });
            return;
        }
        let (node, at) = (id.clone(), at_task.clone());
        self.record(Event::Failed {
            node,
            at_task,
            problem: problem.clone(),
        });
        self.error_leaves(&at, problem);
    }

    /// Why an error may not leave this task, if so (semantics S10).
    pub(super) fn must_hold(&self, at_task: &AtTask, problem: &Problem) -> Option<String> {
        match at_task.place {
            Place::OnFailure => Some("a task of onFailure failed".to_owned()),
            Place::Undo(_) => Some("a compensation failed".to_owned()),
            Place::Main => {
                let pivot = self.saga.pivot.as_ref()?;
                let caught = self.catcher(at_task.parent.as_ref(), problem).is_some();
                (!caught).then(|| {
                    format!("it failed after the pivot `{pivot}`, where there is no way back")
                })
            }
        }
    }

    /// The innermost `try` around that takes this error.
    fn catcher(&self, parent: Option<&StepId>, problem: &Problem) -> Option<StepId> {
        let mut at = parent.cloned();
        while let Some(id) = at {
            let node = self.node(&id)?;
            if self.takes(&id, problem) {
                return Some(id);
            }
            at = node.parent.clone();
        }
        None
    }

    fn catch_of(&self, id: &StepId) -> Option<&'a Catch> {
        match &self.workflow.task(self.node(id)?.task?).kind {
            Kind::Try(block) => Some(&block.catch),
            _ => None,
        }
    }

    fn takes(&self, id: &StepId, problem: &Problem) -> bool {
        let Some(node) = self.node(id) else {
            return false;
        };
        let Body::Try {
            phase: TryPhase::Block,
            ..
        } = node.body
        else {
            return false;
        };
        let Some(catch) = self.catch_of(id) else {
            return false;
        };
        catch.with.takes(problem)
            && self.allows(id, catch, problem, (&catch.when, &catch.except_when))
    }

    /// `when` and `exceptWhen` on the error; one that fails to evaluate does not take it.
    fn allows(
        &self,
        id: &StepId,
        catch: &Catch,
        problem: &Problem,
        (when, except): (
            &Option<crate::expression::Expr>,
            &Option<crate::expression::Expr>,
        ),
    ) -> bool {
        let mut env = self.env_below(Some(id), Place::Main);
        let error = Arc::new(serde_json::to_value(problem).unwrap_or(Value::Null));
        env.vars.push(("error".into(), Arc::clone(&error)));
        env.vars.push((Arc::clone(&catch.bind), error));
        let dot = self
            .node(id)
            .map(|node| Arc::clone(&node.dot))
            .unwrap_or_default();
        let when = when
            .as_ref()
            .is_none_or(|when| env.holds(when, &dot).unwrap_or(false));
        let except = except
            .as_ref()
            .is_some_and(|except| env.holds(except, &dot).unwrap_or(true));
        when && !except
    }

    /// An error leaves a task: up to the `try` that takes it, the fork that drains, or the saga.
    pub(super) fn error_leaves(&mut self, from: &AtTask, problem: Problem) {
        let (mut at, mut branch) = (from.parent.clone(), from.branch);
        if from.place == Place::Main && self.fails_already() {
            return;
        }
        if let (Place::Main, Some(pending)) = (from.place, self.saga.pending.clone()) {
            // The pivot that a cancel or timeout waited for did not happen: it acts.
            let (cause, problem) = (pending.cause, pending.problem);
            return self.record(Event::Failing { cause, problem });
        }
        while let Some(id) = at {
            let Some(node) = self.node(&id) else { return };
            let (parent, node_branch, is_root) =
                (node.parent.clone(), node.branch, node.task.is_none());
            let is_fork = matches!(node.body, Body::Fork { .. });
            if is_root {
                return self.root_failed(node.place, problem);
            }
            if is_fork {
                let branch = branch.unwrap_or_default();
                return self.record(Event::BranchFailed {
                    node: id,
                    branch,
                    problem,
                });
            }
            if self.takes(&id, &problem) {
                return self.catch(&id, problem);
            }
            self.record(Event::Left { node: id });
            (at, branch) = (parent, node_branch);
        }
    }

    fn fails_already(&self) -> bool {
        self.saga.stage != Stage::Forward
    }

    fn root_failed(&mut self, place: Place, problem: Problem) {
        match place {
            Place::Main => self.record(Event::Failing {
                cause: Cause::Error,
                problem,
            }),
            // Errors of these places are held before they get here.
            Place::OnFailure => self.record(Event::OnFailureLeft),
            Place::Undo(_) => {}
        }
    }

    fn catch(&mut self, id: &StepId, problem: Problem) {
        let Some(catch) = self.catch_of(id) else {
            return;
        };
        let rerun = self.rerun(id, catch, &problem);
        self.record(Event::Caught {
            node: id.clone(),
            bind: Arc::clone(&catch.bind),
            problem,
            rerun,
        });
    }

    /// When the block runs again, if it does.
    fn rerun(&self, id: &StepId, catch: &Catch, problem: &Problem) -> Option<Timestamp> {
        let retry = catch.retry.as_ref()?;
        let Body::Try { round, .. } = self.node(id)?.body else {
            return None;
        };
        let allowed = self.allows(id, catch, problem, (&retry.when, &retry.except_when));
        let seed = format!("{}:{id}", self.saga.id);
        (round <= retry.policy.count && allowed)
            .then(|| self.now.after(retry.policy.wait(round, &seed)))
    }

    /// A root list has nothing more to run.
    pub(super) fn root_ended(&mut self, place: Place, data: &Arc<Value>) -> bool {
        match place {
            Place::Main => self.main_ended(data),
            Place::OnFailure => {
                self.record(Event::OnFailureLeft);
                true
            }
            Place::Undo(_) => false,
        }
    }

    /// Completed, once no late compensation is open.
    fn main_ended(&mut self, data: &Arc<Value>) -> bool {
        if self.saga.undo_is_open() && !planted::is(Bug::EndsWithUndoOpen) {
            return false;
        }
        let env = self.env_below(Some(&main_root()), Place::Main);
        // A dropped compensation leaves an effect: no clean status may be claimed (S21).
        let standing = self.saga.dropped_steps();
        let status = if standing.is_empty() {
            Status::Completed
        } else {
            Status::Faulted
        };
        match env.given(&self.workflow.output, data) {
            Ok(output) => self.record(Event::Ended {
                status,
                output,
                standing,
                problem: None,
            }),
            Err(problem) if self.saga.pivot.is_none() => {
                self.record(Event::Failing {
                    cause: Cause::Error,
                    problem: *problem,
                });
            }
            Err(problem) => {
                // After the pivot nothing may fail for want of a shape: the last output stands, and it is
                // said why.
                let output = Arc::clone(data);
                self.record(Event::Ended {
                    status,
                    output,
                    standing,
                    problem: Some(*problem),
                });
            }
        }
        true
    }
}
