//! A second opinion: what must be known of each step, folded from what reached the core and not from
//! what the core made of it, and what the core must therefore do (semantics S6, S7, S18, S25).
//!
//! ```text
//!   outcome ─► what it must lead to ──┐
//!                                     ├─ the same?      events ─► what became of each epoch and round
//!   decision ─────────────────────────┘                 end    ─► everything that needed it was undone
//! ```
//!
//! Shares no code with the product: the rules are written down again here, from the semantics.

use super::epoch::{Epoch, Knows, Life, Settled, Undo};
use super::expected::Expected;
use baton_engine::saga::event::{AtTask, CallStarted, Cause, Event, Form, Place};
use baton_engine::saga::{Decision, Input};
use baton_engine::workflow::Workflow;
use baton_shared::{StepId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) struct Shadow<'a> {
    workflow: &'a Workflow,
    /// Calls of the main line and of `onFailure`, by step and epoch.
    pub(super) epochs: BTreeMap<(StepId, u32), Epoch>,
    /// Composites that completed and have a compensation of their own.
    pub(super) composites: BTreeMap<StepId, Epoch>,
    /// Nodes that undo something, and what of.
    pub(super) undos: BTreeMap<StepId, Undo>,
    /// What each record is about.
    records: BTreeMap<u64, (StepId, u32)>,
    /// What each node hangs on, and in which branch of it.
    pub(super) parents: BTreeMap<StepId, (StepId, Option<usize>)>,
    /// Forks, and whether they compete.
    forks: BTreeMap<StepId, bool>,
    /// Forks that have failed or are won, and who won.
    pub(super) draining: BTreeMap<StepId, Option<usize>>,
    waits: BTreeMap<StepId, Timestamp>,
    deadlines: BTreeMap<StepId, Timestamp>,
    deadline: Option<Timestamp>,
    pub(super) failing: Option<Cause>,
    pub(super) pending: bool,
    pub(super) pivot: bool,
    pub(super) on_failure_left: bool,
    /// Pivots that were told to have happened after all.
    pub(super) told_pivots: BTreeSet<StepId>,
    pub(super) now: Timestamp,
}

impl<'a> Shadow<'a> {
    pub(crate) fn new(workflow: &'a Workflow) -> Self {
        Self {
            workflow,
            epochs: BTreeMap::new(),
            composites: BTreeMap::new(),
            undos: BTreeMap::new(),
            records: BTreeMap::new(),
            parents: BTreeMap::new(),
            forks: BTreeMap::new(),
            draining: BTreeMap::new(),
            waits: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            deadline: None,
            failing: None,
            pending: false,
            pivot: false,
            on_failure_left: false,
            told_pivots: BTreeSet::new(),
            now: Timestamp(0),
        }
    }

