//! Folds a journal into what people see.

use super::event::{AtTask, CallStarted, Event, Form, Place, Recorded};
use super::state::Saga;
use super::view::{SagaView, StepKind, StepStatus, StepView};
use baton_shared::{Problem, SagaId, StepId, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// The fold's state: the saga as the core has it, and the rows so far.
struct Fold {
    saga: Saga,
    rows: Vec<StepView>,
    /// The newest row of each node.
    row_of: HashMap<StepId, usize>,
    /// A held task that a person sends on, and when: what starts then is shown in its row.
    retried: Option<(StepId, Timestamp)>,
    output: Arc<Value>,
    /// Why that is not what the workflow asks for.
    unshaped: Option<Problem>,
    late: u32,
    maybe: Vec<String>,
}

impl SagaView {
    /// The fold of a whole journal. `None` when it does not begin with a submission.
    pub fn of(id: &SagaId, journal: &[Recorded]) -> Option<Self> {
        let (first, rest) = journal.split_first()?;
        let mut fold = Fold {
            saga: Saga::born(id.clone(), first)?,
            rows: Vec::new(),
            row_of: HashMap::new(),
            retried: None,
            output: Arc::new(Value::Null),
            unshaped: None,
            late: 0,
            maybe: Vec::new(),
        };
        for recorded in rest {
            fold.take(recorded);
            fold.saga.apply(recorded);
        }
        Some(fold.finish())
    }
}

impl Fold {
    /// Called before the event is applied: the state is still what the event met.
    fn take(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.event {
            Event::StepStarted {
                node,
                at_task,
                call,
            } => self.step(at, node, at_task, call),
            Event::Entered {
                node,
                at_task,
                input,
                form: Form::Wait { until },
                ..
            } => {
                let row = self.row(node, at_task, at);
                row.status = StepStatus::Running;
                row.input = (**input).clone();
                row.due_at = Some(until.rfc3339());
            }
            Event::Failed {
                node,
                at_task,
                problem,
            } => {
                let row = self.row(node, at_task, at);
                row.status = StepStatus::Rejected;
                row.error = Some(problem.clone());
                row.ended_at = Some(at.rfc3339());
            }
            Event::TaskHeld {
                node,
                at_task,
                input,
                problem,
                reason,
            } => {
                let row = self.row(node, at_task, at);
                row.input = (**input).clone();
                row.hold(at, problem, reason);
            }
            Event::OutputHeld { .. } => self.output_held(at, &recorded.event),
            Event::Completed { .. } => self.completed(at, &recorded.event),
            Event::Ended {
                output, problem, ..
            } => {
                self.output = Arc::clone(output);
                self.unshaped.clone_from(problem);
            }
            Event::LateSuccess { record, output } => self.late_success(*record, output),
            Event::PivotStandsLate {
                node,
                record,
                reason,
            } => {
                self.pivot_stands_late(at, node, *record, reason);
            }
            Event::UndoSkipped { .. } | Event::UndoDropped { .. } | Event::UndoEdited { .. } => {
                self.settled(at, &recorded.event);
            }
            Event::LetterClosed { node, reason } => self.letter_closed(at, node, reason.as_ref()),
            event => self.step_event(at, event),
        }
    }

    fn output_held(&mut self, at: Timestamp, event: &Event) {
        let Event::OutputHeld {
            node,
            at_task,
            output,
            problem,
            reason,
            status,
            ..
        } = event
        else {
            return;
        };
        if !self.row_of.contains_key(node) {
            self.row(node, at_task, at);
        }
        let row = self.row_of.get(node).copied();
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row)) {
            row.succeeded(at, *status);
            row.output = (**output).clone();
            row.hold(at, problem, reason);
        }
    }

    /// A person settled a compensation.
    fn settled(&mut self, at: Timestamp, event: &Event) {
        let (record, skipped, reason) = match event {
            Event::UndoSkipped { record, reason } => (record, true, reason.clone()),
            Event::UndoDropped { record, reason } => {
                (record, false, Some(format!("dropped: {reason}")))
            }
            Event::UndoEdited { record, .. } => (
                record,
                false,
                Some("replaced by an edited retry".to_owned()),
            ),
            _ => return,
        };
        self.settle(*record, at, |row| {
            row.status = if skipped {
                StepStatus::Skipped
            } else {
                row.last_failure()
            };
            row.reason.clone_from(&reason);
        });
    }

    fn step_event(&mut self, at: Timestamp, event: &Event) {
        let (Event::AttemptStarted { node, .. }
        | Event::AttemptFailed { node, .. }
        | Event::RetryScheduled { node, .. }
        | Event::Retried { node }
        | Event::StepHeld { node, .. }
        | Event::StepGivenUp { node, .. }
        | Event::StepStopped { node }
        | Event::Left { node }
        | Event::EpochOpened { node, .. }) = event
        else {
            return;
        };
        let Some(row) = self
            .row_of
            .get(node)
            .and_then(|row| self.rows.get_mut(*row))
        else {
            return;
        };
        let went_back = self.saga.failing.is_some();
        match event {
            Event::AttemptStarted { attempt, .. } => row.attempt(at, *attempt),
            Event::AttemptFailed {
                attempt,
                verdict,
                status,
                problem,
                ..
            } => {
                row.attempt_failed(at, *attempt, *verdict, *status, problem);
            }
            Event::RetryScheduled { due, .. } => {
                row.status = StepStatus::Scheduled;
                row.due_at = Some(due.rfc3339());
            }
            Event::Retried { .. } => {
                row.status = StepStatus::Scheduled;
                row.reason = None;
                row.held_at = None;
            }
            Event::StepHeld {
                problem, reason, ..
            } => row.hold(at, problem, reason),
            Event::StepGivenUp { problem, .. } => {
                row.end(at);
                row.status = row.last_failure();
                row.error = Some(problem.clone());
            }
            Event::StepStopped { .. } => {
                row.end(at);
                row.status = StepStatus::Skipped;
                let why = if went_back {
                    "the saga went back"
                } else {
                    "the block around it ended"
                };
                row.reason = Some(format!("stopped: {why}"));
            }
            // Of what has a row, only a wait is left, and that is when its own timeout is over.
            Event::Left { .. } => {
                row.end(at);
                row.status = StepStatus::Rejected;
                row.reason = Some("it took longer than its timeout".to_owned());
            }
            Event::EpochOpened { .. } => {
                row.end(at);
                row.status = row.last_failure();
                row.reason = Some("replaced by an edited retry".to_owned());
            }
            _ => {}
        }
    }

    /// A letter that only informed is let go; a task that was held is sent on, or left out for a reason.
    fn letter_closed(&mut self, at: Timestamp, node: &StepId, reason: Option<&String>) {
        let held = self.saga.nodes.get(node);
        let retried = reason.is_none() && held.is_some_and(|node| node.task.is_some());
        let row = self.row_of.get(node).copied();
        let Some(row) = row.and_then(|row| self.rows.get_mut(row)) else {
            return;
        };
        row.end(at);
        row.status = StepStatus::Skipped;
        row.reason = reason.cloned();
        if retried {
            row.status = StepStatus::Rejected;
            row.reason = Some("retried by hand".to_owned());
            self.retried = Some((node.clone(), at));
        }
    }

    fn step(&mut self, at: Timestamp, node: &StepId, at_task: &AtTask, call: &CallStarted) {
        let row = self.row(node, at_task, at);
        row.service = Some(call.service.to_string());
        row.operation.clone_from(&call.operation);
        row.idempotency_key = Some(call.key.clone());
        row.input = (*call.input).clone();
    }

    fn completed(&mut self, at: Timestamp, event: &Event) {
        let Event::Completed {
            node,
            at_task,
            output,
            skipped,
            status,
            reason,
            ..
        } = event
        else {
            return;
        };
        let known = self.row_of.contains_key(node);
        let composite = self.saga.nodes.contains_key(node) && !known;
        if composite {
            return;
        }
        if !known {
            self.row(node, at_task, at);
        }
        let Some(row) = self
            .row_of
            .get(node)
            .and_then(|row| self.rows.get_mut(*row))
        else {
            return;
        };
        row.end(at);
        row.output = (**output).clone();
        row.reason.clone_from(reason);
        if *skipped {
            row.status = StepStatus::Skipped;
        } else {
            row.status = StepStatus::Succeeded;
            row.succeeded(at, *status);
        }
    }

    fn late_success(&mut self, order: u64, output: &Arc<Value>) {
        self.late += 1;
        let step = self
            .saga
            .records
            .get(&order)
            .map(|record| record.step.clone());
        let row = step.and_then(|step| self.row_of.get(&step).copied());
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row)) {
            row.output = (**output).clone();
            row.reason = Some("it succeeded after it was given up".to_owned());
        }
    }

    fn pivot_stands_late(&mut self, at: Timestamp, node: &StepId, order: u64, reason: &str) {
        let Some(record) = self.saga.records.get(&order) else {
            return;
        };
        let at_task = AtTask {
            task: 0,
            name: Arc::clone(&record.name),
            reference: "".into(),
            parent: None,
            branch: None,
            place: Place::Undo(order),
        };
        let problem = Problem::standard("runtime", 500, "A pivot stands after the saga went back");
        let row = self.row(node, &at_task, at);
        row.hold(at, &problem, reason);
    }

    /// Ends every open row of a record's compensation.
    fn settle(&mut self, order: u64, at: Timestamp, how: impl Fn(&mut StepView)) {
        let nodes = self
            .saga
            .nodes
            .iter()
            .filter(|(_, node)| node.place == Place::Undo(order));
        let rows: Vec<usize> = nodes
            .filter_map(|(id, _)| self.row_of.get(id).copied())
            .collect();
        for row in rows {
            if let Some(row) = self.rows.get_mut(row) {
                row.end(at);
                how(row);
            }
        }
    }

    /// A new row for a node; or that in which it was held, if that is why it starts.
    fn row(&mut self, node: &StepId, at_task: &AtTask, at: Timestamp) -> &mut StepView {
        let retried = self
            .retried
            .take_if(|(id, when)| id == node && *when == at)
            .and_then(|(id, _)| self.row_of.get(&id).copied());
        if let Some(row) = retried {
            let row = &mut self.rows[row];
            row.again();
            return row;
        }
        let compensates = match at_task.place {
            Place::Undo(order) => self
                .saga
                .records
                .get(&order)
                .map(|record| record.step.to_string()),
            Place::Main | Place::OnFailure => None,
        };
        let within = at_task
            .parent
            .as_ref()
            .map(|parent| self.within(parent))
            .unwrap_or_default();
        self.row_of.insert(node.clone(), self.rows.len());
        self.rows.push(StepView {
            name: node.to_string(),
            reference: at_task.reference.to_string(),
            kind: match at_task.place {
                Place::Undo(_) => StepKind::Compensation,
                Place::Main | Place::OnFailure => StepKind::Task,
            },
            compensates,
            status: StepStatus::Scheduled,
            attempts: Vec::new(),
            service: None,
            operation: None,
            idempotency_key: None,
            input: Value::Null,
            output: Value::Null,
            error: None,
            started_at: Some(at.rfc3339()),
            ended_at: None,
            within,
            due_at: None,
            held_at: None,
            reason: None,
        });
        self.rows.last_mut().expect("just pushed")
    }

    fn within(&self, parent: &StepId) -> Vec<String> {
        let mut within = Vec::new();
        let mut at = Some(parent.clone());
        while let Some(id) = at {
            let Some(node) = self.saga.nodes.get(&id) else {
                break;
            };
            if node.task.is_some() {
                within.push(id.to_string());
            } else if node.place == Place::OnFailure {
                within.push("onFailure".to_owned());
            }
            at = node.parent.clone();
        }
        within.reverse();
        within
    }

    fn finish(mut self) -> SagaView {
        let saga = &self.saga;
        for record in saga.records.values() {
            if record.compensate.is_none() && record.knowledge == super::knowledge::Knowledge::Maybe
            {
                self.maybe.push(record.step.to_string());
            }
        }
        let failing = saga.failing.as_ref();
        let standing = saga
            .ended
            .as_ref()
            .map(|ended| ended.standing.clone())
            .unwrap_or_default();
        SagaView {
            id: saga.id.clone(),
            workflow: saga.workflow.to_string(),
            version: saga.version.to_string(),
            status: saga.status(),
            durability: String::new(),
            input: (*saga.input).clone(),
            output: (*self.output).clone(),
            error: failing
                .map(|failing| failing.problem.clone())
                .or(self.unshaped),
            created_at: saga.created_at.rfc3339(),
            updated_at: saga.updated_at.rfc3339(),
            paused: saga.paused,
            overdue: saga.overdue,
            pending: saga
                .pending
                .as_ref()
                .map(|pending| pending.problem.title.clone()),
            pivot: saga.pivot.as_ref().map(ToString::to_string),
            standing,
            maybe: self.maybe,
            late: self.late,
            steps_total: self.rows.len(),
            steps: self.rows,
        }
    }
}
