//! What people ask of a saga: cancel, pause, resume, and the settling of dead letters (semantics 6, 8).

use super::event::{AtTask, Cause, Event, Place};
use super::input::Refusal;
use super::knowledge::Knowledge;
use super::node::{Body, Call, Node};
use super::turn::Turn;
use baton_shared::planted::{self, Bug};
use baton_shared::{Problem, StepId};
use serde_json::Value;
use std::sync::Arc;

impl Turn<'_> {
    pub(super) fn cancel(&mut self, reason: Option<String>) -> Result<(), Refusal> {
        self.refuse_final("cancelled")?;
        if self.saga.failing.is_some() || self.saga.pending.is_some() {
            // It goes back already, or waits for the pivot; only a pause is in the way.
            if self.saga.paused {
                self.record(Event::Resumed);
            }
            return Ok(());
        }
        if let Some(pivot) = &self.saga.pivot {
            let message = format!(
                "saga `{}` has passed its pivot `{pivot}`: there is no way back, it goes on to its end",
                self.saga.id
            );
            return Err(Refusal {
                code: "pivot-passed",
                message,
            });
        }
        let mut problem = Problem::standard("cancelled", 409, "The saga was cancelled");
        problem.detail = reason;
        if !self.wait_for_pivot(Cause::Cancel, problem.clone()) {
            self.record(Event::Failing {
                cause: Cause::Cancel,
                problem,
            });
        }
        Ok(())
    }

    pub(super) fn pause(&mut self) -> Result<(), Refusal> {
        self.refuse_final("paused")?;
        if !self.saga.paused {
            self.record(Event::Paused);
        }
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), Refusal> {
        self.refuse_final("resumed")?;
        if !self.saga.paused {
            let letter = self.nodes(|_, node| node.is_held()).into_iter().next();
            let message = match letter {
                Some(step) => format!(
                    "saga `{0}` is not paused; a dead letter holds it: retry, skip or drop `{0}/{step}`",
                    self.saga.id
                ),
                None => format!("saga `{}` is not paused", self.saga.id),
            };
            return Err(Refusal {
                code: "not-paused",
                message,
            });
        }
        self.record(Event::Resumed);
        Ok(())
    }

    fn refuse_final(&self, asked: &str) -> Result<(), Refusal> {
        let Some(ended) = &self.saga.ended else {
            return Ok(());
        };
        let status = ended.status.word();
        let message = format!(
            "saga `{}` is {status}, which is final: it cannot be {asked}",
            self.saga.id
        );
        Err(Refusal {
            code: "saga-final",
            message,
        })
    }

    /// The dead letter's place, or why there is none.
    fn letter(&self, step: &StepId) -> Result<AtTask, Refusal> {
        match self.node(step) {
            Some(node) if node.is_held() => Ok(self.at_task_of(step)),
            Some(_) => Err(Refusal {
                code: "letter-closed",
                message: format!(
                    "`{}/{step}` is no dead letter any more: it is under way",
                    self.saga.id
                ),
            }),
            None => Err(Refusal {
                code: "letter-unknown",
                message: format!(
                    "`{}/{step}` is no open dead letter: it was settled, or never was one",
                    self.saga.id
                ),
            }),
        }
    }

    pub(super) fn retry(&mut self, step: &StepId, input: Option<Value>) -> Result<(), Refusal> {
        let at_task = self.letter(step)?;
        let is_call = self.node(step).is_some_and(|node| node.call().is_some());
        let informs = self.node(step).is_some_and(|node| node.task.is_none());
        match (is_call, input) {
            _ if informs => Err(Refusal {
                code: "letter-informs",
                message: format!(
                    "`{}/{step}` only tells that a pivot stands: there is nothing to retry; settle it by hand, then skip it",
                    self.saga.id
                ),
            }),
            (true, None)
                if self
                    .node(step)
                    .and_then(Node::call)
                    .is_some_and(Call::is_replaced) =>
            {
                Err(Refusal {
                    code: "edit-needed",
                    message: format!(
                        "the old input of `{step}` was undone and cannot be sent again: retry it with an input that makes a request, skip or drop it"
                    ),
                })
            }
            (true, None) => {
                self.record(Event::Retried { node: step.clone() });
                Ok(())
            }
            (true, Some(input)) => self.retry_edited(step, &at_task, input),
            (false, input) => self.retry_task(step, at_task, input),
        }
    }

    fn retry_edited(
        &mut self,
        step: &StepId,
        at_task: &AtTask,
        input: Value,
    ) -> Result<(), Refusal> {
        let input = Arc::new(input);
        match (at_task.place, &at_task.parent) {
            (Place::Undo(record), None) => {
                self.record(Event::UndoEdited { record, input });
                Ok(())
            }
            (Place::Undo(_), Some(_)) => Err(Refusal {
                code: "edit-inside",
                message: "a call inside a compensation of several tasks cannot be edited: retry it as it is, skip or drop it"
                    .to_owned(),
            }),
            _ => self.open_epoch(step, input),
        }
    }

    /// Semantics section 6: an edited retry first undoes what the old one may have done.
    fn open_epoch(&mut self, step: &StepId, input: Arc<Value>) -> Result<(), Refusal> {
        let knowledge = self
            .node(step)
            .and_then(|node| node.call())
            .map(|call| call.knowledge);
        let compensate = self.compensation_of(step);
        let undoable = compensate.is_some() || planted::is(Bug::EditOfMaybe);
        if knowledge == Some(Knowledge::Maybe) && !undoable {
            return Err(Refusal {
                code: "edit-in-doubt",
                message: format!(
                    "`{step}` may have happened and has no compensation, so it cannot be sent anew with other input: \
                     retry it as it is, or answer what happened with skip (it did) or drop (it did not)"
                ),
            });
        }
        self.record(Event::EpochOpened {
            node: step.clone(),
            input,
            compensate,
        });
        Ok(())
    }

    /// A task that is held without a call: what is done is shaped anew, anything else runs again.
    fn retry_task(
        &mut self,
        step: &StepId,
        at_task: AtTask,
        input: Option<Value>,
    ) -> Result<(), Refusal> {
        let Some(node) = self.node(step) else {
            return Ok(());
        };
        let dot = Arc::clone(&node.dot);
        let done = match &node.body {
            Body::Stuck { output, .. } => output.clone(),
            _ => None,
        };
        if done.is_none() && self.is_paused() {
            return Err(Refusal {
                code: "saga-paused",
                message: format!(
                    "`{step}` would run at once, and saga `{}` is paused: resume it first",
                    self.saga.id
                ),
            });
        }
        self.record(Event::LetterClosed {
            node: step.clone(),
            reason: None,
        });
        match (done, input.map(Arc::new)) {
            // It is done: what is given is taken for what the task gave.
            (Some(raw), given) => {
                self.complete(step, &at_task, &dot, given.unwrap_or(raw), false);
            }
            (None, None) => self.enter(at_task, &dot),
            (None, given) => self.rerun_task(step, at_task, &dot, given),
        }
        Ok(())
    }

    pub(super) fn skip(
        &mut self,
        step: &StepId,
        output: Value,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let at_task = self.letter(step)?;
        let Some(node) = self.node(step) else {
            return Ok(());
        };
        let (informs, dot) = (node.task.is_none(), Arc::clone(&node.dot));
        match (at_task.place, &at_task.parent) {
            _ if informs => self.record(Event::LetterClosed {
                node: step.clone(),
                reason,
            }),
            (Place::Undo(record), None) => {
                if reason
                    .as_deref()
                    .is_none_or(|reason| reason.trim().is_empty())
                {
                    return Err(Refusal {
                        code: "reason-required",
                        message: "skipping a compensation leaves an effect to a person's word: say why with --reason"
                            .to_owned(),
                    });
                }
                self.record(Event::UndoSkipped { record, reason });
            }
            _ => {
                self.told = reason;
                self.complete(step, &at_task, &dot, Arc::new(output), true);
            }
        }
        Ok(())
    }

    pub(super) fn drop_letter(&mut self, step: &StepId, reason: String) -> Result<(), Refusal> {
        let at_task = self.letter(step)?;
        if reason.trim().is_empty() {
            return Err(Refusal {
                code: "reason-required",
                message: "dropping says that this will not be done: say why".to_owned(),
            });
        }
        let Some(node) = self.node(step) else {
            return Ok(());
        };
        let informs = node.task.is_none();
        match at_task.place {
            _ if informs => {
                self.record(Event::LetterClosed {
                    node: step.clone(),
                    reason: Some(reason),
                });
            }
            Place::Undo(record) => self.record(Event::UndoDropped { record, reason }),
            Place::OnFailure => {
                self.record(Event::LetterClosed {
                    node: step.clone(),
                    reason: Some(reason),
                });
                self.leave_on_failure();
            }
            Place::Main => self.drop_step(step, &at_task, &reason),
        }
        Ok(())
    }

    /// What is left of `onFailure` is left out. Siblings of a fork that are out are awaited.
    fn leave_on_failure(&mut self) {
        let siblings = self.nodes(|_, node| node.place == Place::OnFailure);
        self.drain(siblings);
        self.record(Event::OnFailureLeft);
    }

    /// Before the pivot, or where a `catch` takes it, its error leaves it; after the pivot the saga
    /// fails for good and undoes only what was given up.
    fn drop_step(&mut self, step: &StepId, at_task: &AtTask, reason: &str) {
        let Some(node) = self.node(step) else { return };
        let problem = match &node.body {
            Body::Call(call) => call.last.clone(),
            Body::Stuck { problem, .. } => Some(problem.clone()),
            _ => None,
        };
        let problem = problem
            .unwrap_or_else(|| Problem::standard("runtime", 500, "Dropped"))
            .with_detail(format!("dropped by a person: {reason}"));
        let uncaught = self.must_hold(at_task, &problem).is_some();
        if node.call().is_some() {
            self.give_up(step, problem.clone());
        } else {
            self.record(Event::StepStopped { node: step.clone() });
        }
        if uncaught {
            self.record(Event::Failing {
                cause: Cause::Dropped,
                problem,
            });
        } else {
            self.error_leaves(at_task, problem);
        }
    }
}
