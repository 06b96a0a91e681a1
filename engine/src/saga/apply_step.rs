//! `apply` for the life of a step and of a record (semantics sections 3, 5 and 7).

use super::event::{Event, Failure, Place, Recorded};
use super::knowledge::Knowledge;
use super::node::{Body, Call, Node, Phase};
use super::record::{Record, RecordState};
use super::state::{Saga, main_root};
use crate::workflow::TaskIndex;
use baton_shared::StepId;
use baton_shared::planted::{self, Bug};
use serde_json::Value;
use std::sync::Arc;

impl Saga {
    pub(super) fn apply_step(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::StepStarted {
                node,
                at_task,
                call,
            } => {
                let body = Body::Call(Box::new(Call {
                    started: Arc::clone(call),
                    phase: Phase::Ready,
                    attempt: call.attempts_before,
                    tries: 0,
                    first_attempt: None,
                    knowledge: Knowledge::Untried,
                    maybe: false,
                    last: None,
                }));
                self.hang(node, at_task, &call.dot, call.deadline, body);
            }
            Event::TaskHeld {
                node,
                at_task,
                input,
                problem,
                reason,
            } => {
                let body = Body::Stuck {
                    problem: problem.clone(),
                    reason: reason.clone(),
                    output: None,
                };
                self.hang(node, at_task, input, None, body);
            }
            Event::OutputHeld { .. } => self.output_held(&recorded.event),
            Event::StepGivenUp {
                node, compensate, ..
            } => self.given_up(node, *compensate),
            Event::EpochOpened {
                node,
                input,
                compensate,
            } => {
                self.epoch_opened(node, input, *compensate);
            }
            event => self.apply_attempt(recorded.at, event),
        }
    }

    /// The effect is there, so its record is too; the step stays where it is.
    fn output_held(&mut self, event: &Event) {
        let Event::OutputHeld {
            node,
            at_task,
            input,
            output,
            compensate,
            problem,
            reason,
            status: _,
        } = event
        else {
            return;
        };
        if let Some(compensate) = compensate {
            self.register_completed(node, output, *compensate, false);
        }
        let body = Body::Stuck {
            problem: problem.clone(),
            reason: reason.clone(),
            output: Some(Arc::clone(output)),
        };
        self.hang(node, at_task, input, None, body);
    }

    fn apply_attempt(&mut self, at: baton_shared::Timestamp, event: &Event) {
        let (Event::AttemptStarted { node, .. }
        | Event::AttemptFailed { node, .. }
        | Event::RetryScheduled { node, .. }
        | Event::Readied { node }
        | Event::Retried { node }
        | Event::StepHeld { node, .. }) = event
        else {
            return;
        };
        let Some(Node {
            body: Body::Call(call),
            place,
            deadline: own,
            ..
        }) = self.nodes.get_mut(node)
        else {
            return;
        };
        match event {
            Event::AttemptStarted {
                attempt, deadline, ..
            } => {
                call.phase = Phase::Out {
                    deadline: *deadline,
                };
                call.attempt = *attempt;
                call.tries += 1;
                call.first_attempt.get_or_insert(at);
                // Until somebody reports, an attempt that is out may have happened. What is known
                // changes only with its outcome; whoever gives the step up books it first.
            }
            Event::AttemptFailed {
                verdict,
                redelivered,
                proven,
                problem,
                ..
            } => {
                let rejected = *verdict == Failure::Rejected;
                call.knowledge = call.knowledge.failed(rejected, *redelivered, *proven);
                call.maybe |= !rejected || *redelivered;
                call.last = Some(problem.clone());
                call.phase = Phase::Ready;
            }
            Event::RetryScheduled { due, .. } => call.phase = Phase::Backoff { due: *due },
            Event::Readied { .. } => call.phase = Phase::Ready,
            Event::Retried { .. } => {
                call.phase = Phase::Ready;
                if !planted::is(Bug::TriesNotReset) {
                    call.tries = 0;
                }
                call.first_attempt = None;
                // Its own timeout has had its say; a person's go is bounded by the call's.
                *own = None;
            }
            Event::StepHeld {
                problem, reason, ..
            } => {
                call.phase = Phase::Held {
                    reason: reason.clone(),
                };
                call.last = Some(problem.clone());
            }
            _ => {}
        }
        if let Place::Undo(order) = place {
            let (order, attempt) = (*order, call.attempt);
            if let Some(record) = self.record_mut(order) {
                record.undo_attempts = record.undo_attempts.max(attempt);
            }
        }
    }

    /// The step's own record, by what is known (S7). One without anything to undo is kept too where
    /// an attempt was made: a late success would change what is owed.
    fn given_up(&mut self, node: &StepId, compensate: Option<TaskIndex>) {
        let Some(found) = self.nodes.get(node) else {
            return;
        };
        let replacing = found.call().and_then(Call::replacing);
        if let Some(call) = found.call()
            && call.knowledge != Knowledge::Untried
        {
            let mut record = self.record_of_call(node, found, call, compensate);
            record.given_up = true;
            record.state = state_for(&record);
            self.register(record);
        }
        self.nodes.remove(node);
        if let Some(epoch) = replacing
            && planted::is(Bug::EditForgotten)
        {
            self.settle(epoch, RecordState::Closed);
        }
    }

    /// A person edited the input: the old epoch becomes a record that runs at once.
    fn epoch_opened(&mut self, node: &StepId, input: &Arc<Value>, compensate: Option<TaskIndex>) {
        let Some(found) = self.nodes.get(node) else {
            return;
        };
        let Some(call) = found.call() else { return };
        let order = if call.is_replaced() {
            // The edited input made no request; this is another try at the same epoch.
            self.record_of_epoch(node, call.started.epoch)
        } else {
            let mut record = self.record_of_call(node, found, call, compensate);
            record.given_up = true;
            record.state = state_for(&record);
            if planted::is(Bug::EditWithoutUndo) {
                record.state = RecordState::Spared;
            }
            self.register(record)
        };
        let input = Arc::clone(input);
        if let Some(Node {
            body: Body::Call(call),
            ..
        }) = self.nodes.get_mut(node)
        {
            call.phase = Phase::Replacing {
                record: order,
                input,
            };
            call.knowledge = Knowledge::Untried;
        }
    }

    /// 0 where it is spent: nothing is left to wait for.
    fn record_of_epoch(&self, step: &StepId, epoch: u32) -> u64 {
        let mut records = self.records.iter().rev();
        records
            .find(|(_, record)| record.step == *step && record.epoch == epoch)
            .map_or(0, |(order, _)| *order)
    }

    fn record_of_call(
        &self,
        id: &StepId,
        node: &Node,
        call: &Call,
        compensate: Option<TaskIndex>,
    ) -> Record {
        Record {
            step: id.clone(),
            name: Arc::clone(&node.name),
            epoch: call.started.epoch,
            within: self.scopes(id),
            state: RecordState::Spared,
            knowledge: call.knowledge,
            given_up: false,
            skipped: false,
            pivot: call.started.pivot,
            compensate,
            input: Arc::clone(&call.started.input),
            output: None,
            key: call.started.key.clone(),
            attempts: call.attempt,
            vars: self.vars(id),
            round: 0,
            bare: false,
            knew: Knowledge::Untried,
            again: false,
            edited: None,
            undo_attempts: 0,
        }
    }

    /// Keeps a record and gives it its place in the order.
    fn register(&mut self, record: Record) -> u64 {
        self.last_order += 1;
        self.had_records |= record.state == RecordState::Owed;
        self.records.insert(self.last_order, Arc::new(record));
        self.last_order
    }

    /// A task with a compensation completed. A composite's own record stands for those below it.
    pub(super) fn register_completed(
        &mut self,
        id: &StepId,
        output: &Arc<Value>,
        compensate: TaskIndex,
        skipped: bool,
    ) {
        let Some(node) = self.nodes.get(id) else {
            return;
        };
        let mut record = match node.call() {
            // It was never sent: there is nothing to undo, whatever a person says.
            Some(call) if skipped && call.knowledge == Knowledge::Untried => return,
            Some(call) => self.record_of_call(id, node, call, Some(compensate)),
            None => self.record_of_composite(id, node, compensate),
        };
        if skipped {
            record.skipped = true;
            // A person's word changes what the saga believes, not what the service was sent.
            record.state = state_for(&record);
        } else {
            record.knowledge = Knowledge::Happened;
            record.output = Some(Arc::clone(output));
            record.state = RecordState::Owed;
        }
        if record.pivot && record.state == RecordState::Owed {
            // It passed, in this same append: nothing before it is undone, nor is it.
            record.state = RecordState::Closed;
        }
        if self.nodes.get(id).is_some_and(|node| node.call().is_none()) {
            self.replace_below(id);
        }
        self.register(record);
    }

    fn record_of_composite(&self, id: &StepId, node: &Node, compensate: TaskIndex) -> Record {
        Record {
            step: id.clone(),
            name: Arc::clone(&node.name),
            epoch: 0,
            within: self.scopes(id),
            state: RecordState::Owed,
            knowledge: Knowledge::Happened,
            given_up: false,
            skipped: false,
            pivot: false,
            compensate: Some(compensate),
            input: Arc::clone(&node.dot),
            output: None,
            key: format!("{}:{id}", self.id),
            attempts: 0,
            vars: self.vars(id),
            round: 0,
            bare: false,
            knew: Knowledge::Untried,
            again: false,
            edited: None,
            undo_attempts: 0,
        }
    }

    fn replace_below(&mut self, composite: &StepId) {
        let mut spent = Vec::new();
        for (order, record) in self.records.range_mut(self.inside(composite)) {
            if record.state == RecordState::Owed
                && record.within.contains(composite)
                && !planted::is(Bug::ChildrenNotReplaced)
            {
                Arc::make_mut(record).state = RecordState::Replaced;
                if record.is_spent() {
                    spent.push(*order);
                }
            }
        }
        for order in spent {
            self.records.remove(&order);
        }
    }

    /// Ids of the nodes around `id`, outermost first, and `id` itself.
    pub(super) fn scopes(&self, id: &StepId) -> Vec<StepId> {
        let root = main_root();
        let mut scopes = vec![id.clone()];
        let mut at = self.nodes.get(id).and_then(|node| node.parent.clone());
        while let Some(parent) = at {
            at = self.nodes.get(&parent).and_then(|node| node.parent.clone());
            if parent != root {
                scopes.push(parent);
            }
        }
        scopes.reverse();
        scopes
    }

    /// Loop and error variables in force at `id`, outermost first.
    pub(super) fn vars(&self, id: &StepId) -> Vec<(Arc<str>, Arc<Value>)> {
        let mut vars = Vec::new();
        let mut at = self.nodes.get(id).and_then(|node| node.parent.clone());
        while let Some(node) = at.as_ref().and_then(|parent| self.nodes.get(parent)) {
            node.add_vars(&mut vars);
            at = node.parent.clone();
        }
        vars.reverse();
        vars
    }
}

/// What a fresh record owes (semantics S7).
fn state_for(record: &Record) -> RecordState {
    if record.compensate.is_some() && record.knowledge.needs_undo() {
        RecordState::Owed
    } else {
        RecordState::Spared
    }
}
