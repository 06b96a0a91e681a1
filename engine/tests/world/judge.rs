//! The laws of semantics section 13, each where it can be seen.

use super::service::Services;
use baton_engine::saga::event::{AtTask, Cause, Event, Form, Place};
use baton_engine::saga::view::SagaView;
use baton_engine::saga::{Decision, Effect, Saga, Status};
use baton_engine::workflow::Workflow;
use baton_shared::{JobKind, Request, StepId};
use std::collections::{BTreeMap, BTreeSet};

/// Step, whether it is undone, epoch, round.
type Calls = (StepId, bool, u32, u32);

#[derive(Default)]
pub(crate) struct Judge {
    failing: Option<Cause>,
    paused: bool,
    ended: Option<Status>,
    pivot: bool,
    /// A person skipped or dropped something: some ends are theirs and not the saga's.
    settled_by_hand: bool,
    /// The request each key stands for.
    keys: BTreeMap<String, Request>,
    /// The key of each step, epoch and round, and whose each key is.
    calls: BTreeMap<Calls, String>,
    owners: BTreeMap<String, Calls>,
    /// Main-line calls that are out, and compensations that are.
    out: BTreeSet<StepId>,
    undoing: BTreeSet<StepId>,
    /// Compensations that wait.
    waiting: BTreeSet<StepId>,
    places: BTreeMap<StepId, Place>,
    /// Steps that completed before the pivot passed.
    before_pivot: BTreeSet<StepId>,
    completed: BTreeSet<StepId>,
    given_up: BTreeSet<StepId>,
    attempts: BTreeMap<(StepId, u32, u32), BTreeSet<u32>>,
    /// Steps of which some round of undoing began.
    undone_once: BTreeSet<StepId>,
    undo_dropped: bool,
    /// What each node hangs on.
    parents: BTreeMap<StepId, StepId>,
    /// Records whose turn is the next one, not their own.
    late: BTreeSet<u64>,
    /// The record that the rollback began to undo last.
    last_undone: Option<u64>,
    rollback: bool,
    skips: bool,
}

/// The step that this node undoes.
fn forward_of(undo: &StepId) -> StepId {
    let step = undo.as_str().split(":undo").next().unwrap_or_default();
    StepId::new(step.split(":e").next().unwrap_or_default())
}

impl Judge {
    pub(crate) fn skipped(&mut self) {
        self.settled_by_hand = true;
        self.skips = true;
    }

    pub(crate) fn dropped(&mut self) {
        self.settled_by_hand = true;
    }

    /// Every event, as it is recorded.
    pub(crate) fn take(&mut self, decision: &Decision) -> Result<(), String> {
        for recorded in &decision.events {
            self.event(&recorded.event)?;
        }
        for Effect::Dispatch(job) in &decision.effects {
            // V13: the same key always sends the same.
            let request = self
                .keys
                .entry(job.key.clone())
                .or_insert_with(|| job.request.clone());
            if *request != job.request {
                return Err(format!("V13: the key {} sends other bytes", job.key));
            }
            let of = (
                job.id.step.clone(),
                job.id.kind == JobKind::Compensation,
                job.id.epoch,
                job.id.round,
            );
            let known = self
                .calls
                .entry(of.clone())
                .or_insert_with(|| job.key.clone());
            if *known != job.key {
                return Err(format!(
                    "S3: {} has the keys {known} and {}",
                    job.id, job.key
                ));
            }
            if *self
                .owners
                .entry(job.key.clone())
                .or_insert_with(|| of.clone())
                != of
            {
                return Err(format!("V13: the key {} is used twice", job.key));
            }
            // All calls of all rounds of a compensation count together.
            let counts = match job.id.kind {
                JobKind::Compensation => {
                    let of = StepId::new(format!("{}:undo", forward_of(&job.id.step)));
                    (of, job.id.epoch, 0)
                }
                _ => (job.id.step.clone(), job.id.epoch, job.id.round),
            };
            let numbers = self.attempts.entry(counts).or_default();
            if !numbers.insert(job.id.attempt) {
                return Err(format!("S1: attempt {} was made before", job.id));
            }
            if (job.id.kind == JobKind::Compensation) != job.compensates.is_some() {
                return Err(format!("{} does not say what it compensates", job.id));
            }
        }
        Ok(())
    }