    /// What was decided on an input (none at the start).
    pub(crate) fn heard(
        &mut self,
        input: Option<&Input>,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<(), String> {
        self.now = now;
        let expected = match input {
            Some(Input::Outcome(outcome)) => self.outcome(outcome),
            Some(Input::GivenUp { job, .. }) => Some(self.given_up_by_broker(job)),
            _ => None,
        };
        let booked = matches!(input, Some(Input::Outcome(_)));
        for recorded in &decision.events {
            if let Event::LateSuccess { record, .. } = &recorded.event {
                let Some(Expected::Late(step, epoch, before)) = &expected else {
                    return Err("S25: a late success that is none".to_owned());
                };
                self.late(*record, (step.clone(), *epoch), *before);
            }
            self.event(&recorded.event, booked)?;
        }
        match expected {
            Some(expected) => self.met(&expected, decision),
            None => Ok(()),
        }
    }

    pub(super) fn current(&self, step: &StepId) -> Option<u32> {
        let mut epochs = self
            .epochs
            .range((step.clone(), 0)..=(step.clone(), u32::MAX));
        epochs.next_back().map(|((_, epoch), _)| *epoch)
    }

    /// The nodes around, from the inside out.
    pub(super) fn around(&self, step: &StepId) -> impl Iterator<Item = &StepId> {
        let first = self.parents.get(step).map(|(parent, _)| parent);
        std::iter::successors(first, |at| self.parents.get(at).map(|(parent, _)| parent))
    }

    /// In which branch of `fork` this node is.
    pub(super) fn branch_in(&self, fork: &StepId, step: &StepId) -> Option<usize> {
        let mut at = step;
        while let Some((parent, branch)) = self.parents.get(at) {
            if parent == fork {
                return *branch;
            }
            at = parent;
        }
        None
    }

    fn hang(&mut self, node: &StepId, at_task: &AtTask) {
        if let Some(parent) = &at_task.parent {
            self.parents
                .insert(node.clone(), (parent.clone(), at_task.branch));
        }
    }

    fn event(&mut self, event: &Event, booked: bool) -> Result<(), String> {
        match event {
            Event::Submitted { deadline, .. } => self.deadline = *deadline,
            Event::Entered {
                node,
                at_task,
                deadline,
                form,
                ..
            } => {
                self.hang(node, at_task);
                self.deadlines.extend(deadline.map(|at| (node.clone(), at)));
                match form {
                    Form::Wait { until } => {
                        self.waits.insert(node.clone(), *until);
                    }
                    Form::Fork { compete, .. } => {
                        self.forks.insert(node.clone(), *compete);
                    }
                    _ => {}
                }
            }
            Event::BranchFailed { node, .. } if self.forks.get(node) == Some(&false) => {
                self.draining.insert(node.clone(), None);
            }
            Event::BranchWon { node, branch } => {
                self.draining.insert(node.clone(), Some(*branch));
            }
            Event::Left { node } => self.race_is_left(node),
            Event::HandlerStarted { node } => self.clean_below(node, false, "S39")?,
            Event::RoundStarted { node, .. } => self.clean_below(node, true, "S40")?,
            Event::Pending { .. } => self.pending = true,
            Event::PendingVoid => self.pending = false,
            Event::PivotPassed { .. } => self.pass_pivot(),
            Event::Failing { cause, .. } => self.fail(*cause)?,
            Event::OnFailureLeft => self.on_failure_left = true,
            Event::UndoStarted { .. }
            | Event::Undone { .. }
            | Event::UndoSkipped { .. }
            | Event::UndoDropped { .. }
            | Event::UndoEdited { .. }
            | Event::LateSuccess { .. }
            | Event::PivotStandsLate { .. } => self.undo_event(event)?,
            other => self.step_event(other, booked)?,
        }
        Ok(())
    }

    fn step_event(&mut self, event: &Event, booked: bool) -> Result<(), String> {
        match event {
            Event::StepStarted {
                node,
                at_task,
                call,
            } => self.step_started(node, at_task, call)?,
            Event::AttemptStarted {
                node,
                attempt,
                deadline,
            } => self.attempt(node, *attempt, *deadline)?,
            Event::AttemptFailed { node, attempt, .. } => {
                self.attempt_failed(node, *attempt, booked)?
            }
            Event::RetryScheduled { node, due } => {
                if let Some(epoch) = self.newest(node) {
                    epoch.due = Some(*due);
                } else if let Some(undo) = self.undos.get_mut(node) {
                    undo.due = Some(*due);
                }
            }
            Event::Retried { node } => {
                self.deadlines.remove(node);
                if let Some(epoch) = self.newest(node) {
                    (epoch.tries, epoch.due, epoch.held) = (0, None, false);
                } else if let Some(undo) = self.undos.get_mut(node) {
                    (undo.tries, undo.due) = (0, None);
                }
            }
            Event::StepHeld { node, .. } => {
                if let Some(epoch) = self.newest(node) {
                    epoch.held = true;
                }
            }
            Event::EpochOpened { .. }
            | Event::StepGivenUp { .. }
            | Event::LetterClosed { .. }
            | Event::StepStopped { .. } => self.step_ends(event)?,
            Event::Completed {
                node,
                at_task,
                skipped,
                ..
            } => self.completed(node, at_task, *skipped)?,
            Event::OutputHeld { node, .. } => {
                if let Some(epoch) = self.newest(node) {
                    epoch.life = Life::Done;
                    epoch.out = false;
                    epoch.closed |= epoch.pivot;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn step_started(
        &mut self,
        node: &StepId,
        at_task: &AtTask,
        call: &CallStarted,
    ) -> Result<(), String> {
        self.hang(node, at_task);
        self.deadlines
            .extend(call.deadline.map(|at| (node.clone(), at)));
        let retries = u32::from(call.service.as_str() == "r");
        if let Place::Undo(record) = at_task.place {
            // A call within a compensation of several is about the same record as the whole.
            let bare = self.about(record).is_some_and(|epoch| epoch.bare);
            let undo = self.undos.entry(node.clone()).or_default();
            (undo.record, undo.bare) = (record, bare);
            (undo.round, undo.retries, undo.live) = (call.round, retries, true);
            let epoch = self.about(record).cloned();
            return self.says_what_is_known(node, epoch.as_ref(), call);
        }
        self.replaces_what_is_undone(node, call.epoch)?;
        let task = self.workflow.task(at_task.task);
        let epoch = Epoch {
            main: at_task.place == Place::Main,
            compensate: at_task.place == Place::Main && task.compensate.is_some(),
            pivot: call.pivot,
            proves: call.service.as_str() == "f",
            retries,
            key: call.key.clone(),
            ..Epoch::default()
        };
        self.epochs.insert((node.clone(), call.epoch), epoch);
        Ok(())
    }

    fn step_ends(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::EpochOpened { node, .. } => {
                let epoch = self.newest(node).expect("an edited call was one before");
                if epoch.knows == Knows::Maybe && !epoch.compensate && epoch.life == Life::Live {
                    return Err(format!("section 6: {node} may have happened and is edited"));
                }
                epoch.life = Life::Replaced;
                epoch.out = false;
            }
            Event::StepGivenUp { node, problem, .. } => {
                let dropped = problem
                    .detail
                    .as_ref()
                    .is_some_and(|detail| detail.starts_with("dropped by a person"));
                let epoch = self.newest(node).expect("only calls are given up");
                if epoch.life == Life::Replaced {
                    return Ok(());
                }
                if epoch.out {
                    return Err(format!("S13: {node} is given up while it is out"));
                }
                let in_doubt = epoch.pivot && !epoch.compensate && epoch.knows == Knows::Maybe;
                if in_doubt && !dropped {
                    return Err(format!("S35: {node} is in doubt and given up"));
                }
                epoch.life = Life::GivenUp;
            }
            Event::LetterClosed { node, .. } => {
                if let Some(epoch) = self.newest(node) {
                    epoch.life = Life::Stopped;
                }
            }
            Event::StepStopped { node } => {
                if let Some(epoch) = self.newest(node)
                    && epoch.life == Life::Live
                {
                    if epoch.made > 0 {
                        return Err(format!("S13: {node} is forgotten after an attempt"));
                    }
                    epoch.life = Life::Stopped;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn newest(&mut self, step: &StepId) -> Option<&mut Epoch> {
        let epoch = self.current(step)?;
        self.epochs.get_mut(&(step.clone(), epoch))
    }

    fn attempt(&mut self, node: &StepId, attempt: u32, deadline: Timestamp) -> Result<(), String> {
        let outer = self.around(node).filter_map(|at| self.deadlines.get(at));
        let own = self.deadlines.get(node);
        let all = outer.chain(own).chain(self.deadline.as_ref()).copied();
        // The timeout of the call and what the queue is allowed.
        let usual = self.now.after(Duration::from_secs(310));
        let earliest = all.fold(usual, Timestamp::min);
        if deadline < earliest {
            return Err(format!(
                "S5: {node}/{attempt} has the deadline {deadline:?}"
            ));
        }
        let (now, pivot) = (self.now, self.pivot);
        let (due, tries, most) = if let Some(undo) = self.undos.get_mut(node) {
            (undo.out, undo.attempt) = (true, attempt);
            undo.tries += 1;
            (undo.due.take(), undo.tries, 1 + undo.retries)
        } else if let Some(epoch) = self.newest(node) {
            (epoch.out, epoch.attempt, epoch.held) = (true, attempt, false);
            epoch.tries += 1;
            epoch.made += 1;
            let many = if epoch.main && pivot { 1500 } else { 0 };
            (epoch.due.take(), epoch.tries, 1 + epoch.retries.max(many))
        } else {
            return Err(format!("{node}/{attempt} is of no step"));
        };
        if due.is_some_and(|due| now < due) {
            return Err(format!("I15: {node}/{attempt} starts before {due:?}"));
        }
        if tries > most {
            return Err(format!("V7: {node}/{attempt} is one too many"));
        }
        Ok(())
    }

    fn attempt_failed(&mut self, node: &StepId, number: u32, booked: bool) -> Result<(), String> {
        let (out, attempt) = if let Some(undo) = self.undos.get_mut(node) {
            let was = std::mem::take(&mut undo.out);
            undo.maybe |= !booked;
            (was, undo.attempt)
        } else if let Some(epoch) = self.newest(node) {
            if !booked {
                epoch.knows = epoch.knows.unknown();
            }
            (std::mem::take(&mut epoch.out), epoch.attempt)
        } else {
            return Err(format!("{node}/{number} is of no step"));
        };
        if !out || attempt != number {
            return Err(format!("section 3: {node}/{number} fails, and is not out"));
        }
        Ok(())
    }

    fn completed(&mut self, node: &StepId, at_task: &AtTask, skipped: bool) -> Result<(), String> {
        if let Some(until) = self.waits.remove(node)
            && self.now < until
        {
            return Err(format!("I15: {node} waits no longer, before {until:?}"));
        }
        if let Some(undo) = self.undos.get_mut(node) {
            let (record, is_call) = (undo.record, undo.live);
            (undo.live, undo.out) = (false, false);
            if is_call && let Some(epoch) = self.about(record) {
                // What undoes is the last call of its round.
                epoch.by_hand = skipped;
            }
            return Ok(());
        }
        if let Some(winner) = self.draining.get(node).copied().flatten() {
            self.losers_undone(node, winner)?;
        }
        let compensate = self.workflow.task(at_task.task).compensate.is_some();
        if let Some(epoch) = self.newest(node) {
            if epoch.life != Life::Done {
                epoch.life = if skipped { Life::Skipped } else { Life::Done };
            }
            epoch.out = false;
            epoch.closed |= epoch.pivot;
        } else if compensate && at_task.place == Place::Main {
            self.composite(node);
        }
        Ok(())
    }

    /// Its record stands for those below it.
    fn composite(&mut self, node: &StepId) {
        let below: Vec<(StepId, u32)> = self
            .epochs
            .keys()
            .filter(|(step, _)| self.around(step).any(|at| at == node))
            .cloned()
            .collect();
        for key in below {
            let epoch = self.epochs.get_mut(&key).expect("just found");
            epoch.replaced |= epoch.is_owed();
        }
        let inner: Vec<StepId> = self
            .composites
            .keys()
            .filter(|step| self.around(step).any(|at| at == node))
            .cloned()
            .collect();
        for step in inner {
            let epoch = self.composites.get_mut(&step).expect("just found");
            epoch.replaced |= epoch.is_owed();
        }
        let record = Epoch {
            main: true,
            compensate: true,
            knows: Knows::Happened,
            life: Life::Done,
            told: true,
            ..Epoch::default()
        };
        self.composites.insert(node.clone(), record);
    }

    fn pass_pivot(&mut self) {
        self.pending = false;
        if std::mem::replace(&mut self.pivot, true) {
            return;
        }
        for epoch in self.epochs.values_mut().chain(self.composites.values_mut()) {
            epoch.closed |= epoch.is_owed();
        }
    }

    fn fail(&mut self, cause: Cause) -> Result<(), String> {
        self.failing = Some(cause);
        self.pending = false;
        let decides = |epoch: &&Epoch| {
            let in_doubt = epoch.knows == Knows::Maybe && !epoch.compensate;
            epoch.pivot && epoch.life == Life::Live && epoch.made > 0 && (!epoch.held || in_doubt)
        };
        if matches!(cause, Cause::Cancel | Cause::Timeout)
            && let Some(_pivot) = self.epochs.values().find(decides)
        {
            return Err(format!("S36: {cause:?} acts over a pivot that decides"));
        }
        if self.pivot {
            for epoch in self.epochs.values_mut().chain(self.composites.values_mut()) {
                let kept = !matches!(epoch.life, Life::GivenUp | Life::Replaced);
                epoch.closed |= kept && epoch.is_owed();
            }
        }
        Ok(())
    }

    /// What a record is about: a call's epoch, or a composite.
    fn about(&mut self, record: u64) -> Option<&mut Epoch> {
        let key = self.records.get(&record)?.clone();
        match self.epochs.get_mut(&key) {
            Some(epoch) => Some(epoch),
            None => self.composites.get_mut(&key.0),
        }
    }

    fn undo_event(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::UndoStarted { record, node, bare } => {
                self.records.insert(*record, undone_by(node));
                let undo = self.undos.entry(node.clone()).or_default();
                (undo.record, undo.bare) = (*record, *bare);
                let about = self.about(*record);
                let epoch = about.ok_or_else(|| format!("V8: {node} undoes nothing"))?;
                epoch.begins(node, *bare)?;
            }
            Event::Undone { record } => {
                let mut calls = self.undos.iter();
                if let Some((call, _)) = calls.find(|(_, it)| it.record == *record && it.live) {
                    return Err(format!("S19: the round ends before {call} does"));
                }
                self.over(*record);
                if let Some(epoch) = self.about(*record) {
                    epoch.undo = Settled::Undone;
                    epoch.owes |= std::mem::take(&mut epoch.again);
                }
            }
            Event::UndoSkipped { record, .. } => {
                self.over(*record);
                if let Some(epoch) = self.about(*record) {
                    (epoch.undo, epoch.again, epoch.owes) = (Settled::Skipped, false, false);
                }
            }
            Event::UndoDropped { record, .. } => {
                self.over(*record);
                if let Some(epoch) = self.about(*record) {
                    (epoch.undo, epoch.again, epoch.owes) = (Settled::Dropped, false, false);
                }
            }
            Event::PivotStandsLate { record, .. } => {
                let about = self.records.get(record).cloned();
                self.told_pivots.extend(about.map(|(step, _)| step));
            }
            Event::UndoEdited { record, .. } => {
                self.over(*record);
                if let Some(epoch) = self.about(*record) {
                    epoch.owes = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A pivot without a compensation that was given up: that it happened is a person's matter.
    pub(super) fn is_lost_pivot(&self, step: &StepId, epoch: u32) -> bool {
        let epoch = self.epochs.get(&(step.clone(), epoch));
        epoch.is_some_and(|epoch| {
            let given_up = matches!(epoch.life, Life::GivenUp | Life::Replaced);
            epoch.pivot && !epoch.compensate && given_up
        })
    }

    /// Nobody stays to undo what the losers of a race did: it is given up with the race.
    fn race_is_left(&mut self, fork: &StepId) {
        let Some(winner) = self.draining.get(fork).copied().flatten() else {
            return;
        };
        let lost = |step: &StepId| {
            self.around(step).any(|at| at == fork) && self.branch_in(fork, step) != Some(winner)
        };
        let calls = self.epochs.keys().filter(|(step, _)| lost(step));
        let calls: Vec<(StepId, u32)> = calls.cloned().collect();
        let composites = self.composites.keys().filter(|step| lost(step));
        let composites: Vec<StepId> = composites.cloned().collect();
        for key in calls {
            self.epochs.entry(key).and_modify(Epoch::loses);
        }
        for step in composites {
            self.composites.entry(step).and_modify(Epoch::loses);
        }
    }

    fn late(&mut self, record: u64, key: (StepId, u32), before: Knows) {
        let standing = |at: &StepId| {
            self.composites.get(at).is_some_and(|composite| {
                composite.closed || matches!(composite.undo, Settled::Open | Settled::Dropped)
            })
        };
        let stands = self.around(&key.0).any(standing);
        self.records.insert(record, key.clone());
        if let Some(epoch) = self.epochs.get_mut(&key) {
            epoch.late(before, stands);
        }
    }

    fn over(&mut self, record: u64) {
        for undo in self.undos.values_mut().filter(|undo| undo.record == record) {
            (undo.live, undo.out) = (false, false);
        }
    }
}

/// The step and the epoch that this node undoes.
fn undone_by(node: &StepId) -> (StepId, u32) {
    let step = node.as_str().split(":undo").next().unwrap_or_default();
    match step.rsplit_once(":e") {
        Some((step, epoch)) => (StepId::new(step), epoch.parse().unwrap_or(0)),
        None => (StepId::new(step), 0),
    }
}
