//! One saga as the judges know it: its journal as it was kept, folded for their questions.

use crate::known::Known;
use crate::network::key_in;
use crate::step::{Failed, Step};
use baton_engine::saga::event::{AtTask, CallStarted, Cause, Event, Place, Recorded};
use baton_engine::saga::{Saga, Status};
use baton_engine::store::DueKind;
use baton_engine::workflow::{Task, Workflow};
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
    /// The workflow's timeout, as a moment, and those of what was entered.
    pub deadline: Option<Timestamp>,
    pub deadlines: BTreeMap<StepId, Timestamp>,
    /// Records that are being undone: begun, and not ended.
    pub open_undos: BTreeSet<u64>,
    /// Whether the present round of a record was rendered without a known output, by the judges' fold.
    pub bare: BTreeMap<u64, bool>,
    /// Which step and epoch a forward key is of.
    pub keys: BTreeMap<String, (StepId, u32)>,
    /// From when on what is due to it is due, as it was last written.
    pub dues: Vec<(DueKind, Timestamp)>,
}

/// The step that this node undoes, as its name says.
pub fn forward_of(undo: &StepId) -> StepId {
    let step = undo.as_str().split(":undo").next().unwrap_or_default();
    StepId::new(step.split(":e").next().unwrap_or_default())
}

/// The epoch that this node undoes, as its name says.
pub fn epoch_of(undo: &StepId) -> u32 {
    let step = undo.as_str().split(":undo").next().unwrap_or_default();
    let epoch = step.split_once(":e").map(|(_, epoch)| epoch.parse());
    epoch.and_then(Result::ok).unwrap_or(0)
}

impl Story {
    /// A saga whose first event this is.
    pub fn new(id: SagaId, first: Recorded, workflow: Arc<Workflow>) -> Option<Self> {
        let saga = Saga::replay(id, std::slice::from_ref(&first))?;
        let deadline = match &first.event {
            Event::Submitted { deadline, .. } => *deadline,
            _ => None,
        };
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
            deadline,
            deadlines: BTreeMap::new(),
            open_undos: BTreeSet::new(),
            bare: BTreeMap::new(),
            keys: BTreeMap::new(),
            dues: Vec::new(),
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

    /// The task of a node.
    pub fn task(&self, node: &StepId) -> Option<&Task> {
        let at = self.steps.get(node)?.at.as_ref()?;
        Some(&self.workflow.tasks[at.task as usize])
    }

    /// Whether a compensation of its own undoes this step of the main line.
    pub fn is_undoable(&self, node: &StepId) -> bool {
        self.is_main(node)
            && self
                .task(node)
                .is_some_and(|task| task.compensate.is_some())
    }

    /// The nodes around one, the nearest first.
    pub fn around<'a>(&'a self, node: &StepId) -> impl Iterator<Item = &'a StepId> + use<'a> {
        std::iter::successors(self.parent(node), |at| self.parent(at))
    }

