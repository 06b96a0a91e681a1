//! The beginning of a call: its request and its key, fixed for all attempts (semantics S2, S3).

use super::event::{AtTask, CallStarted, Event, Place};
use super::node::Node;
use super::record::Record;
use super::render;
use super::turn::Turn;
use crate::workflow::{Kind, Task};
use baton_shared::planted::{self, Bug};
use baton_shared::{Problem, StepId};
use serde_json::Value;
use std::sync::Arc;

impl<'a> Turn<'a> {
    /// Fixes the request of a call; the attempt starts when it may.
    pub(super) fn start_call(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        dot: &Arc<Value>,
        edited: Option<Arc<Value>>,
    ) -> Result<(), Box<Problem>> {
        let task = self.workflow.task(at_task.task);
        let Kind::Call(call) = &task.kind else {
            return Ok(());
        };
        let (epoch, round, attempts_before) = self.numbers(id, at_task);
        let env = self.here(at_task, dot);
        let seen = render::seen(call, &env, dot)?;
        let input = match edited {
            Some(input) => input,
            None => render::input(call, &env, &seen)?,
        };
        env.fits(
            call.input_schema.as_deref(),
            &input,
            "input of the operation",
        )?;
        let request = render::request(call, &env, &seen, &input)?;
        let key = self.key(id, at_task, task, dot, epoch)?;
        let deadline = self.own_deadline(at_task, task, dot)?;
        let started = CallStarted {
            service: call.service.clone(),
            operation: call.operation.clone(),
            key,
            compensates: self
                .record_at(at_task.place)
                .map(|record| record.key.clone()),
            input,
            dot: Arc::clone(dot),
            request: Arc::new(request),
            timeout_ms: u64::try_from(call.timeout.as_millis()).unwrap_or(u64::MAX),
            deadline,
            epoch,
            round,
            attempts_before,
            pivot: task.pivot && at_task.place == Place::Main,
        };
        let (node, at_task, call) = (id.clone(), at_task.clone(), Arc::new(started));
        self.record(Event::StepStarted {
            node,
            at_task,
            call,
        });
        Ok(())
    }

    pub(super) fn record_at(&self, place: Place) -> Option<&Record> {
        match place {
            Place::Undo(order) => self.saga.records.get(&order).map(|record| &**record),
            Place::Main | Place::OnFailure => None,
        }
    }

    /// Epoch, round, and the last attempt number used.
    fn numbers(&self, id: &StepId, at_task: &AtTask) -> (u32, u32, u32) {
        if let Some(record) = self.record_at(at_task.place) {
            return (record.epoch, record.round, record.undo_attempts);
        }
        match self.node(id).and_then(Node::call) {
            Some(call) => (call.started.epoch + 1, 0, call.attempt),
            None => (0, 0, 0),
        }
    }

    /// The unchanging key (semantics S2).
    fn key(
        &self,
        id: &StepId,
        at_task: &AtTask,
        task: &'a Task,
        dot: &Arc<Value>,
        epoch: u32,
    ) -> Result<String, Box<Problem>> {
        if let Some(record) = self.record_at(at_task.place) {
            let round = if record.round == 0 || planted::is(Bug::RoundKeyRepeated) {
                String::new()
            } else {
                format!(".{}", record.round)
            };
            // The whole path: an iteration or a lap further out makes another call too.
            let root = record.undo_node();
            let inner = id.as_str().strip_prefix(root.as_str());
            let inner = inner.unwrap_or_default();
            return Ok(format!("{}:undo{round}{inner}", record.key));
        }
        let base = match &task.idempotency_key {
            Some(expr) => {
                let env = self.here(at_task, dot);
                match env.expr(expr, dot)? {
                    Value::String(key) if is_header_safe(&key) => key,
                    other => {
                        let title = "The idempotency key must be a short plain text";
                        let problem = Problem::standard("expression", 400, title);
                        return Err(env.placed(problem.with_detail(format!("it is `{other}`"))));
                    }
                }
            }
            None => format!("{}:{id}", self.saga.id),
        };
        Ok(if epoch == 0 {
            base
        } else {
            format!("{base}:e{epoch}")
        })
    }
}

/// Keys travel in a header.
fn is_header_safe(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|b| (0x21..0x7f).contains(&b))
}
