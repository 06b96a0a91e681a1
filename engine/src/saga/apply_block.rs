//! `apply` for `try`, `for` and `fork`.

use super::event::Event;
use super::node::{Body, Branch, Cursor, Node, TryPhase};
use super::state::Saga;
use super::undo::lost;
use baton_shared::StepId;
use serde_json::Value;
use std::ops::Bound;
use std::sync::Arc;

impl Saga {
    /// A composite is left. Where it is a race that was won, nobody stays to undo what its losers did:
    /// it is given up with it, and so undone by whoever takes the error (V3).
    pub(super) fn left(&mut self, id: &StepId) {
        let Some(node) = self.nodes.remove(id) else {
            return;
        };
        let Body::Fork {
            branches,
            won: Some(winner),
            ..
        } = &node.body
        else {
            return;
        };
        let Some(Branch::Done(_, winner)) = branches.get(*winner) else {
            return;
        };
        for (_, record) in self
            .records
            .range_mut((Bound::Excluded(node.since), Bound::Unbounded))
        {
            if lost(record, id, Some(winner)) {
                Arc::make_mut(record).given_up = true;
            }
        }
    }

    pub(super) fn apply_block(&mut self, event: &Event) {
        let (Event::Caught { node, .. }
        | Event::RoundStarted { node, .. }
        | Event::HandlerStarted { node }
        | Event::BranchFailed { node, .. }
        | Event::BranchWon { node, .. }) = event
        else {
            return;
        };
        let Some(found) = self.nodes.get_mut(node) else {
            return;
        };
        let dot = Arc::clone(&found.dot);
        match (&mut found.body, event) {
            (
                Body::Try { phase, caught, .. },
                Event::Caught {
                    bind,
                    problem,
                    rerun,
                    ..
                },
            ) => {
                *phase = TryPhase::Undoing { rerun: *rerun };
                *caught = Some((Arc::clone(bind), problem.clone()));
            }
            (
                Body::Try {
                    phase,
                    round,
                    cursor,
                    caught,
                },
                Event::RoundStarted { round: to, .. },
            ) => {
                *phase = TryPhase::Block;
                *round = *to;
                *cursor = Cursor::new(dot);
                *caught = None;
            }
            (Body::Try { phase, cursor, .. }, Event::HandlerStarted { .. }) => {
                *phase = TryPhase::Handler;
                *cursor = Cursor::new(dot);
            }
            (
                Body::Fork {
                    branches,
                    failed,
                    compete,
                    ..
                },
                Event::BranchFailed {
                    branch, problem, ..
                },
            ) => {
                if let Some(branch) = branches.get_mut(*branch) {
                    *branch = Branch::Failed;
                }
                if !*compete {
                    failed.get_or_insert_with(|| problem.clone());
                } else {
                    // The last error is the one that leaves when every branch failed.
                    *failed = Some(problem.clone());
                }
            }
            (Body::Fork { won, .. }, Event::BranchWon { branch, .. }) => *won = Some(*branch),
            _ => {}
        }
    }
}

impl Node {
    /// Adds the variables that this node gives to what is inside it; inner ones are added first.
    pub(super) fn add_vars(&self, vars: &mut Vec<(Arc<str>, Arc<Value>)>) {
        match &self.body {
            Body::For {
                items,
                each,
                at,
                index,
                ..
            } => {
                vars.push((Arc::clone(at), Arc::new(Value::from(*index))));
                if let Some(item) = items.get(*index) {
                    vars.push((Arc::clone(each), Arc::new(item.clone())));
                }
            }
            Body::Try {
                phase: TryPhase::Handler,
                caught: Some((bind, problem)),
                ..
            } => {
                let error = Arc::new(serde_json::to_value(problem).unwrap_or(Value::Null));
                vars.push(("error".into(), Arc::clone(&error)));
                if bind.as_ref() != "error" {
                    vars.push((Arc::clone(bind), error));
                }
            }
            _ => {}
        }
    }
}
