//! Rollback: which record is undone next, and how its round begins (semantics sections 4, 5, 7, 10).

use super::Status;
use super::event::{AtTask, Cause, Event, Place};
use super::node::{Body, Node, TryPhase};
use super::record::{Record, RecordState};
use super::state::{Saga, Stage};
use super::turn::{Turn, shared};
use crate::workflow::OnError;
use baton_shared::StepId;
use baton_shared::planted::{self, Bug};
use serde_json::Value;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

impl Turn<'_> {
    /// Starts the next compensation that may start; whether there was one.
    pub(super) fn start_undo(&mut self) -> bool {
        if self.is_paused() {
            return false;
        }
        let Some(order) = self.next_undo() else {
            return false;
        };
        self.begin_undo(order);
        true
    }

    fn next_undo(&self) -> Option<u64> {
        if self.saga.stage == Stage::RollingBack {
            return self.next_of_rollback();
        }
        // Owed late runs at once, whatever the saga does (S26).
        if let Some(order) = self.saga.late.first() {
            return Some(*order);
        }
        if self.saga.stage != Stage::Forward {
            return None;
        }
        self.next_of_replacing().or_else(|| self.next_of_scopes())
    }

    /// One at a time, highest order first; a late one takes the next turn.
    fn next_of_rollback(&self) -> Option<u64> {
        let busy =
            |node: &Node| matches!(node.place, Place::Undo(_)) && node.is_leaf() && !node.is_held();
        if self.saga.nodes.values().any(busy) {
            return None;
        }
        if let Some(order) = self.saga.late.first() {
            return Some(*order);
        }
        let held = self
            .saga
            .nodes
            .values()
            .any(|node| matches!(node.place, Place::Undo(_)));
        if held && self.workflow.saga.on_error == OnError::Hold {
            return None;
        }
        let owed = |record: &Record| record.state == RecordState::Owed;
        if planted::is(Bug::ForwardOrder) {
            let mut lowest = self.saga.records.iter();
            return lowest.find(|(_, it)| owed(it)).map(|(order, _)| *order);
        }
        let mut highest = self.saga.records.iter().rev();
        highest
            .find(|(_, record)| owed(record))
            .map(|(order, _)| *order)
    }

    fn next_of_replacing(&self) -> Option<u64> {
        self.saga.nodes.values().find_map(|node| {
            let order = node.call()?.replacing()?;
            let record = self.saga.records.get(&order)?;
            (record.state == RecordState::Owed).then_some(order)
        })
    }

    fn next_of_scopes(&self) -> Option<u64> {
        self.saga
            .nodes
            .iter()
            .find_map(|(id, node)| match &node.body {
                Body::Try {
                    phase: TryPhase::Undoing { rerun },
                    ..
                } => {
                    let all = rerun.is_some();
                    self.next_within(id, |record| {
                        record.within.contains(id) && (all || record.given_up)
                    })
                }
                Body::Fork {
                    won: Some(winner), ..
                } if self.below(id).is_empty() => {
                    let winner = self.branch_id(id, *winner);
                    self.next_within(id, |record| lost(record, id, winner.as_ref()))
                }
                _ => None,
            })
    }

    /// The scope's next record, one at a time; a held one stops it unless the policy goes on.
    fn next_within(&self, scope: &StepId, which: impl Fn(&Record) -> bool) -> Option<u64> {
        let inside = || self.saga.records.range(self.saga.inside(scope));
        let mut out =
            inside().filter(|(_, record)| record.state == RecordState::Out && which(record));
        let goes_on = self.workflow.saga.on_error == OnError::Continue;
        if out.any(|(order, _)| !(goes_on && self.saga.is_undo_held(*order))) {
            return None;
        }
        inside()
            .rev()
            .find(|(_, record)| record.state == RecordState::Owed && which(record))
            .map(|(order, _)| *order)
    }

    pub(super) fn losers_open(&self, fork: &StepId, winner: usize) -> bool {
        let winner = self.branch_id(fork, winner);
        let mut inside = self.saga.records.range(self.saga.inside(fork));
        inside.any(|(_, record)| lost(record, fork, winner.as_ref()) && record.is_open())
    }

    pub(super) fn is_settled(&self, order: u64) -> bool {
        self.saga
            .records
            .get(&order)
            .is_none_or(|record| !record.is_open())
    }

    pub(super) fn rollback_open(&self) -> bool {
        self.saga.records.values().any(|record| record.is_open()) || self.saga.undo_is_open()
    }

    /// A round begins: rendered once, from what is known now (S4).
    fn begin_undo(&mut self, order: u64) {
        let Some(record) = self.saga.records.get(&order) else {
            return;
        };
        let Some(index) = record.compensate else {
            return;
        };
        let node = record.undo_node();
        let bare = record.output.is_none();
        let dot = record.output.clone().unwrap_or_else(|| shared(Value::Null));
        let edited = record.edited.clone();
        let task = self.workflow.task(index);
        let at_task = AtTask {
            task: index,
            name: node.0.clone(),
            reference: Arc::clone(&task.reference),
            parent: None,
            branch: None,
            place: Place::Undo(order),
        };
        self.record(Event::UndoStarted {
            record: order,
            node: node.clone(),
            bare,
        });
        // From here on it is a task like any other: it ends its round when it completes.
        match edited {
            Some(input) => self.rerun_task(&node, at_task, &dot, Some(input)),
            None => self.enter(at_task, &dot),
        }
    }
}

