//! `apply` for the life of a record (semantics sections 5 and 7).

use super::Status;
use super::event::{Event, Place};
use super::knowledge::Knowledge;
use super::node::{Body, Node};
use super::record::{Record, RecordState};
use super::state::Saga;
use baton_shared::StepId;
use baton_shared::planted::{self, Bug};
use serde_json::Value;
use std::sync::Arc;

impl Saga {
    pub(super) fn apply_record(&mut self, event: &Event) {
        match event {
            Event::UndoStarted { record, bare, .. } => self.undo_started(*record, *bare),
            Event::Undone { record } => self.undone(*record),
            Event::UndoSkipped { record, .. } => self.settle(*record, RecordState::Skipped),
            Event::UndoDropped { record, .. } => {
                if let Some(found) = self.records.get(record) {
                    self.dropped.push(found.step.to_string());
                }
                self.settle(*record, RecordState::Dropped);
            }
            Event::UndoEdited { record, input } => {
                let order = *record;
                self.remove_undo_nodes(order);
                if let Some(record) = self.record_mut(order) {
                    record.round += 1;
                    record.edited = Some(Arc::clone(input));
                    record.state = RecordState::OwedLate;
                    self.late.insert(order);
                }
            }
            Event::LateSuccess { record, output } => self.late_success(*record, output),
            Event::PivotStandsLate {
                node,
                record,
                reason,
            } => {
                self.pivot_stands_late(node, *record, reason);
            }
            _ => {}
        }
    }

    fn undo_started(&mut self, order: u64, bare: bool) {
        self.late.remove(&order);
        if let Some(record) = self.record_mut(order) {
            record.state = RecordState::Out;
            record.bare = bare;
            record.knew = record.knowledge;
        }
    }

    /// A round that could not begin begins when a person says so, with what is known by then.
    pub(super) fn letter_closed(&mut self, node: &StepId) {
        let Some(found) = self.nodes.remove(node) else {
            return;
        };
        if let (Place::Undo(order), None) = (found.place, found.parent)
            && let Some(record) = self.record_mut(order)
        {
            record.knew = record.knowledge;
        }
    }

    fn undone(&mut self, order: u64) {
        self.remove_undo_nodes(order);
        if let Some(ended) = &mut self.ended
            && planted::is(Bug::EndsTwice)
        {
            ended.status = Status::Compensated;
        }
        let Some(record) = self.record_mut(order) else {
            return;
        };
        record.edited = None;
        if record.again {
            record.again = false;
            record.round += 1;
            record.state = RecordState::OwedLate;
            self.late.insert(order);
            return;
        }
        record.state = RecordState::Undone;
        if record.is_spent() {
            self.records.remove(&order);
        }
    }

    pub(super) fn settle(&mut self, order: u64, state: RecordState) {
        self.remove_undo_nodes(order);
        self.late.remove(&order);
        if let Some(record) = self.record_mut(order) {
            record.state = state;
            record.again = false;
        }
    }

    fn remove_undo_nodes(&mut self, order: u64) {
        self.nodes
            .retain(|_, node| node.place != Place::Undo(order));
    }

    /// Semantics section 7: what a success does that nobody waited for any more.
    fn late_success(&mut self, order: u64, output: &Arc<Value>) {
        let composite = self.replacing_composite(order);
        let Some(record) = self.record_mut(order) else {
            return;
        };
        record.knowledge = Knowledge::Happened;
        record.output = Some(Arc::clone(output));
        if record.compensate.is_none() {
            return;
        }
        let owed_late = match record.state {
            RecordState::Owed
            | RecordState::OwedLate
            | RecordState::Dropped
            | RecordState::Closed => false,
            RecordState::Spared => true,
            RecordState::Out => {
                // Its round is bare: of one whose output was known nobody reports a success any more.
                record.again = !planted::is(Bug::AgainForgotten);
                false
            }
            RecordState::Undone | RecordState::Skipped => {
                record.round += 1;
                true
            }
            RecordState::Replaced => composite,
        };
        if owed_late {
            record.state = RecordState::OwedLate;
            self.late.insert(order);
            self.had_records = true;
        }
    }

    /// Whether the composite that stands for this record has begun to be undone. One that a pivot
    /// closed, or that a person dropped, still stands for it: that was decided.
    fn replacing_composite(&self, order: u64) -> bool {
        let Some(record) = self.records.get(&order) else {
            return false;
        };
        let standing = |other: &Record| {
            record.within.contains(&other.step)
                && other.step != record.step
                && matches!(
                    other.state,
                    RecordState::Owed | RecordState::Closed | RecordState::Dropped
                )
        };
        record.state == RecordState::Replaced && !self.records.values().any(|other| standing(other))
    }

    fn pivot_stands_late(&mut self, node: &StepId, order: u64, reason: &str) {
        let Some(record) = self.records.get(&order) else {
            return;
        };
        let found = Node {
            task: None,
            name: Arc::clone(&record.name),
            reference: "".into(),
            parent: None,
            branch: None,
            place: Place::Undo(order),
            dot: Arc::clone(&record.input),
            entered: self.updated_at,
            deadline: None,
            since: self.last_order,
            body: Body::Stuck {
                problem: baton_shared::Problem::standard("runtime", 500, "a pivot stands"),
                reason: reason.to_owned(),
                output: None,
            },
        };
        self.nodes.insert(node.clone(), found);
    }
}
