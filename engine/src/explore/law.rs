//! The laws of a saga, each checked where it can be seen: at every event, after every decision.
//!
//! They are the invariants V1 to V14 that can be told from events and state alone. V7 and V15 are
//! checked elsewhere: retries against their policies, and replay against state, by the random walks of
//! the core's own tests. What is left at the services in the end (V2, V3) is [`super::ending`].

use crate::saga::event::{AtTask, Cause, Event, Place};
use crate::saga::{Decision, Effect, Saga, Status};
use crate::workflow::TaskIndex;
use baton_shared::{Job, JobKind, StepId};
use foldhash::quality::FixedState;
use std::hash::{BuildHasher, Hash};

/// A law that was broken: a fault of the core, never of a workflow.
pub(super) type Broken = String;

/// What one saga's history allows from here on.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Judge {
    pub failing: Option<Cause>,
    pub pivot: bool,
    /// A person settled something: some ends are theirs and not the saga's.
    pub by_hand: bool,
    paused: bool,
    rollback: bool,
    undo_dropped: bool,
    ended: Option<Status>,
    /// The record that the rollback began to undo last.
    last_undone: Option<u64>,
    /// Records whose turn is the next one, not their own.
    late: Vec<u64>,
    pub tracks: Vec<Track>,
    /// Hashes of keys, and of the request that each stands for.
    requests: Vec<(u64, u64)>,
}

/// A node that was alive at some time.
#[derive(Clone, Debug, Hash)]
pub(super) struct Track {
    pub step: StepId,
    pub parent: Option<StepId>,
    pub branch: Option<usize>,
    pub task: TaskIndex,
    pub place: Place,
    /// The number of its newest attempt.
    attempt: u32,
    epoch: u32,
    out: bool,
    pub completed: bool,
    before_pivot: bool,
    pub given_up: bool,
    /// Its round was run again, or its branch lost.
    pub abandoned: bool,
    undone_once: bool,
    /// Its undoing has no output to work from.
    pub bare: bool,
}

/// The step that a compensation's node undoes. A task's name has no colon: what follows the first one
/// says which undoing it is, or which epoch.
pub(super) fn forward_of(undo: &StepId) -> &str {
    let undo = undo.as_str();
    undo.split_once(':').map_or(undo, |(forward, _)| forward)
}

