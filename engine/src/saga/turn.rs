//! One turn: everything that follows from one input, until nothing more does.
//!
//! Invariant: a turn changes the saga only by [`Turn::record`], which applies the event and keeps it,
//! so that every later decision of the turn sees the newest state.

use super::event::{Event, Place, Recorded};
use super::input::{Decision, Effect};
use super::node::{Call, Node, Phase};
use super::state::Saga;
use crate::expression::fuel;
use crate::workflow::Workflow;
use baton_shared::planted::{self, Bug};
use baton_shared::{Job, JobId, JobKind, Partition, StepId, Timestamp};
use std::sync::Arc;

/// After so many events a turn yields: the saga is due again at once, and others get their chance.
const EVENTS_MAX: usize = 1_000;
/// The same after so many bytes of values in them.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// The same after so much work of expressions: what two may burn.
const FUEL_MAX: i64 = 2 * fuel::ONE;
/// Room for what most turns come to; an event is large, and moving them when there are more is not for nothing.
const EVENTS_MOSTLY: usize = 8;

pub(super) struct Turn<'a> {
    pub workflow: &'a Workflow,
    pub saga: &'a mut Saga,
    pub now: Timestamp,
    /// The HTTP status of the success that is being taken in: of its own step, and no other's.
    pub answered: Option<u16>,
    /// Why a person skips the step that is about to complete.
    pub told: Option<String>,
    decision: Decision,
    /// Of values in the events so far.
    bytes: usize,
    /// The reading at the start.
    burnt: i64,
}

impl<'a> Turn<'a> {
    pub(super) fn new(workflow: &'a Workflow, saga: &'a mut Saga, now: Timestamp) -> Self {
        let decision = Decision {
            events: Vec::with_capacity(EVENTS_MOSTLY),
            ..Decision::default()
        };
        Self {
            workflow,
            saga,
            now,
            answered: None,
            told: None,
            decision,
            bytes: 0,
            burnt: fuel::burnt(),
        }
    }

    /// Continues a turn whose first events are recorded already.
    pub(super) fn after(
        workflow: &'a Workflow,
        saga: &'a mut Saga,
        now: Timestamp,
        first: Recorded,
    ) -> Self {
        let decision = Decision {
            events: vec![first],
            effects: Vec::new(),
            used: true,
        };
        Self {
            workflow,
            saga,
            now,
            answered: None,
            told: None,
            decision,
            bytes: 0,
            burnt: fuel::burnt(),
        }
    }

    /// An event is large, so it is built where it stays.
    pub(super) fn record(&mut self, event: Event) {
        let at = self.now;
        self.decision.events.push(Recorded { at, event });
        if let Some(recorded) = self.decision.events.last() {
            self.saga.apply(recorded);
            self.bytes += recorded.event.weight();
        }
    }

    pub(super) fn owe(&mut self, effect: Effect) {
        self.decision.effects.push(effect);
    }

    /// Whether this turn has done enough; what is left is due at once.
    pub(super) fn is_spent(&self) -> bool {
        self.decision.events.len() >= EVENTS_MAX
            || self.bytes >= BYTES_MAX
            || fuel::burnt().wrapping_sub(self.burnt) >= FUEL_MAX
    }

    /// The input has been taken in: what is recorded from here on follows of itself.
    pub(super) fn taken_in(&mut self) {
        self.decision.used = !self.decision.events.is_empty();
    }

    pub(super) fn finish(self) -> Decision {
        let mut decision = self.decision;
        // What was started and ended within the turn (a pause, a drain) is not owed any more.
        decision.effects.retain(|effect| self.saga.owes(effect));
        decision
    }

    pub(super) fn node(&self, id: &StepId) -> Option<&Node> {
        self.saga.nodes.get(id)
    }

    /// Ids of the live nodes that `which` wants, in id order.
    pub(super) fn nodes(&self, which: impl Fn(&StepId, &Node) -> bool) -> Vec<StepId> {
        let wanted = self.saga.nodes.iter().filter(|(id, node)| which(id, node));
        wanted.map(|(id, _)| id.clone()).collect()
    }
}

impl Saga {
    fn owes(&self, effect: &Effect) -> bool {
        let Effect::Dispatch(job) = effect;
        self.nodes
            .get(&job.id.step)
            .and_then(Node::call)
            .is_some_and(|call| {
                call.attempt == job.id.attempt && matches!(call.phase, Phase::Out { .. })
            })
    }

    /// The attempts that are out, by their ids: what [`Saga::outstanding`] gives, without making jobs.
    pub fn owed(&self) -> impl Iterator<Item = JobId> {
        self.nodes.iter().filter_map(|(id, node)| {
            let call = node.call()?;
            matches!(call.phase, Phase::Out { .. }).then(|| self.job_id(id, node, call))
        })
    }

    fn job_id(&self, id: &StepId, node: &Node, call: &Call) -> JobId {
        let kind = match node.place {
            Place::Undo(_) => JobKind::Compensation,
            Place::Main | Place::OnFailure => JobKind::Task,
        };
        JobId {
            saga: self.id.clone(),
            step: id.clone(),
            kind,
            epoch: call.started.epoch,
            round: call.started.round,
            attempt: call.attempt,
        }
    }

    /// Every effect still owed: a job for each attempt that is out.
    pub fn outstanding(&self) -> Vec<Effect> {
        self.nodes
            .keys()
            .filter_map(|id| self.dispatch(id))
            .collect()
    }

    /// The job of the attempt that is out at this node.
    pub(super) fn dispatch(&self, id: &StepId) -> Option<Effect> {
        let node = self.nodes.get(id)?;
        let call = node.call()?;
        let Phase::Out { deadline } = call.phase else {
            return None;
        };
        let started = &call.started;
        let mut key = started.key.clone();
        let mut request = (*started.request).clone();
        if planted::is(Bug::KeyPerAttempt) {
            key = format!("{key}:{}", call.attempt);
        }
        if call.tries > 1 && planted::is(Bug::BodyPerAttempt) {
            request.body = Some(format!("\"{}\"", call.attempt));
        }
        Some(Effect::Dispatch(Box::new(Job {
            id: self.job_id(id, node, call),
            service: started.service.clone(),
            operation: started.operation.clone(),
            key,
            compensates: started.compensates.clone(),
            request,
            timeout_ms: started.timeout_ms,
            deadline,
            partition: Partition(0),
            again: false,
        })))
    }
}

/// A JSON value behind the pointer that events share.
pub(super) fn shared(value: serde_json::Value) -> Arc<serde_json::Value> {
    Arc::new(value)
}
