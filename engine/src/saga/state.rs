//! What the core keeps of a saga, and the only code that changes it.
//!
//! ```text
//!   nodes    what is alive: composites with a cursor, waits, calls     (gone when they end)
//!   records  what compensation must do, by order of registration       (kept while it can matter)
//!   outputs  what later expressions name
//! ```
//!
//! All fields are private to this module and its readers: `apply` is the only mutator, it is total,
//! and replaying a journal gives the state that recorded it.

use super::Status;
use super::event::{AtTask, Cause, Event, Form, Next, Place, Recorded};
use super::node::{Body, Branch, Cursor, Node, Phase, TryPhase};
use super::record::{Record, RecordState};
use baton_shared::planted::{self, Bug};
use baton_shared::{Problem, SagaId, StepId, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One run of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Saga {
    pub(super) id: SagaId,
    pub(super) seq: u64,
    pub(super) workflow: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) input: Arc<Value>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) traceparent: Option<Arc<str>>,
    pub(super) deadline: Option<Timestamp>,
    pub(super) context: Arc<Value>,
    pub(super) outputs: BTreeMap<Arc<str>, Arc<Value>>,
    pub(super) nodes: BTreeMap<StepId, Node>,
    /// Shared with copies of the saga: a copy is made at every point of an exploration, and each changes
    /// one record at most.
    pub(super) records: BTreeMap<u64, Arc<Record>>,
    /// Orders of the records that owe a late compensation.
    pub(super) late: BTreeSet<u64>,
    /// Orders that are given out so far.
    pub(super) last_order: u64,
    /// How often a `then` went back.
    pub(super) laps: u32,
    /// The last turn stopped in the middle of its work.
    pub(super) yielded: bool,
    /// Events, and KiB of values in them, since anything of the outside was asked, awaited or told.
    pub(super) local_events: u32,
    /// Some record with a compensation was ever owed.
    pub(super) had_records: bool,
    pub(super) stage: Stage,
    pub(super) failing: Option<Failing>,
    /// Errors after the first.
    pub(super) pending: Option<Failing>,
    pub(super) pivot: Option<Arc<str>>,
    pub(super) paused: bool,
    pub(super) overdue: bool,
    pub(super) dropped: Vec<String>,
    pub(super) ended: Option<Ended>,
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Failing {
    pub cause: Cause,
    pub problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Ended {
    pub status: Status,
    pub standing: Vec<String>,
}

/// The saga's own path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stage {
    Forward,
    /// Failing: what is out is awaited.
    Draining,
    RollingBack,
    OnFailure,
    /// `onFailure` is behind us; the end is next.
    Closing,
    Ended,
}

/// The root of the main line.
pub(super) fn main_root() -> StepId {
    StepId::new(":main")
}

/// The root of `saga.onFailure`.
pub(super) fn on_failure_root() -> StepId {
    StepId::new(":onFailure")
}

impl Saga {
    /// The fold of a whole journal. `None` when it does not begin with a submission.
    pub fn replay(id: SagaId, journal: &[Recorded]) -> Option<Self> {
        let (first, rest) = journal.split_first()?;
        let mut saga = Self::born(id, first)?;
        for recorded in rest {
            saga.apply(recorded);
        }
        Some(saga)
    }

    pub(super) fn born(id: SagaId, first: &Recorded) -> Option<Self> {
        let Event::Submitted {
            workflow,
            version,
            input,
            data,
            deadline,
            traceparent,
        } = &first.event
        else {
            return None;
        };
        let mut saga = Self {
            id,
            seq: 1,
            workflow: Arc::clone(workflow),
            version: Arc::clone(version),
            input: Arc::clone(input),
            created_at: first.at,
            updated_at: first.at,
            traceparent: traceparent.clone(),
            deadline: *deadline,
            context: Arc::new(Value::Null),
            outputs: BTreeMap::new(),
            nodes: BTreeMap::new(),
            records: BTreeMap::new(),
            late: BTreeSet::new(),
            last_order: 0,
            laps: 0,
            yielded: false,
            local_events: 0,
            had_records: false,
            stage: Stage::Forward,
            failing: None,
            pending: None,
            pivot: None,
            paused: false,
            overdue: false,
            dropped: Vec::new(),
            ended: None,
        };
        saga.plant(main_root(), Place::Main, data);
        Some(saga)
    }

    fn plant(&mut self, root: StepId, place: Place, data: &Arc<Value>) {
        let node = Node {
            task: None,
            name: "".into(),
            reference: "".into(),
            parent: None,
            branch: None,
            place,
            dot: Arc::clone(data),
            entered: self.updated_at,
            deadline: None,
            since: self.last_order,
            body: Body::List(Cursor::new(Arc::clone(data))),
        };
        self.nodes.insert(root, node);
    }