fn hash_of(value: &impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

impl Judge {
    pub(super) fn track(&self, step: &str) -> Option<&Track> {
        let mut newest = self.tracks.iter().rev();
        newest.find(|track| track.step.as_str() == step)
    }

    fn track_mut(&mut self, step: &StepId) -> Option<&mut Track> {
        let mut newest = self.tracks.iter_mut().rev();
        newest.find(|track| track.step == *step)
    }

    /// Whether `step` hangs below `scope`.
    pub(super) fn is_below(&self, step: &StepId, scope: &str) -> bool {
        let parent_of = |step: &str| self.track(step).and_then(|track| track.parent.as_ref());
        let mut at = parent_of(step.as_str());
        while let Some(parent) = at {
            if parent.as_str() == scope {
                return true;
            }
            at = parent_of(parent.as_str());
        }
        false
    }

    /// A decision, as it is made.
    pub(super) fn take(&mut self, decision: &Decision) -> Result<(), Broken> {
        for recorded in &decision.events {
            self.event(&recorded.event)?;
        }
        for Effect::Dispatch(job) in &decision.effects {
            self.dispatched(job)?;
        }
        Ok(())
    }

    fn dispatched(&mut self, job: &Job) -> Result<(), Broken> {
        let (key, request) = (hash_of(&job.key), hash_of(&job.request));
        match self.requests.iter().find(|(known, _)| *known == key) {
            Some((_, known)) if *known != request => {
                return Err(format!("V13: the key {} sends other bytes", job.key));
            }
            Some(_) => {}
            None => self.requests.push((key, request)),
        }
        if (job.id.kind == JobKind::Compensation) != job.compensates.is_some() {
            return Err(format!("{} does not say what it compensates", job.id));
        }
        let Some(track) = self.track_mut(&job.id.step) else {
            return Err(format!("{} belongs to no step", job.id));
        };
        if job.id.attempt <= track.attempt {
            return Err(format!("S1: attempt {} was made before", job.id));
        }
        track.attempt = job.id.attempt;
        Ok(())
    }

    fn event(&mut self, event: &Event) -> Result<(), Broken> {
        match event {
            Event::StepStarted {
                node,
                at_task,
                call,
            } => {
                self.hangs(node, at_task);
                self.may_start(node, at_task.place)?;
                if let Some(track) = self.track_mut(node) {
                    track.epoch = call.epoch;
                }
            }
            Event::Entered { node, at_task, .. } => self.hangs(node, at_task),
            Event::RoundStarted { node, .. } => {
                self.on_clean_ground(node)?;
                self.abandon(node, None);
            }
            Event::HandlerStarted { node } => self.on_clean_ground(node)?,
            Event::BranchWon { node, branch } => self.abandon(node, Some(*branch)),
            Event::LateSuccess { record, .. } | Event::UndoEdited { record, .. } => {
                self.late.push(*record);
            }
            Event::AttemptStarted { node, .. } => self.attempt(node)?,
            Event::AttemptFailed { node, .. } => self.over(node),
            Event::Completed { node, .. } | Event::OutputHeld { node, .. } => self.done(node),
            Event::StepGivenUp { node, .. } => {
                self.over(node);
                if let Some(track) = self.track_mut(node) {
                    track.given_up = true;
                }
            }
            Event::PivotPassed { .. } => self.pivot = true,
            Event::Failing { cause, .. } => self.fails(*cause)?,
            Event::Pending { cause, .. } => self.paused &= *cause != Cause::Cancel,
            Event::UndoDropped { .. } => self.undo_dropped = true,
            Event::UndoStarted { node, record, bare } => {
                self.in_order(*record)?;
                self.undo_begins(node)?;
                let mut newest = self.tracks.iter_mut().rev();
                if let Some(track) = newest.find(|track| track.step.as_str() == forward_of(node)) {
                    track.bare = *bare;
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

    fn hangs(&mut self, step: &StepId, at_task: &AtTask) {
        if self.track(step.as_str()).is_some() {
            return;
        }
        self.tracks.push(Track {
            step: step.clone(),
            parent: at_task.parent.clone(),
            branch: at_task.branch,
            task: at_task.task,
            place: at_task.place,
            attempt: 0,
            epoch: 0,
            out: false,
            completed: false,
            before_pivot: false,
            given_up: false,
            abandoned: false,
            undone_once: false,
            bare: false,
        });
    }

    fn over(&mut self, step: &StepId) {
        if let Some(track) = self.track_mut(step) {
            track.out = false;
        }
    }

    fn done(&mut self, step: &StepId) {
        let pivot = self.pivot;
        if let Some(track) = self.track_mut(step) {
            track.out = false;
            track.completed = true;
            track.before_pivot = !pivot && track.place == Place::Main;
        }
    }

    /// What is below `block`, but for the branch that won, counts no more.
    fn abandon(&mut self, block: &StepId, winner: Option<usize>) {
        let spared = |judge: &Self, step: &StepId| {
            let won = |track: &Track| {
                track.parent.as_ref() == Some(block) && track.branch == winner && winner.is_some()
            };
            let mut at = judge.track(step.as_str());
            while let Some(track) = at {
                if won(track) {
                    return true;
                }
                at = track
                    .parent
                    .as_ref()
                    .and_then(|up| judge.track(up.as_str()));
            }
            false
        };
        for at in 0..self.tracks.len() {
            let step = self.tracks[at].step.clone();
            if self.is_below(&step, block.as_str()) && !spared(self, &step) {
                self.tracks[at].abandoned = true;
            }
        }
    }

    fn fails(&mut self, cause: Cause) -> Result<(), Broken> {
        if self.pivot && cause != Cause::Dropped {
            return Err(format!("V6: {cause:?} after the pivot"));
        }
        self.paused &= cause != Cause::Cancel;
        self.failing = Some(cause);
        Ok(())
    }

    fn ends(&mut self, status: Status, standing: &[String]) -> Result<(), Broken> {
        if let Some(ended) = self.ended.replace(status) {
            return Err(format!("V9: it ended {ended:?} before"));
        }
        if self.pivot && matches!(status, Status::Compensated | Status::Cancelled) {
            return Err(format!("V6: {status:?} after the pivot"));
        }
        if self.undo_dropped && status != Status::Faulted {
            return Err(format!("S21: {status:?} though an undo was dropped"));
        }
        if !standing.is_empty() && status != Status::Faulted {
            return Err(format!("V14: {status:?} with effects standing"));
        }
        match self.tracks.iter().find(|track| track.out) {
            Some(track) => Err(format!("S26: it ended with {} out", track.step)),
            None => Ok(()),
        }
    }

    fn may_start(&self, node: &StepId, place: Place) -> Result<(), Broken> {
        if self.paused {
            return Err(format!("V12: {node} starts in a pause"));
        }
        if place == Place::Main && self.failing.is_some() {
            return Err(format!("V5: {node} starts after failing"));
        }
        if place == Place::Main && self.ended.is_some() {
            return Err(format!("V9: {node} starts after the end"));
        }
        Ok(())
    }

    fn attempt(&mut self, node: &StepId) -> Result<(), Broken> {
        let Some(place) = self.track(node.as_str()).map(|track| track.place) else {
            return Err(format!("{node} starts and was never entered"));
        };
        self.may_start(node, place)?;
        if let Place::Undo(_) = place {
            self.may_undo(node)?;
        }
        if let Some(track) = self.track_mut(node) {
            track.out = true;
        }
        Ok(())
    }

    fn may_undo(&self, node: &StepId) -> Result<(), Broken> {
        let forward = self.track(forward_of(node));
        let own_epoch = !node.as_str().contains(":e");
        if let Some(forward) = forward
            && forward.out
            && own_epoch
            && forward.epoch == 0
        {
            return Err(format!("V10: {node} runs while {} is out", forward.step));
        }
        let out = |wanted: fn(Place) -> bool| {
            let mut others = self.tracks.iter();
            others.find(move |track| track.out && wanted(track.place) && track.step != *node)
        };
        if self.rollback
            && let Some(other) = out(|place| place == Place::Main)
        {
            return Err(format!("V5: {node} runs while {} is out", other.step));
        }
        if self.rollback
            && self.ended.is_none()
            && let Some(other) = out(|place| matches!(place, Place::Undo(_)))
        {
            return Err(format!("V11: {node} runs beside {}", other.step));
        }
        let stands = |forward: &Track| forward.before_pivot && forward.completed;
        if self.failing.is_some() && self.pivot && forward.is_some_and(stands) {
            return Err(format!("V6: {node} runs after the pivot"));
        }
        Ok(())
    }

    /// S39, S40: nothing of the block is being undone when its handler or its next round starts.
    fn on_clean_ground(&self, block: &StepId) -> Result<(), Broken> {
        let undoing = |track: &&Track| track.out && matches!(track.place, Place::Undo(_));
        let mut all = self.tracks.iter().filter(undoing);
        let beside = all.find(|undo| {
            let forward = StepId::new(forward_of(&undo.step));
            self.is_below(&forward, block.as_str())
        });
        match beside {
            Some(undo) => Err(format!("S39: {block} goes on beside {}", undo.step)),
            None => Ok(()),
        }
    }

    /// V4: a rollback takes the newest record first; late ones take the next turn.
    fn in_order(&mut self, record: u64) -> Result<(), Broken> {
        if !self.rollback || self.ended.is_some() || self.late.contains(&record) {
            return Ok(());
        }
        match self.last_undone.replace(record) {
            Some(before) if before < record => {
                Err(format!("V4: record {record} is undone after {before}"))
            }
            _ => Ok(()),
        }
    }

    /// V6: what completed before a pivot keeps its effect, unless its undoing had begun before. V8:
    /// what was never tried is not undone.
    fn undo_begins(&mut self, node: &StepId) -> Result<(), Broken> {
        let (pivot, forward) = (self.pivot, StepId::new(forward_of(node)));
        let Some(track) = self.track_mut(&forward) else {
            return Err(format!("V8: {node} undoes what never began"));
        };
        let first = !std::mem::replace(&mut track.undone_once, true);
        if first && pivot && track.before_pivot && !track.given_up {
            return Err(format!(
                "V6: {forward} completed before the pivot and is undone after it"
            ));
        }
        if track.attempt == 0 && !track.completed {
            return Err(format!("V8: {node} undoes what was never tried"));
        }
        Ok(())
    }

    /// The state, after every decision.
    pub(super) fn state(&self, saga: &Saga) -> Result<(), Broken> {
        let held = saga.letters().next().is_some();
        let moves = saga.owed().next().is_some() || saga.wake_at().is_some();
        if !saga.is_over() && !moves && !held && !saga.is_paused() {
            return Err("V1: it sleeps for ever".to_owned());
        }
        let status = saga.status();
        if status.is_final() != self.ended.is_some() {
            return Err("V9: final without an end".to_owned());
        }
        if self.ended.is_some_and(|ended| ended != status) {
            return Err(format!("V9: {:?} became {status:?}", self.ended));
        }
        if held && !moves && !status.is_final() && status != Status::Suspended {
            return Err(format!("a held saga is {status:?}"));
        }
        Ok(())
    }
}
