//! Time: what came due, earliest first.

use super::event::{Cause, Event, Place};
use super::node::{Body, Call, Node, Phase, TryPhase};
use super::state::{Saga, Stage};
use super::turn::Turn;
use baton_shared::planted::{self, Bug};
use baton_shared::{Problem, StepId, Timestamp};
use std::time::Duration;

/// Something that waits for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Workflow,
    /// Before attempts, since every deadline inside is at most as late.
    Timeout,
    Attempt,
    Retry,
    Wait,
}

/// The moment, what it is, and the node that waits for it. Borrowed: everybody who asks when to wake
/// compares all of them, and few go on to take one in.
type DueAt<'a> = (Timestamp, Due, Option<&'a StepId>);

impl Turn<'_> {
    /// Takes in everything that is due now.
    pub(super) fn tick(&mut self) {
        if self.saga.yielded {
            self.record(Event::WentOn);
        }
        let early = Duration::from_secs(u64::from(planted::is(Bug::TimerEarly)));
        while let Some((at, due, id)) = self.saga.next_due()
            && at <= self.now.after(early)
            && !self.is_spent()
        {
            match id.cloned() {
                Some(id) => self.node_due(due, id),
                None => self.workflow_timeout(),
            }
        }
    }

    fn node_due(&mut self, due: Due, id: StepId) {
        match due {
            Due::Workflow => {}
            Due::Timeout => self.task_timeout(&id),
            Due::Attempt => {
                let problem = timeout("No outcome came before the deadline");
                self.attempt_unknown(&id, problem.clone());
                self.after_failure(&id, true, None, problem);
            }
            // One that is over before it begins is none: what is past its time comes first. And
            // what came due before it in this very turn may have made the saga go back.
            Due::Retry if self.is_paused() || self.would_be_late(&id) || self.drains(&id) => {
                self.record(Event::Readied { node: id });
            }
            Due::Retry => self.start_attempt(&id),
            Due::Wait => self.wait_over(&id),
        }
    }

    fn wait_over(&mut self, id: &StepId) {
        let Some(node) = self.node(id) else { return };
        let dot = std::sync::Arc::clone(&node.dot);
        let at_task = self.at_task_of(id);
        self.complete(id, &at_task, &dot, std::sync::Arc::clone(&dot), false);
    }

    fn workflow_timeout(&mut self) {
        if self.saga.pivot.is_some() {
            return self.record(Event::Overdue);
        }
        let problem = timeout("The workflow took longer than its timeout");
        if !self.wait_for_pivot(Cause::Timeout, problem.clone()) {
            self.record(Event::Failing {
                cause: Cause::Timeout,
                problem,
            });
        }
    }

    fn task_timeout(&mut self, id: &StepId) {
        let Some(node) = self.node(id) else { return };
        let problem = self.timed_out(node);
        match &node.body {
            Body::Call(call) => {
                if matches!(call.phase, Phase::Out { .. }) {
                    self.attempt_unknown(id, problem.clone());
                }
                if self.drains(id) {
                    return self.give_up(id, problem);
                }
                self.exhausted(id, false, problem);
            }
            _ => self.block_timeout(id, problem),
        }
    }

    fn timed_out(&self, node: &Node) -> Problem {
        let mut problem = timeout(format!("`{}` took longer than its timeout", node.name));
        problem.instance = Some(node.reference.to_string());
        problem
    }

    /// A composite's or a wait's timeout: what is inside ends, then the error leaves it.
    fn block_timeout(&mut self, id: &StepId, problem: Problem) {
        let at_task = self.at_task_of(id);
        let stands = self.must_hold(&at_task, &problem).is_some() || self.pivot_below(id);
        if stands {
            // There is no way back, or a pivot inside decides: the block only runs over its time.
            return self.record(Event::Overran { node: id.clone() });
        }
        for inner in self.below(id) {
            let is_out = self
                .node(&inner)
                .and_then(Node::call)
                .is_some_and(Call::is_out);
            if is_out {
                self.attempt_unknown(&inner, problem.clone());
            }
        }
        self.clear_below(id);
        self.record(Event::Left { node: id.clone() });
        self.error_leaves(&at_task, problem);
    }

    /// A pivot inside has had an attempt.
    fn pivot_below(&self, id: &StepId) -> bool {
        self.below(id).iter().any(|inner| {
            self.node(inner).and_then(Node::call).is_some_and(|call| {
                call.started.pivot && call.attempt > call.started.attempts_before
            })
        })
    }
}

impl Call {
    fn is_out(&self) -> bool {
        matches!(self.phase, Phase::Out { .. })
    }
}

pub(super) fn timeout(detail: impl Into<String>) -> Problem {
    Problem::standard("timeout", 408, "Timeout").with_detail(detail)
}

impl Saga {
    /// The next moment at which a tick has something to do.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let due = self.next_due().map(|(at, ..)| at);
        // A turn that yielded is due at once.
        let yielded = self.yielded.then_some(self.updated_at);
        let rerun = self
            .nodes
            .iter()
            .filter_map(|(id, node)| self.rerun_of(id, node))
            .min();
        [due, yielded, rerun].into_iter().flatten().min()
    }

    fn next_due(&self) -> Option<DueAt<'_>> {
        // While a pivot decides, the timeout waits; should it pass, the saga is overdue.
        let workflow = (self.stage == Stage::Forward && self.pending.is_none())
            .then_some(self.deadline)
            .flatten()
            .map(|at| (at, Due::Workflow, None));
        let nodes = self
            .nodes
            .iter()
            .flat_map(|(id, node)| self.dues_of(id, node));
        nodes.chain(workflow).min()
    }

    fn dues_of<'a>(
        &self,
        id: &'a StepId,
        node: &Node,
    ) -> impl Iterator<Item = DueAt<'a>> + use<'a> {
        let own = match &node.body {
            Body::Call(call) => match call.phase {
                Phase::Out { deadline } => Some((deadline, Due::Attempt)),
                Phase::Backoff { due } => Some((due, Due::Retry)),
                _ => None,
            },
            Body::Wait { until } => Some((*until, Due::Wait)),
            _ => None,
        };
        let timed = match &node.body {
            Body::Call(call) => {
                matches!(
                    call.phase,
                    Phase::Out { .. } | Phase::Backoff { .. } | Phase::Ready
                )
            }
            Body::Stuck { .. } => false,
            _ => true,
        };
        let live = node.place != Place::Main || self.stage == Stage::Forward;
        let timeout = node.deadline.filter(|_| timed && live);
        let timeout = timeout.map(|at| (at, Due::Timeout));
        let both = own.into_iter().chain(timeout);
        both.map(move |(at, due)| (at, due, Some(id)))
    }

    /// When a caught block runs again, once that is all it waits for.
    fn rerun_of(&self, id: &StepId, node: &Node) -> Option<Timestamp> {
        let Body::Try {
            phase: TryPhase::Undoing { rerun: Some(due) },
            ..
        } = node.body
        else {
            return None;
        };
        let waits = !self.paused
            && self.stage == Stage::Forward
            && !self.block_open(id, true)
            && !self.in_draining_fork(node.parent.as_ref());
        waits.then_some(due)
    }
}