    /// Takes one fact in. Total: a fact about what is no longer there changes nothing but the count.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.seq += 1;
        self.updated_at = recorded.at;
        self.yielded = matches!(recorded.event, Event::Yielded);
        let kib = u32::try_from(recorded.event.weight() / 1024).unwrap_or(u32::MAX);
        self.local_events = if recorded.event.is_of_the_outside() {
            0
        } else {
            self.local_events.saturating_add(1).saturating_add(kib)
        };
        match &recorded.event {
            Event::Submitted { .. } | Event::Failed { .. } => {}
            Event::Entered {
                node,
                at_task,
                input,
                deadline,
                form,
            } => {
                self.entered(node, at_task, input, *deadline, form);
            }
            Event::Iterated { node, index } => self.iterated(node, *index),
            Event::Completed { .. } => self.completed(&recorded.event),
            Event::Passed { parent, next } => {
                self.go(parent, *next, None);
            }
            Event::Left { node } => self.left(node),
            Event::StepStopped { node } => {
                self.nodes.remove(node);
            }
            Event::LetterClosed { node, .. } => self.letter_closed(node),
            Event::StepStarted { .. }
            | Event::AttemptStarted { .. }
            | Event::AttemptFailed { .. }
            | Event::RetryScheduled { .. }
            | Event::Readied { .. }
            | Event::StepGivenUp { .. }
            | Event::StepHeld { .. }
            | Event::TaskHeld { .. }
            | Event::OutputHeld { .. }
            | Event::Retried { .. }
            | Event::EpochOpened { .. } => self.apply_step(recorded),
            Event::Joined { node, context } => self.joined(node, context),
            Event::Caught { .. }
            | Event::RoundStarted { .. }
            | Event::HandlerStarted { .. }
            | Event::BranchFailed { .. }
            | Event::BranchWon { .. } => self.apply_block(&recorded.event),
            Event::LateSuccess { .. }
            | Event::PivotStandsLate { .. }
            | Event::UndoStarted { .. }
            | Event::Undone { .. }
            | Event::UndoSkipped { .. }
            | Event::UndoDropped { .. }
            | Event::UndoEdited { .. } => self.apply_record(&recorded.event),
            other => self.apply_saga(other),
        }
    }

    fn apply_saga(&mut self, event: &Event) {
        match event {
            Event::PivotPassed { node } => self.pass_pivot(node),
            Event::Failing { cause, problem } => self.fail(*cause, problem),
            Event::Pending { cause, problem } => {
                self.pending = Some(Failing {
                    cause: *cause,
                    problem: problem.clone(),
                });
                self.paused = self.paused && *cause != Cause::Cancel;
            }
            Event::PendingVoid => self.pending = None,
            Event::Overdue => {
                self.overdue = true;
                self.deadline = None;
            }
            Event::Drained => {
                self.nodes.retain(|_, node| node.place != Place::Main);
                self.stage = Stage::RollingBack;
            }
            Event::Overran { node } => {
                self.overdue = true;
                if let Some(node) = self.nodes.get_mut(node) {
                    node.deadline = None;
                }
            }
            Event::OnFailureStarted { data } => {
                self.stage = Stage::OnFailure;
                self.plant(on_failure_root(), Place::OnFailure, data);
            }
            Event::OnFailureLeft => {
                let out = |node: &Node| {
                    node.call()
                        .is_some_and(|call| matches!(call.phase, Phase::Out { .. }))
                };
                self.nodes
                    .retain(|_, node| node.place != Place::OnFailure || out(node));
                self.stage = Stage::Closing;
            }
            Event::Paused => self.paused = true,
            Event::Resumed => self.paused = false,
            Event::Ended {
                status, standing, ..
            } => {
                self.stage = Stage::Ended;
                self.ended = Some(Ended {
                    status: *status,
                    standing: standing.clone(),
                });
                self.deadline = None;
                self.outputs.clear();
                self.nodes
                    .retain(|_, node| matches!(node.place, Place::Undo(_)));
            }
            _ => {}
        }
    }

    fn fail(&mut self, cause: Cause, problem: &Problem) {
        self.failing = Some(Failing {
            cause,
            problem: problem.clone(),
        });
        self.pending = None;
        self.deadline = None;
        self.stage = Stage::Draining;
        self.paused = self.paused && cause != Cause::Cancel;
        if self.pivot.is_some() {
            self.close_owed(|record| !record.given_up);
        }
    }

    fn pass_pivot(&mut self, node: &StepId) {
        let name = self
            .nodes
            .get(node)
            .map_or_else(|| node.0.clone(), |node| node.name.clone());
        if self.pivot.is_none() {
            self.pivot = Some(name);
            self.close_owed(|_| !planted::is(Bug::PivotClosesNothing));
        }
    }

    fn close_owed(&mut self, which: impl Fn(&Record) -> bool) {
        for record in self.records.values_mut() {
            if record.state == RecordState::Owed && which(record) {
                Arc::make_mut(record).state = RecordState::Closed;
            }
        }
    }

    pub(super) fn record_mut(&mut self, order: u64) -> Option<&mut Record> {
        self.records.get_mut(&order).map(Arc::make_mut)
    }

    fn entered(
        &mut self,
        node: &StepId,
        at_task: &AtTask,
        input: &Arc<Value>,
        deadline: Option<Timestamp>,
        form: &Form,
    ) {
        let cursor = Cursor::new(Arc::clone(input));
        let body = match form {
            Form::List => Body::List(cursor),
            Form::For { items, each, at } => Body::For {
                items: Arc::clone(items),
                each: Arc::clone(each),
                at: Arc::clone(at),
                index: 0,
                cursor,
            },
            Form::Fork { branches, compete } => Body::Fork {
                branches: vec![Branch::Owed; *branches],
                contexts: vec![self.context_at(at_task); *branches],
                compete: *compete,
                failed: None,
                won: None,
            },
            Form::Try => Body::Try {
                phase: TryPhase::Block,
                round: 1,
                cursor,
                caught: None,
            },
            Form::Wait { until } => Body::Wait { until: *until },
        };
        self.hang(node, at_task, input, deadline, body);
    }

    pub(super) fn hang(
        &mut self,
        id: &StepId,
        at_task: &AtTask,
        dot: &Arc<Value>,
        deadline: Option<Timestamp>,
        body: Body,
    ) {
        if let Some(parent) = &at_task.parent {
            self.occupy(parent, at_task.branch);
        }
        let node = Node {
            task: Some(at_task.task),
            name: Arc::clone(&at_task.name),
            reference: Arc::clone(&at_task.reference),
            parent: at_task.parent.clone(),
            branch: at_task.branch,
            place: at_task.place,
            dot: Arc::clone(dot),
            entered: self.updated_at,
            deadline,
            since: self.last_order,
            body,
        };
        self.nodes.insert(id.clone(), node);
    }

    /// The parent has a live child now.
    fn occupy(&mut self, parent: &StepId, branch: Option<usize>) {
        if let Some(cursor) = self.cursor(parent) {
            cursor.busy = true;
        } else if let Some(branch) = self.branch(parent, branch) {
            *branch = Branch::Running;
        }
    }

    pub(super) fn branch(&mut self, fork: &StepId, branch: Option<usize>) -> Option<&mut Branch> {
        match &mut self.nodes.get_mut(fork)?.body {
            Body::Fork { branches, .. } => branches.get_mut(branch?),
            _ => None,
        }
    }

    pub(super) fn cursor(&mut self, node: &StepId) -> Option<&mut Cursor> {
        match &mut self.nodes.get_mut(node)?.body {
            Body::List(cursor) | Body::For { cursor, .. } | Body::Try { cursor, .. } => {
                Some(cursor)
            }
            _ => None,
        }
    }

    fn iterated(&mut self, node: &StepId, to: usize) {
        if let Some(Node {
            body: Body::For { index, cursor, .. },
            ..
        }) = self.nodes.get_mut(node)
        {
            *index = to;
            *cursor = Cursor::new(Arc::clone(&cursor.data));
        }
    }

    fn completed(&mut self, event: &Event) {
        let Event::Completed {
            node,
            at_task,
            output,
            keep,
            export,
            next,
            compensate,
            skipped,
            status: _,
            reason: _,
        } = event
        else {
            return;
        };
        if let Some(compensate) = compensate {
            self.register_completed(node, output, *compensate, *skipped);
        }
        self.nodes.remove(node);
        if *keep {
            self.outputs
                .insert(Arc::clone(&at_task.name), Arc::clone(output));
        }
        if let Some(context) = export {
            self.set_context(at_task.parent.as_ref(), at_task.branch, context);
        }
        let Some(parent) = &at_task.parent else {
            return;
        };
        if self.go(parent, *next, Some(output)) {
            return;
        }
        if let Some(branch) = self.branch(parent, at_task.branch) {
            *branch = Branch::Done(Arc::clone(output), node.clone());
        }
    }
}

impl Saga {
    /// The list at `parent` goes on; whether there is one.
    fn go(&mut self, parent: &StepId, next: Next, output: Option<&Arc<Value>>) -> bool {
        let mut laps = self.laps;
        let Some(cursor) = self.cursor(parent) else {
            return false;
        };
        if let Some(output) = output {
            cursor.data = Arc::clone(output);
        }
        cursor.go(next, &mut laps);
        self.laps = laps;
        true
    }
}
