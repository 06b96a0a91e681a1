//! One saga as the judges know it: its journal as it was kept, folded for their questions.

use baton_engine::saga::event::{AtTask, CallStarted, Cause, Event, Failure, Place, Recorded};
use baton_engine::saga::{Saga, Status};
use baton_engine::workflow::Workflow;
use baton_shared::{JobId, JobKind, SagaId, StepId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known of a saga from what the store holds of it.
pub struct Story {
    pub workflow: Arc<Workflow>,
    pub journal: Vec<Recorded>,
    pub saga: Saga,
    pub failing: Option<Cause>,
    pub pending: bool,
    pub paused: bool,
    pub pivot: bool,
    /// The rollback of the whole saga runs.
    pub drained: bool,
    pub ended: Option<(Status, Vec<String>)>,
    /// Main-line calls that are out, and compensations that are.
    pub out: BTreeSet<StepId>,
    pub undoing: BTreeSet<StepId>,
    /// Records whose present round of undoing began before the rollback did.
    pub early: BTreeSet<u64>,
    pub steps: BTreeMap<StepId, Step>,
    /// Every attempt that the journal has.
    pub attempts: BTreeSet<JobId>,
    /// Records whose turn is the next one, not their own.
    pub late: BTreeSet<u64>,
    /// The record that the rollback began to undo last.
    pub last_undone: Option<u64>,
    pub skipped: bool,
    pub dropped: bool,
    pub undo_dropped: bool,
    pub edited: bool,
}

/// One node of it.
#[derive(Default)]
pub struct Step {
    pub at: Option<AtTask>,
    pub call: Option<Arc<CallStarted>>,
    /// Attempts since a person last asked for another go.
    pub tries: u32,
    pub started_at: Timestamp,
    /// How its attempts failed.
    pub failures: Vec<Failed>,
    /// When its next attempt is due.
    pub due: Option<Timestamp>,
    pub completed: bool,
    pub by_hand: bool,
    pub given_up: bool,
    /// It completed before the pivot passed.
    pub before_pivot: bool,
    /// Its undoing has begun at least once.
    pub undone: bool,
    /// A round of its undoing ended well.
    pub settled: bool,
    pub attempted: bool,
}

/// An attempt that failed.
pub struct Failed {
    pub attempt: u32,
    pub verdict: Failure,
    pub proven: bool,
    pub redelivered: bool,
}

/// The step that this node undoes, as its name says.
pub fn forward_of(undo: &StepId) -> StepId {
    let step = undo.as_str().split(":undo").next().unwrap_or_default();
    StepId::new(step.split(":e").next().unwrap_or_default())
}

impl Story {
    /// A saga whose first event this is.
    pub fn new(id: SagaId, first: Recorded, workflow: Arc<Workflow>) -> Option<Self> {
        let saga = Saga::replay(id, std::slice::from_ref(&first))?;
        Some(Self {
            workflow,
            journal: vec![first],
            saga,
            failing: None,
            pending: false,
            paused: false,
            pivot: false,
            drained: false,
            ended: None,
            out: BTreeSet::new(),
            undoing: BTreeSet::new(),
            early: BTreeSet::new(),
            steps: BTreeMap::new(),
            attempts: BTreeSet::new(),
            late: BTreeSet::new(),
            last_undone: None,
            skipped: false,
            dropped: false,
            undo_dropped: false,
            edited: false,
        })
    }

    /// The same saga with only the first events of its journal.
    pub fn shortened(self, seq: u64) -> Option<Self> {
        let keep = usize::try_from(seq).unwrap_or(usize::MAX);
        let id = self.saga.id().clone();
        let mut journal = self.journal.into_iter().take(keep);
        let mut story = Self::new(id, journal.next()?, self.workflow)?;
        for recorded in journal {
            story.take(recorded);
        }
        Some(story)
    }

    pub fn place(&self, node: &StepId) -> Option<Place> {
        Some(self.steps.get(node)?.at.as_ref()?.place)
    }

    pub fn is_main(&self, node: &StepId) -> bool {
        self.place(node) == Some(Place::Main)
    }

    /// Whether `node` hangs below `above`.
    pub fn is_below(&self, node: &StepId, above: &StepId) -> bool {
        let mut at = self.parent(node);
        while let Some(parent) = at {
            if parent == above {
                return true;
            }
            at = self.parent(parent);
        }
        false
    }

    pub fn parent(&self, node: &StepId) -> Option<&StepId> {
        self.steps.get(node)?.at.as_ref()?.parent.as_ref()
    }

    /// Takes one event in, after it was judged.
    pub fn take(&mut self, recorded: Recorded) {
        self.saga.apply(&recorded);
        self.note(&recorded);
        self.journal.push(recorded);
    }

    fn step(&mut self, node: &StepId) -> &mut Step {
        self.steps.entry(node.clone()).or_default()
    }

    fn hang(&mut self, node: &StepId, at_task: &AtTask) -> &mut Step {
        let step = self.step(node);
        step.at = Some(at_task.clone());
        step
    }

    fn over(&mut self, node: &StepId) {
        self.out.remove(node);
        self.undoing.remove(node);
    }

    fn done(&mut self, node: &StepId, at_task: &AtTask, by_hand: bool) {
        self.over(node);
        let early = at_task.place == Place::Main && !self.pivot;
        let step = self.hang(node, at_task);
        step.completed = true;
        step.by_hand |= by_hand;
        step.before_pivot |= early;
        self.skipped |= by_hand;
    }

    fn note(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Entered { node, at_task, .. }
            | Event::Failed { node, at_task, .. }
            | Event::TaskHeld { node, at_task, .. } => {
                self.hang(node, at_task);
            }
            Event::StepStarted {
                node,
                at_task,
                call,
            } => {
                let call = call.clone();
                let step = self.hang(node, at_task);
                step.call = Some(call);
                step.started_at = recorded.at;
                (step.tries, step.due) = (0, None);
            }
            Event::AttemptStarted { node, attempt, .. } => self.attempt(node, *attempt),
            Event::AttemptFailed { .. } => self.failed(&recorded.event),
            Event::RetryScheduled { node, due } => self.step(node).due = Some(*due),
            Event::Readied { node } => self.step(node).due = None,
            Event::Completed {
                node,
                at_task,
                skipped,
                ..
            } => self.done(node, at_task, *skipped),
            Event::OutputHeld { node, at_task, .. } => self.done(node, at_task, false),
            Event::StepGivenUp { node, .. } => {
                self.over(node);
                self.step(node).given_up = true;
            }
            Event::StepStopped { node } => self.over(node),
            Event::Retried { node } => {
                let step = self.step(node);
                (step.tries, step.due) = (0, None);
            }
            other => self.note_rest(other),
        }
    }

    fn note_rest(&mut self, event: &Event) {
        match event {
            Event::EpochOpened { .. } => self.edited = true,
            Event::PivotPassed { .. } => (self.pivot, self.pending) = (true, false),
            Event::Failing { cause, .. } => {
                self.paused &= *cause != Cause::Cancel;
                self.failing = Some(*cause);
                self.dropped |= *cause == Cause::Dropped;
                self.pending = false;
            }
            Event::Pending { cause, .. } => {
                self.paused &= *cause != Cause::Cancel;
                self.pending = true;
            }
            Event::PendingVoid => self.pending = false,
            Event::Drained => self.drained = true,
            Event::Paused => self.paused = true,
            Event::Resumed => self.paused = false,
            Event::LateSuccess { record, .. } => {
                self.late.insert(*record);
            }
            Event::UndoEdited { record, .. } => {
                self.late.insert(*record);
                self.edited = true;
            }
            Event::UndoStarted { node, record, .. } => {
                self.step(&forward_of(node)).undone = true;
                if self.drained {
                    self.early.remove(record);
                } else {
                    self.early.insert(*record);
                }
                if self.drained && self.ended.is_none() && !self.late.contains(record) {
                    self.last_undone = Some(*record);
                }
            }
            Event::UndoSkipped { .. } => self.skipped = true,
            Event::UndoDropped { .. } => (self.dropped, self.undo_dropped) = (true, true),
            Event::LetterClosed { .. } => self.skipped = true,
            Event::Ended {
                status, standing, ..
            } => self.ended = Some((*status, standing.clone())),
            _ => {}
        }
    }

    fn attempt(&mut self, node: &StepId, attempt: u32) {
        let step = self.step(node);
        step.due = None;
        step.tries += 1;
        step.attempted = true;
        let Some(call) = &step.call else { return };
        let (epoch, round) = (call.epoch, call.round);
        let place = step.at.as_ref().map(|at| at.place);
        let undoes = matches!(place, Some(Place::Undo(_)));
        let kind = if undoes {
            JobKind::Compensation
        } else {
            JobKind::Task
        };
        self.attempts.insert(JobId {
            saga: self.saga.id().clone(),
            step: node.clone(),
            kind,
            epoch,
            round,
            attempt,
        });
        match place {
            Some(Place::Main) => self.out.insert(node.clone()),
            Some(Place::Undo(_)) => self.undoing.insert(node.clone()),
            _ => false,
        };
    }

    fn failed(&mut self, event: &Event) {
        let Event::AttemptFailed {
            node,
            attempt,
            verdict,
            redelivered,
            proven,
            ..
        } = event
        else {
            return;
        };
        self.over(node);
        let failed = Failed {
            attempt: *attempt,
            verdict: *verdict,
            proven: *proven,
            redelivered: *redelivered,
        };
        self.step(node).failures.push(failed);
    }
}