/// A record of a branch that lost.
pub(super) fn lost(record: &Record, fork: &StepId, winner: Option<&StepId>) -> bool {
    let in_winner = winner.is_some_and(|winner| record.within.contains(winner));
    record.within.contains(fork) && record.step != *fork && !in_winner
}

fn once_each(names: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
}

impl Record {
    /// Something is still to be done about it.
    fn is_open(&self) -> bool {
        matches!(
            self.state,
            RecordState::Owed | RecordState::OwedLate | RecordState::Out
        )
    }
}

impl Node {
    fn is_leaf(&self) -> bool {
        matches!(
            self.body,
            Body::Call(_) | Body::Wait { .. } | Body::Stuck { .. }
        ) || matches!(&self.body, Body::List(cursor) | Body::For { cursor, .. } if !cursor.busy)
    }
}

impl Saga {
    /// The steps that a rollback would undo now, in its order.
    pub fn would_undo(&self) -> impl Iterator<Item = &StepId> {
        let owed = |record: &&Arc<Record>| {
            matches!(record.state, RecordState::Owed | RecordState::OwedLate)
        };
        let records = self.records.values().rev().filter(owed);
        records.map(|record| &record.step)
    }

    /// A compensation is under way or owed late: nothing may become final.
    pub(super) fn undo_is_open(&self) -> bool {
        !self.late.is_empty()
            || self
                .nodes
                .values()
                .any(|node| matches!(node.place, Place::Undo(_)))
    }

    /// Whether the block of a caught `try` still has something to undo.
    pub(super) fn block_open(&self, id: &StepId, all: bool) -> bool {
        self.records.range(self.inside(id)).any(|(_, record)| {
            record.within.contains(id) && (all || record.given_up) && record.is_open()
        })
    }

    /// The records that may be of what is inside this live node: a scope costs what it holds, and
    /// not what the saga did before it.
    pub(super) fn inside(&self, id: &StepId) -> impl RangeBounds<u64> + use<> {
        let node = self.nodes.get(id);
        let after = node.map_or(Bound::Unbounded, |node| Bound::Excluded(node.since));
        (after, Bound::Unbounded)
    }

    fn is_undo_held(&self, order: u64) -> bool {
        self.nodes
            .values()
            .any(|node| node.place == Place::Undo(order) && node.is_held())
    }

    /// Steps whose effect is left: dropped compensations, and all that a pivot closed.
    fn standing(&self) -> Vec<String> {
        let closed = self
            .records
            .values()
            .filter(|record| record.state == RecordState::Closed);
        let pivot = self.pivot.iter().map(ToString::to_string);
        let names = closed.map(|record| record.step.to_string()).chain(pivot);
        let mut standing: Vec<String> = names.chain(self.dropped.iter().cloned()).collect();
        once_each(&mut standing);
        standing
    }

    /// Steps whose compensation a person dropped.
    pub(super) fn dropped_steps(&self) -> Vec<String> {
        let mut dropped = self.dropped.clone();
        once_each(&mut dropped);
        dropped
    }

    /// The final status of a saga that failed (semantics section 12).
    pub(super) fn earned(&self) -> (Status, Vec<String>) {
        let cause = self.failing.as_ref().map(|failing| failing.cause);
        let dropped = !self.dropped.is_empty() && !planted::is(Bug::DropEndsClean);
        if dropped || cause == Some(Cause::Dropped) {
            return (Status::Faulted, self.standing());
        }
        let status = match (cause, self.had_records) {
            (Some(Cause::Cancel), _) => Status::Cancelled,
            (_, true) => Status::Compensated,
            (_, false) => Status::Faulted,
        };
        (status, Vec::new())
    }
}
