//! `$context`: one for the saga, and inside a fork one for each branch.
//!
//! A branch starts from a copy, so that what it exports no sibling sees; at the join the exports are
//! merged key by key, in the order in which the branches are declared.

use super::event::AtTask;
use super::node::{Body, Node};
use super::state::Saga;
use baton_shared::StepId;
use serde_json::Value;
use std::sync::Arc;

impl Saga {
    /// The context that a task sees where it stands.
    pub(super) fn context_at(&self, at_task: &AtTask) -> Arc<Value> {
        self.context_below(at_task.parent.as_ref(), at_task.branch)
    }

    /// The context below a node, or below one branch of it.
    pub(super) fn context_below(
        &self,
        parent: Option<&StepId>,
        branch: Option<usize>,
    ) -> Arc<Value> {
        let branch = self.holder(parent, branch);
        let own = branch.and_then(|(fork, branch)| match &self.nodes.get(&fork)?.body {
            Body::Fork { contexts, .. } => contexts.get(branch).cloned(),
            _ => None,
        });
        own.unwrap_or_else(|| Arc::clone(&self.context))
    }

    pub(super) fn set_context(
        &mut self,
        parent: Option<&StepId>,
        branch: Option<usize>,
        context: &Arc<Value>,
    ) {
        let own = self.holder(parent, branch).and_then(|(fork, branch)| {
            match &mut self.nodes.get_mut(&fork)?.body {
                Body::Fork { contexts, .. } => contexts.get_mut(branch),
                _ => None,
            }
        });
        *own.unwrap_or(&mut self.context) = Arc::clone(context);
    }

    /// `apply` for a join: the context goes on where the fork stands.
    pub(super) fn joined(&mut self, fork: &StepId, context: &Arc<Value>) {
        let Some(node) = self.nodes.get(fork) else {
            return;
        };
        let (parent, branch) = (node.parent.clone(), node.branch);
        self.set_context(parent.as_ref(), branch, context);
    }

    /// The innermost fork around, and the branch of it.
    fn holder(&self, parent: Option<&StepId>, branch: Option<usize>) -> Option<(StepId, usize)> {
        let (mut at, mut branch) = (parent?.clone(), branch);
        loop {
            let node = self.nodes.get(&at)?;
            if let Some(branch) = branch {
                return Some((at, branch));
            }
            branch = node.branch;
            at = node.parent.clone()?;
        }
    }

    /// What a fork's branches exported, on top of what there was; None when nothing changed.
    pub(super) fn joined_context(
        &self,
        fork: &StepId,
        winner: Option<usize>,
    ) -> Option<Arc<Value>> {
        let node = self.nodes.get(fork)?;
        let Body::Fork { contexts, .. } = &node.body else {
            return None;
        };
        let before = self.context_around(node);
        let counts = |branch: usize| winner.is_none_or(|winner| winner == branch);
        let mut joined = (*before).clone();
        for (_, context) in contexts
            .iter()
            .enumerate()
            .filter(|(branch, _)| counts(*branch))
        {
            merge(&mut joined, &before, context);
        }
        (joined != *before).then(|| Arc::new(joined))
    }

    fn context_around(&self, node: &Node) -> Arc<Value> {
        self.context_below(node.parent.as_ref(), node.branch)
    }
}

/// Takes over what `branch` changed from `before`: members one by one, anything else whole.
fn merge(joined: &mut Value, before: &Value, branch: &Value) {
    if branch == before {
        return;
    }
    let (Value::Object(into), Value::Object(changed)) = (&mut *joined, branch) else {
        *joined = branch.clone();
        return;
    };
    for (name, value) in changed {
        if before.get(name) != Some(value) {
            into.insert(name.clone(), value.clone());
        }
    }
}