    fn event(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::StepStarted {
                node,
                at_task,
                call,
            } => {
                self.places.insert(node.clone(), at_task.place);
                self.hangs(node, at_task);
                self.may_start(node)?;
                if call.epoch > 0 && self.undoing.iter().any(|undo| forward_of(undo) == *node) {
                    return Err(format!("V10: {node} starts anew beside its own undoing"));
                }
            }
            Event::Entered { .. } => self.entered(event),
            Event::HandlerStarted { node } | Event::RoundStarted { node, .. } => {
                self.on_clean_ground(node)?;
            }
            Event::LateSuccess { record, .. } | Event::UndoEdited { record, .. } => {
                self.late.insert(*record);
            }
            Event::AttemptStarted { node, .. } => self.attempt(node)?,
            Event::AttemptFailed { node, .. } => self.over(node),
            Event::Completed { node, at_task, .. } => {
                self.over(node);
                self.completed.insert(node.clone());
                if at_task.place == Place::Main && !self.pivot {
                    self.before_pivot.insert(node.clone());
                }
            }
            Event::StepGivenUp { node, .. } => {
                self.over(node);
                self.given_up.insert(node.clone());
            }
            Event::PivotPassed { .. } => self.pivot = true,
            Event::Failing { cause, .. } => {
                if self.pivot && *cause != Cause::Dropped {
                    return Err(format!("V6: {cause:?} after the pivot"));
                }
                self.paused &= *cause != Cause::Cancel;
                if let Some(first) = self.failing.replace(*cause) {
                    return Err(format!("S12: it fails by {first:?}, then by {cause:?}"));
                }
            }
            Event::Pending { cause, .. } => self.paused &= *cause != Cause::Cancel,
            Event::UndoDropped { .. } => self.undo_dropped = true,
            Event::UndoStarted { node, record, .. } => {
                self.in_order(*record)?;
                self.undo_begins(node)?;
            }
            Event::OutputHeld { node, at_task, .. } => {
                self.over(node);
                self.completed.insert(node.clone());
                if at_task.place == Place::Main && !self.pivot {
                    self.before_pivot.insert(node.clone());
                }
            }
            Event::Drained => self.rollback = true,
            Event::Paused => self.paused = true,
            Event::Resumed => self.paused = false,
            Event::Ended {
                status, standing, ..
            } => self.ends(*status, standing)?,
            _ => {}
        }
        Ok(())
    }

    fn entered(&mut self, event: &Event) {
        let Event::Entered {
            node,
            at_task,
            form,
            ..
        } = event
        else {
            return;
        };
        self.hangs(node, at_task);
        if matches!((at_task.place, form), (Place::Undo(_), Form::Wait { .. })) {
            self.waiting.insert(node.clone());
        }
    }

    fn over(&mut self, node: &StepId) {
        self.waiting.remove(node);
        self.out.remove(node);
        self.undoing.remove(node);
    }

    fn ends(&mut self, status: Status, standing: &[String]) -> Result<(), String> {
        if let Some(ended) = self.ended.replace(status) {
            return Err(format!("V9: it ended {ended:?} before"));
        }
        if self.pivot && matches!(status, Status::Compensated | Status::Cancelled) {
            return Err(format!("V6: {status:?} after the pivot"));
        }
        if self.undo_dropped && status != Status::Faulted {
            return Err(format!("S21: {status:?} though a compensation was dropped"));
        }
        if !standing.is_empty() && status != Status::Faulted {
            return Err(format!("V14: {status:?} with effects standing"));
        }
        if !self.out.is_empty() || !self.undoing.is_empty() || !self.waiting.is_empty() {
            return Err("S26: it ended with something out".to_owned());
        }
        Ok(())
    }

    fn may_start(&self, node: &StepId) -> Result<(), String> {
        let main = self.places.get(node) == Some(&Place::Main);
        if self.paused {
            return Err(format!("V12: {node} starts in a pause"));
        }
        if main && self.failing.is_some() {
            return Err(format!("V5: {node} starts after failing"));
        }
        if main && self.ended.is_some() {
            return Err(format!("V9: {node} starts after the end"));
        }
        Ok(())
    }

    fn attempt(&mut self, node: &StepId) -> Result<(), String> {
        self.may_start(node)?;
        let Some(Place::Undo(_)) = self.places.get(node) else {
            if self.places.get(node) == Some(&Place::Main) {
                self.out.insert(node.clone());
            }
            return Ok(());
        };
        let undone = node.as_str().split(":undo").next().unwrap_or_default();
        let forward = StepId::new(undone.split(":e").next().unwrap_or_default());
        if self.out.contains(&forward) && !undone.contains(":e") && !self.has_epochs(&forward) {
            return Err(format!("V10: {node} runs while {forward} is out"));
        }
        if self.rollback && !self.out.is_empty() {
            return Err(format!("V5: {node} runs while {:?} is out", self.out));
        }
        if self.rollback && self.ended.is_none() && !self.undoing.is_empty() {
            return Err(format!("V11: {node} runs beside {:?}", self.undoing));
        }
        if self.failing.is_some()
            && self.pivot
            && self.before_pivot.contains(&forward)
            && self.completed.contains(&forward)
        {
            return Err(format!("V6: {forward} is undone after the pivot"));
        }
        self.undoing.insert(node.clone());
        Ok(())
    }

    fn hangs(&mut self, node: &StepId, at_task: &AtTask) {
        if let Some(parent) = &at_task.parent {
            self.parents.insert(node.clone(), parent.clone());
        }
    }

    /// S39, S40: nothing of the block is being undone when its handler or its next round starts.
    fn on_clean_ground(&self, block: &StepId) -> Result<(), String> {
        let below = |undo: &&StepId| {
            let mut at = self.parents.get(&forward_of(undo));
            while let Some(parent) = at {
                if parent == block {
                    return true;
                }
                at = self.parents.get(parent);
            }
            false
        };
        let mut undoing = self.undoing.iter().chain(&self.waiting);
        match undoing.find(below) {
            Some(undo) => Err(format!("S39: {block} goes on beside {undo}")),
            None => Ok(()),
        }
    }

    /// V4: a rollback takes the newest record first; late ones take the next turn.
    fn in_order(&mut self, record: u64) -> Result<(), String> {
        if !self.rollback || self.ended.is_some() || self.late.contains(&record) {
            return Ok(());
        }
        if let Some(before) = self.last_undone.replace(record)
            && before < record
        {
            return Err(format!("V4: record {record} is undone after {before}"));
        }
        Ok(())
    }

    /// V6: what completed before a pivot keeps its effect, unless its undoing had begun before. What
    /// only a person called done may be undone.
    fn undo_begins(&mut self, node: &StepId) -> Result<(), String> {
        if self.rollback && self.ended.is_none() && !self.waiting.is_empty() {
            return Err(format!("V11: {node} starts beside {:?}", self.waiting));
        }
        let forward = forward_of(node);
        let first = self.undone_once.insert(forward.clone());
        let stands = self.before_pivot.contains(&forward) && !self.given_up.contains(&forward);
        if first && self.pivot && stands {
            return Err(format!(
                "V6: {forward} completed before the pivot and is undone after it"
            ));
        }
        Ok(())
    }

    fn has_epochs(&self, forward: &StepId) -> bool {
        self.attempts
            .keys()
            .any(|(step, epoch, _)| step == forward && *epoch > 0)
    }

    /// The state, after every decision.
    pub(crate) fn state(&self, saga: &Saga, view: &SagaView) -> Result<(), String> {
        let held = !view.dead_letters().is_empty();
        let moves = !saga.outstanding().is_empty() || saga.wake_at().is_some();
        let owed: Vec<_> = saga.owed().collect();
        let jobs = saga
            .outstanding()
            .into_iter()
            .map(|Effect::Dispatch(job)| job.id);
        if owed != jobs.collect::<Vec<_>>() {
            return Err("S11: what is owed is not what is outstanding".to_owned());
        }
        // V1: something is out, due, or a person is waited for.
        if !saga.is_over() && !moves && !held && !view.paused {
            return Err("V1: it sleeps for ever".to_owned());
        }
        if held != (saga.row().held > 0) {
            return Err("the row does not count its dead letters".to_owned());
        }
        if saga.status().is_final() != self.ended.is_some() {
            return Err("V9: final without an end".to_owned());
        }
        if let Some(ended) = self.ended
            && saga.status() != ended
        {
            return Err(format!("V9: {:?} became {:?}", ended, saga.status()));
        }
        if held && !moves && !saga.status().is_final() && saga.status() != Status::Suspended {
            return Err(format!("a held saga is {:?}", saga.status()));
        }
        Ok(())
    }

    /// V2 and V3, when nothing is in flight any more.
    pub(crate) fn end(
        &self,
        view: &SagaView,
        services: &Services,
        workflow: &Workflow,
    ) -> Result<(), String> {
        let undoable = |name: &str| {
            let task = name.split(['[', '#', '~']).next().unwrap_or_default();
            let task = workflow
                .tasks
                .iter()
                .find(|candidate| candidate.name.as_ref() == task);
            task.is_some_and(|task| task.compensate.is_some())
        };
        let hidden = !services.tombstones;
        if self.skips || hidden || view.status == Status::Faulted {
            return Ok(());
        }
        for (key, step) in services.standing() {
            let went_back = matches!(view.status, Status::Compensated | Status::Cancelled);
            if went_back && undoable(step) && !self.inside_composite(step, view) {
                return Err(format!(
                    "V2: {step} stands ({key}) and the saga is {:?}",
                    view.status
                ));
            }
            let lost = self.given_up.contains(&StepId::new(step.as_str()))
                && !self.completed.contains(&StepId::new(step.as_str()));
            if lost && undoable(step) && !self.settled_by_hand {
                return Err(format!("V3: {step} was given up and stands ({key})"));
            }
        }
        Ok(())
    }

    /// Steps below a composite with its own compensation are undone by it.
    fn inside_composite(&self, step: &str, view: &SagaView) -> bool {
        let row = view.steps.iter().find(|row| row.name == step);
        row.is_some_and(|row| {
            row.within.iter().any(|around| {
                view.steps
                    .iter()
                    .any(|undo| undo.compensates.as_ref() == Some(around))
            })
        })
    }
}
