//! The nodes of one level, found by name at the price of one look, however many there are.

use super::grow::{Node, What};
use baton_engine::saga::view::StepKind;
use std::collections::HashMap;

/// In the order they came. Of nodes with one name the newest is found.
#[derive(Debug, Default)]
pub(super) struct Siblings<'a> {
    nodes: Vec<Node<'a>>,
    newest: HashMap<&'a str, usize>,
}

impl<'a> Siblings<'a> {
    pub(super) fn push(&mut self, node: Node<'a>) {
        if let Some(name) = node.name() {
            self.newest.insert(name, self.nodes.len());
        }
        self.nodes.push(node);
    }

    pub(super) fn named(&mut self, name: &str) -> Option<&mut Node<'a>> {
        looked();
        let at = *self.newest.get(name)?;
        self.nodes.get_mut(at)
    }

    pub(super) fn last(&mut self) -> Option<&mut Node<'a>> {
        looked();
        self.nodes.last_mut()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Node<'a>> {
        self.nodes.iter().inspect(|_| looked())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

impl<'a> Node<'a> {
    /// What it is found by. A compensation is named like nothing else, and nothing stands within it.
    fn name(&self) -> Option<&'a str> {
        match self.what {
            What::Step(step) if step.kind == StepKind::Task => Some(&step.name),
            What::Group(group) => Some(group),
            What::Step(_) | What::Undone { .. } | What::Gap(_) => None,
        }
    }
}

#[cfg(not(test))]
fn looked() {}

#[cfg(test)]
pub(super) use counted::{looked, looks};

#[cfg(test)]
mod counted {
    use std::cell::Cell;

    thread_local! {
        static LOOKS: Cell<usize> = const { Cell::new(0) };
    }

    pub(in super::super) fn looked() {
        LOOKS.set(LOOKS.get() + 1);
    }

    /// How often a node was looked at, in this thread.
    pub(in super::super) fn looks() -> usize {
        LOOKS.get()
    }
}