    /// Completed composites around a step whose own compensation stands for it (S43).
    pub fn stands_for<'a>(&'a self, node: &StepId) -> Option<&'a StepId> {
        self.around(node).find(|above| {
            self.is_undoable(above) && self.steps.get(*above).is_some_and(|step| step.completed)
        })
    }

    /// Whether the undoing of this forward key has begun.
    pub fn undoes(&self, key: &str) -> bool {
        let of = self.keys.get(key);
        let step = of.and_then(|(node, epoch)| Some((self.steps.get(node)?, epoch)));
        step.is_some_and(|(step, epoch)| step.undone_epochs.contains(epoch))
    }

    pub fn is_main(&self, node: &StepId) -> bool {
        self.place(node) == Some(Place::Main)
    }

    /// Whether `node` hangs below `above`.
    pub fn is_below(&self, node: &StepId, above: &StepId) -> bool {
        self.around(node).any(|around| around == above)
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
        if let Some(step) = self.steps.get_mut(node) {
            (step.out, step.held) = (None, false);
        }
    }

    /// A service said that this epoch happened.
    fn happened(&mut self, node: &StepId) {
        let step = self.step(node);
        let epoch = step.epoch();
        step.known.insert(epoch, Known::Happened);
    }

    fn done(&mut self, node: &StepId, at_task: &AtTask, by_hand: bool) {
        self.over(node);
        let early = at_task.place == Place::Main && !self.pivot;
        let step = self.hang(node, at_task);
        step.completed = true;
        step.by_hand |= by_hand;
        step.before_pivot |= early;
        self.skipped |= by_hand;
        if !by_hand {
            self.happened(node);
        }
    }

    fn started(&mut self, node: &StepId, call: &CallStarted, at: Timestamp) {
        let main = self.is_main(node);
        let step = self.step(node);
        step.call = Some(Arc::new(call.clone()));
        step.started_at = at;
        (step.tries, step.due, step.first) = (0, None, None);
        (step.held, step.retried, step.window) = (false, false, None);
        (step.given_up, step.replacing, step.unshaped) = (false, false, false);
        if main {
            self.keys
                .insert(call.key.clone(), (node.clone(), call.epoch));
        }
    }

    fn note(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Entered {
                node,
                at_task,
                deadline,
                ..
            } => {
                self.hang(node, at_task);
                if let Some(at) = deadline {
                    self.deadlines.insert(node.clone(), *at);
                }
            }
            Event::Failed { node, at_task, .. } | Event::TaskHeld { node, at_task, .. } => {
                self.hang(node, at_task);
            }
            Event::StepStarted {
                node,
                at_task,
                call,
            } => {
                self.hang(node, at_task);
                self.started(node, call, recorded.at);
            }
            Event::AttemptStarted {
                node,
                attempt,
                deadline,
            } => {
                self.step(node).window = self.window(node, recorded.at, *deadline);
                self.step(node).first.get_or_insert(recorded.at);
                self.attempt(node, *attempt);
            }
            Event::AttemptFailed { .. } => self.failed(&recorded.event),
            Event::RetryScheduled { node, due } => self.step(node).due = Some(*due),
            Event::Readied { node } => self.step(node).due = None,
            Event::Completed {
                node,
                at_task,
                skipped,
                ..
            } => self.done(node, at_task, *skipped),
            Event::OutputHeld { node, at_task, .. } => {
                self.done(node, at_task, false);
                self.step(node).unshaped = true;
            }
            Event::StepGivenUp { node, .. } => {
                self.over(node);
                self.step(node).given_up = true;
            }
            Event::StepStopped { node } => self.over(node),
            Event::StepHeld { node, .. } => {
                self.over(node);
                self.step(node).held = true;
            }
            Event::Retried { node } => {
                let step = self.step(node);
                (step.tries, step.due, step.first) = (0, None, None);
                (step.held, step.retried) = (false, true);
            }
            other => self.note_rest(other),
        }
    }

    fn note_rest(&mut self, event: &Event) {
        match event {
            Event::EpochOpened { node, .. } => {
                let step = self.step(node);
                (step.edited, step.replacing, step.held) = (true, true, false);
                self.edited = true;
            }
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
            // What is inside has all the time there is.
            Event::Overran { node } => {
                self.deadlines.remove(node);
            }
            Event::Drained => self.drained = true,
            Event::Paused => self.paused = true,
            Event::Resumed => self.paused = false,
            Event::LateSuccess { record, output } => {
                self.late.insert(*record);
                let of = key_in(output).and_then(|key| self.keys.get(key));
                if let Some((node, epoch)) = of.cloned() {
                    self.step(&node).known.insert(epoch, Known::Happened);
                }
            }
            Event::UndoEdited { record, .. } => {
                self.late.insert(*record);
                self.edited = true;
            }
            Event::UndoStarted { node, record, .. } => {
                let epoch = epoch_of(node);
                let step = self.step(&forward_of(node));
                step.undone = true;
                step.undone_epochs.insert(epoch);
                let known = step.known.get(&epoch).copied().unwrap_or_default();
                self.bare.insert(*record, known != Known::Happened);
                self.open_undos.insert(*record);
                if self.drained {
                    self.early.remove(record);
                } else {
                    self.early.insert(*record);
                }
                if self.drained && self.ended.is_none() && !self.late.contains(record) {
                    self.last_undone = Some(*record);
                }
            }
            Event::Undone { record } => {
                self.open_undos.remove(record);
            }
            Event::UndoSkipped { record, .. } => {
                self.open_undos.remove(record);
                self.skipped = true;
            }
            Event::UndoDropped { record, .. } => {
                self.open_undos.remove(record);
                (self.dropped, self.undo_dropped) = (true, true);
            }
            Event::LetterClosed { .. } => self.skipped = true,
            Event::Ended {
                status, standing, ..
            } => self.ended = Some((*status, standing.clone())),
            _ => {}
        }
    }

    /// What is left of an attempt's time where nothing around it comes first; else what it was.
    fn window(&self, node: &StepId, at: Timestamp, deadline: Timestamp) -> Option<u64> {
        let step = self.steps.get(node)?;
        let mut bounds = self.bounds(node);
        if bounds.any(|bound| bound == deadline) {
            return step.window;
        }
        Some(deadline.0.saturating_sub(at.0))
    }

    /// The timeouts around an attempt that starts now, as moments (S5).
    pub fn bounds<'a>(&'a self, node: &StepId) -> impl Iterator<Item = Timestamp> + use<'a> {
        let step = self.steps.get(node);
        let call = step.and_then(|step| step.call.as_ref().filter(|_| !step.retried));
        let own = call.and_then(|call| call.deadline);
        let forward = self.is_main(node) && !self.pivot && !self.pending;
        let workflow = self.deadline.filter(|_| forward);
        let around = self.around(node);
        let around = around.filter_map(|above| self.deadlines.get(above).copied());
        own.into_iter().chain(workflow).chain(around)
    }

    fn attempt(&mut self, node: &StepId, attempt: u32) {
        let step = self.step(node);
        (step.due, step.out) = (None, Some(attempt));
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
            status,
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
            status: *status,
        };
        let step = self.step(node);
        let known = step.knows().after(&failed);
        let epoch = step.epoch();
        step.known.insert(epoch, known);
        step.failures.push(failed);
    }
}
