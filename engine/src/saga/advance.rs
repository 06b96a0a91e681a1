//! Going on: what starts when nothing more has reached us.
//!
//! After an input was taken in, [`Turn::advance`] lets everything that may start do so, one thing at a
//! time, until nothing more may. Whatever it starts is visible in the state, so that a crash between
//! two turns loses nothing: the next turn finds the same things to do.

use super::event::{Event, Place};
use super::node::{Body, Branch, Node, Phase, TryPhase};
use super::state::{Saga, Stage};
use super::turn::{Turn, shared};
use crate::workflow::Kind;
use baton_shared::planted::{self, Bug};
use baton_shared::{Problem, StepId};
use serde_json::Value;
use std::sync::Arc;

impl Turn<'_> {
    pub(super) fn advance(&mut self) {
        while self.advance_once() {
            if self.is_spent() {
                return self.record(Event::Yielded);
            }
        }
    }

    /// One thing, the first that may; whether there was one.
    fn advance_once(&mut self) -> bool {
        self.drain_saga()
            || self.settle_forks()
            || self.settle_tries()
            || self.open_epochs()
            || self.start_undo()
            || self.start_attempts()
            || self.enter_tasks()
            || self.close()
    }

    /// Semantics S13, S14: nothing starts, waits end, and what is out is awaited.
    fn drain_saga(&mut self) -> bool {
        if self.saga.stage != Stage::Draining {
            return false;
        }
        let leaves = self.nodes(|_, node| node.place == Place::Main);
        if self.drain(leaves) || planted::is(Bug::UndoBesideForward) {
            self.record(Event::Drained);
            return true;
        }
        false
    }

    /// Stops what can be stopped among these nodes; whether nothing of them is out.
    pub(super) fn drain(&mut self, ids: Vec<StepId>) -> bool {
        let mut quiet = true;
        for id in ids {
            let Some(node) = self.node(&id) else { continue };
            match &node.body {
                Body::Call(call) => match call.phase {
                    Phase::Out { .. } if !planted::is(Bug::NoDrain) => quiet = false,
                    Phase::Held { .. } if planted::is(Bug::LetterClosedSilently) => {
                        self.record(Event::StepStopped { node: id });
                    }
                    Phase::Ready if call.attempt == call.started.attempts_before => {
                        self.record(Event::StepStopped { node: id });
                    }
                    _ => {
                        let last = call.last.clone();
                        let problem = last.unwrap_or_else(|| {
                            Problem::standard("runtime", 500, "Given up because the saga went back")
                        });
                        self.give_up(&id, problem);
                    }
                },
                Body::Wait { .. } | Body::Stuck { .. } => {
                    self.record(Event::StepStopped { node: id })
                }
                _ => {}
            }
        }
        quiet
    }

    /// Ids of the nodes below `scope`.
    pub(super) fn below(&self, scope: &StepId) -> Vec<StepId> {
        self.nodes(|id, _| id != scope && self.is_below(id, scope))
    }

    fn is_below(&self, id: &StepId, scope: &StepId) -> bool {
        let mut at = self.node(id).and_then(|node| node.parent.clone());
        while let Some(parent) = at {
            if parent == *scope {
                return true;
            }
            at = self.node(&parent).and_then(|node| node.parent.clone());
        }
        false
    }

    /// Whether a fork around has failed or is won, so that nothing new starts below it.
    pub(super) fn in_draining_fork(&self, parent: Option<&StepId>) -> bool {
        self.saga.in_draining_fork(parent)
    }

    /// Semantics S42: forks that completed, failed or were won.
    fn settle_forks(&mut self) -> bool {
        let forward = self.saga.stage == Stage::Forward;
        let forks = self.nodes(|_, node| {
            matches!(node.body, Body::Fork { .. }) && (forward || node.place != Place::Main)
        });
        forks.into_iter().any(|fork| self.settle_fork(&fork))
    }

    fn settle_fork(&mut self, fork: &StepId) -> bool {
        let Some(node) = self.node(fork) else {
            return false;
        };
        let Body::Fork {
            branches,
            compete,
            failed,
            won,
            ..
        } = &node.body
        else {
            return false;
        };
        let (compete, failed, won) = (*compete, failed.clone(), *won);
        let all_failed = branches.iter().all(|branch| *branch == Branch::Failed);
        let first_done = branches
            .iter()
            .position(|branch| matches!(branch, Branch::Done(..)));
        match (compete, failed, won, first_done) {
            (true, _, Some(winner), _) => self.settle_losers(fork, winner),
            (true, _, None, Some(winner)) => {
                self.record(Event::BranchWon {
                    node: fork.clone(),
                    branch: winner,
                });
                true
            }
            (true, Some(problem), None, None) if all_failed => self.fork_fails(fork, problem),
            (false, Some(problem), _, _) => self.fork_fails(fork, problem),
            (false, None, _, _) => self.join(fork),
            _ => false,
        }
    }

    /// Every branch is done: the outputs, in declaration order.
    fn join(&mut self, fork: &StepId) -> bool {
        if self.is_paused() {
            return false;
        }
        let Some(Body::Fork { branches, .. }) = self.node(fork).map(|node| &node.body) else {
            return false;
        };
        let outputs: Option<Vec<Value>> = branches
            .iter()
            .map(|branch| match branch {
                Branch::Done(output, _) => Some((**output).clone()),
                _ => None,
            })
            .collect();
        let Some(outputs) = outputs else { return false };
        self.complete_fork(fork, shared(Value::Array(outputs)), None)
    }

    fn complete_fork(&mut self, fork: &StepId, output: Arc<Value>, winner: Option<usize>) -> bool {
        if let Some(context) = self.saga.joined_context(fork, winner) {
            let node = fork.clone();
            self.record(Event::Joined { node, context });
        }
        let at_task = self.at_task_of(fork);
        let Some(dot) = self.node(fork).map(|node| Arc::clone(&node.dot)) else {
            return false;
        };
        self.complete(fork, &at_task, &dot, output, false);
        true
    }

    /// A branch's error drains its siblings, then leaves the fork.
    fn fork_fails(&mut self, fork: &StepId, problem: Problem) -> bool {
        if !self.clear_below(fork) {
            return false;
        }
        let at_task = self.at_task_of(fork);
        self.record(Event::Left { node: fork.clone() });
        self.error_leaves(&at_task, problem);
        true
    }

    /// Drains below a node and removes what is left there; whether nothing was out.
    pub(super) fn clear_below(&mut self, scope: &StepId) -> bool {
        let below = self.below(scope);
        if !self.drain(below) {
            return false;
        }
        for id in self.below(scope) {
            self.record(Event::Left { node: id });
        }
        true
    }

    /// Losers drain, everything they registered is undone, then the fork completes.
    fn settle_losers(&mut self, fork: &StepId, winner: usize) -> bool {
        let before = self.below(fork).len();
        if !self.clear_below(fork) {
            return self.below(fork).len() != before;
        }
        let open = self.losers_open(fork, winner) && !planted::is(Bug::LosersKept);
        if open || self.is_paused() {
            return false;
        }
        let Some(Body::Fork { branches, .. }) = self.node(fork).map(|node| &node.body) else {
            return false;
        };
        let Some(Branch::Done(output, _)) = branches.get(winner).cloned() else {
            return false;
        };
        self.complete_fork(fork, output, Some(winner))
    }

    /// The id of a branch's own activation.
    pub(super) fn branch_id(&self, fork: &StepId, branch: usize) -> Option<StepId> {
        let Kind::Fork(described) = &self.workflow.task(self.node(fork)?.task?).kind else {
            return None;
        };
        let task = *described.branches.get(branch)?;
        Some(self.child_id(&self.at_task(task, Some(fork), Some(branch))))
    }

    /// Semantics S39, S40: what the block left is undone before the handler or the next round.
    fn settle_tries(&mut self) -> bool {
        if self.saga.stage != Stage::Forward {
            return false;
        }
        let tries = self.nodes(|_, node| {
            matches!(
                node.body,
                Body::Try {
                    phase: TryPhase::Undoing { .. },
                    ..
                }
            )
        });
        tries.into_iter().any(|id| self.settle_try(&id))
    }

    fn settle_try(&mut self, id: &StepId) -> bool {
        let Some(node) = self.node(id) else {
            return false;
        };
        let Body::Try {
            phase: TryPhase::Undoing { rerun },
            round,
            ..
        } = node.body
        else {
            return false;
        };
        let dirty = self.saga.block_open(id, rerun.is_some())
            && !(rerun.is_none() && planted::is(Bug::HandlerBeforeUndo))
            && !(rerun.is_some() && planted::is(Bug::RerunWithoutUndo));
        if self.is_paused() || dirty || self.drains(id) {
            return false;
        }
        match rerun {
            Some(due) if due > self.now => return false,
            Some(_) => self.record(Event::RoundStarted {
                node: id.clone(),
                round: round + 1,
            }),
            None => self.record(Event::HandlerStarted { node: id.clone() }),
        }
        true
    }

    /// An edited retry starts once its old epoch is undone (semantics section 6).
    fn open_epochs(&mut self) -> bool {
        if self.is_paused() {
            return false;
        }
        let waiting = self.nodes(|_, node| {
            node.call().is_some_and(|call| match &call.phase {
                Phase::Replacing { record, .. } => self.is_settled(*record),
                _ => false,
            })
        });
        let Some(id) = waiting.into_iter().find(|id| !self.drains(id)) else {
            return false;
        };
        let Some(Phase::Replacing { input, .. }) = self
            .node(&id)
            .and_then(Node::call)
            .map(|call| call.phase.clone())
        else {
            return false;
        };
        let at_task = self.at_task_of(&id);
        let dot = self
            .node(&id)
            .map(|node| Arc::clone(&node.dot))
            .unwrap_or_default();
        if let Err(problem) = self.start_call(&id, &at_task, &dot, Some(input)) {
            let reason = "the edited input makes no request".to_owned();
            self.record(Event::StepHeld {
                node: id,
                problem: *problem,
                reason,
            });
        }
        true
    }

    fn start_attempts(&mut self) -> bool {
        if self.is_paused() && !planted::is(Bug::StartsInPause) {
            return false;
        }
        let ready = self.nodes(|_, node| {
            node.call()
                .is_some_and(|call| matches!(call.phase, Phase::Ready))
        });
        let mut started = false;
        for id in ready {
            if !self.drains(&id) && !self.waits_its_turn(&id) {
                self.start_attempt(&id);
                started = true;
            }
        }
        started
    }

    /// In a rollback one compensation runs at a time; one that a person lets go on waits.
    fn waits_its_turn(&self, id: &StepId) -> bool {
        let undoes = |node: &Node| matches!(node.place, Place::Undo(_));
        let active = |node: &Node| match &node.body {
            Body::Call(call) => matches!(call.phase, Phase::Out { .. } | Phase::Backoff { .. }),
            Body::Wait { .. } => true,
            _ => false,
        };
        self.saga.stage == Stage::RollingBack
            && self.node(id).is_some_and(undoes)
            && self
                .saga
                .nodes
                .values()
                .any(|node| undoes(node) && active(node))
    }

    fn enter_tasks(&mut self) -> bool {
        if self.is_paused() {
            return false;
        }
        let idle = self.nodes(|_, node| node.is_idle());
        idle.into_iter()
            .any(|id| !self.drains(&id) && self.go_on(&id))
    }

    /// Rollback is done: `onFailure`, then the end.
    fn close(&mut self) -> bool {
        let closing = match self.saga.stage {
            Stage::RollingBack => !self.rollback_open(),
            Stage::Closing => {
                let awaited = |node: &Node| node.place == Place::OnFailure;
                !self.saga.undo_is_open() && !self.saga.nodes.values().any(awaited)
            }
            _ => false,
        };
        if !closing || self.is_paused() {
            return false;
        }
        if self.saga.stage == Stage::RollingBack && !self.workflow.saga.on_failure.is_empty() {
            self.record(Event::OnFailureStarted {
                data: Arc::clone(&self.saga.input),
            });
            return true;
        }
        let (status, standing) = self.saga.earned();
        self.record(Event::Ended {
            status,
            output: shared(Value::Null),
            standing,
            problem: None,
        });
        true
    }

    pub(super) fn is_paused(&self) -> bool {
        self.saga.paused
    }
}

impl Node {
    fn is_draining_fork(&self) -> bool {
        match &self.body {
            Body::Fork {
                compete,
                failed,
                won,
                ..
            } => won.is_some() || (!compete && failed.is_some()),
            _ => false,
        }
    }

    /// Has a task to enter, or an end to reach, and no child that runs.
    pub(super) fn is_idle(&self) -> bool {
        match &self.body {
            Body::List(cursor) | Body::For { cursor, .. } => !cursor.busy,
            Body::Try { phase, cursor, .. } => {
                !cursor.busy && !matches!(phase, TryPhase::Undoing { .. })
            }
            Body::Fork { branches, .. } => {
                !self.is_draining_fork() && branches.contains(&Branch::Owed)
            }
            Body::Wait { .. } | Body::Call(_) | Body::Stuck { .. } => false,
        }
    }
}

impl Saga {
    pub(super) fn in_draining_fork(&self, parent: Option<&StepId>) -> bool {
        let mut at = parent;
        while let Some(node) = at.and_then(|id| self.nodes.get(id)) {
            if node.is_draining_fork() {
                return true;
            }
            at = node.parent.as_ref();
        }
        false
    }
}
