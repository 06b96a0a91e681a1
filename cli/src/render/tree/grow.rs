//! From a flat list of steps to a tree: composites around steps, and what was undone.
//!
//! ```text
//!   main line ── ship ── left ── a          within: [ship, left]
//!            │        └─ right ── b         within: [ship, right]
//!            └─ undone in reverse ── b, a   compensations, in the order they ran
//! ```

use baton_engine::saga::Status;
use baton_engine::saga::view::{SagaView, StepKind, StepView};
use std::collections::HashMap;

/// A place in the tree.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) what: What<'a>,
    pub(super) children: Vec<Self>,
}

/// What stands there.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    Step(&'a StepView),
    /// A composite task that has no step of its own.
    Group(&'a str),
    /// Compensations that ran one after the other.
    Undone {
        /// The saga itself is undone, not only a block of it.
        rollback: bool,
    },
}

/// The children of the saga.
pub(super) fn grow(view: &SagaView) -> Vec<Node<'_>> {
    let places: HashMap<&str, &[String]> = view
        .steps
        .iter()
        .filter(|step| step.kind == StepKind::Task)
        .map(|step| (step.name.as_str(), step.within.as_slice()))
        .collect();
    let mut root = Vec::new();
    let mut runs = view.steps.chunk_by(|a, b| a.kind == b.kind).peekable();
    while let Some(run) = runs.next() {
        if run[0].kind == StepKind::Task {
            for step in run {
                place(&mut root, step);
            }
            continue;
        }
        // `onFailure` runs after the rollback, so it does not make it a block's.
        let ends = runs
            .peek()
            .is_none_or(|next| next[0].within.first().is_some_and(|w| w == "onFailure"));
        let rollback = ends && rolls_back(view.status);
        let around = if rollback { &[] } else { common(run, &places) };
        let block = undone(descend(&mut root, around), rollback);
        block.extend(run.iter().map(leaf));
    }
    root
}

fn rolls_back(status: Status) -> bool {
    !matches!(
        status,
        Status::Completed | Status::Running | Status::Waiting
    )
}

fn leaf(step: &StepView) -> Node<'_> {
    Node {
        what: What::Step(step),
        children: Vec::new(),
    }
}

fn place<'a>(root: &mut Vec<Node<'a>>, step: &'a StepView) {
    let siblings = descend(root, &step.within);
    // A composite may be told after what happened within it.
    if step.service.is_none()
        && let Some(group) = named(siblings, &step.name)
        && let What::Group(_) = group.what
    {
        group.what = What::Step(step);
        return;
    }
    siblings.push(leaf(step));
}

/// The list of nodes within these composites, which come to be where they are missing.
fn descend<'t, 'a>(
    mut nodes: &'t mut Vec<Node<'a>>,
    within: &'a [String],
) -> &'t mut Vec<Node<'a>> {
    for name in within {
        let at = nodes.iter().rposition(|node| node.is(name));
        let at = at.unwrap_or_else(|| {
            nodes.push(Node {
                what: What::Group(name),
                children: Vec::new(),
            });
            nodes.len() - 1
        });
        nodes = &mut nodes[at].children;
    }
    nodes
}

fn named<'t, 'a>(nodes: &'t mut [Node<'a>], name: &str) -> Option<&'t mut Node<'a>> {
    nodes.iter_mut().rev().find(|node| node.is(name))
}

/// The block of compensations at the end of these nodes.
fn undone<'t, 'a>(nodes: &'t mut Vec<Node<'a>>, rollback: bool) -> &'t mut Vec<Node<'a>> {
    let open = matches!(
        nodes.last(),
        Some(Node { what: What::Undone { rollback: last }, .. }) if *last == rollback
    );
    if !open {
        nodes.push(Node {
            what: What::Undone { rollback },
            children: Vec::new(),
        });
    }
    let last = nodes.len() - 1;
    &mut nodes[last].children
}

/// The composites around every step that this run undoes.
fn common<'a>(run: &[StepView], places: &HashMap<&str, &'a [String]>) -> &'a [String] {
    let mut targets = run.iter().map(|step| {
        let target = step.compensates.as_deref().unwrap_or_default();
        places.get(target).copied().unwrap_or_default()
    });
    let first = targets.next().unwrap_or_default();
    targets.fold(first, |common, within| {
        let same = common.iter().zip(within).take_while(|(a, b)| a == b);
        &common[..same.count()]
    })
}

impl Node<'_> {
    fn is(&self, name: &str) -> bool {
        match self.what {
            What::Step(step) => step.kind == StepKind::Task && step.name == name,
            What::Group(group) => group == name,
            What::Undone { .. } => false,
        }
    }
}
