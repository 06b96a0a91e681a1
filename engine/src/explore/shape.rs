//! How the tasks of a workflow hang together, as far as causes ask.

use crate::expression::StepsNamed;
use crate::language::doubts::{GoesBy, expressions};
use crate::workflow::{Kind, Task, TaskIndex, Workflow};
use std::collections::BTreeSet;

/// What is around each task, and what each compensation belongs to.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    workflow: &'a Workflow,
    parents: Vec<Option<TaskIndex>>,
    /// Tasks of the main line.
    main: Vec<bool>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(workflow: &'a Workflow) -> Self {
        let mut parents = vec![None; workflow.tasks.len()];
        for (index, task) in (0..).zip(&workflow.tasks) {
            for child in children(&task.kind) {
                parents[child as usize] = Some(index);
            }
        }
        let mut shape = Self {
            workflow,
            parents,
            main: vec![false; workflow.tasks.len()],
        };
        for index in shape.all() {
            shape.main[index as usize] = workflow.main.contains(&shape.root(index));
        }
        shape
    }

    pub(super) fn all(&self) -> impl Iterator<Item = TaskIndex> + use<> {
        0..TaskIndex::try_from(self.parents.len()).unwrap_or(TaskIndex::MAX)
    }

    fn root(&self, task: TaskIndex) -> TaskIndex {
        self.around(task).last().unwrap_or(task)
    }

    pub(super) fn is_main(&self, task: TaskIndex) -> bool {
        self.main[task as usize]
    }

    /// The tasks around `task`, innermost first.
    pub(super) fn around(&self, task: TaskIndex) -> impl Iterator<Item = TaskIndex> + '_ {
        std::iter::successors(self.parents[task as usize], |at| self.parents[*at as usize])
    }

    /// The innermost block around `task` that has a compensation.
    pub(super) fn undone_block(&self, task: TaskIndex) -> Option<TaskIndex> {
        self.around(task)
            .find(|block| self.workflow.task(*block).compensate.is_some())
    }

    /// Steps that the compensation of `task` reads and that are undone before it: they come later, or
    /// in another branch.
    pub(super) fn undone_before(&self, task: TaskIndex) -> Vec<TaskIndex> {
        let Some(undo) = self.workflow.task(task).compensate else {
            return Vec::new();
        };
        let named = self.steps_read(undo);
        let undone = |other: TaskIndex| {
            let own = self.workflow.task(other).compensate.is_some();
            own || self
                .undone_block(other)
                .is_some_and(|block| !self.is_in(task, block))
        };
        self.all()
            .filter(|other| named.contains(&*self.workflow.task(*other).name))
            .filter(|other| self.is_main(*other) && *other != task && !self.is_in(*other, task))
            .filter(|other| {
                (*other > task || self.are_side_by_side(task, *other)) && undone(*other)
            })
            .collect()
    }

    fn is_in(&self, task: TaskIndex, block: TaskIndex) -> bool {
        self.around(task).any(|around| around == block)
    }

    /// In different branches of one fork.
    fn are_side_by_side(&self, one: TaskIndex, other: TaskIndex) -> bool {
        let fork = self.around(one).find(|around| self.is_in(other, *around));
        fork.is_some_and(|fork| matches!(self.workflow.task(fork).kind, Kind::Fork(_)))
    }

    /// Steps whose compensation says itself what to undo, and by their output alone.
    pub(super) fn undone_by_output(&self) -> BTreeSet<TaskIndex> {
        let by_output = |task: &TaskIndex| {
            let Some(undo) = self.workflow.task(*task).compensate else {
                return false;
            };
            let reads = GoesBy::of(&self.tasks_of(undo).collect::<Vec<_>>());
            reads.output && !reads.known
        };
        self.all().filter(by_output).collect()
    }

    /// The tasks of a compensation, its inner ones included.
    fn tasks_of(&self, undo: TaskIndex) -> impl Iterator<Item = &'a Task> {
        let inner = move |task: &TaskIndex| *task == undo || self.is_in(*task, undo);
        self.all()
            .filter(inner)
            .map(|task| self.workflow.task(task))
    }

    /// Names in `$steps.<name>` of a compensation.
    fn steps_read(&self, undo: TaskIndex) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for task in self.tasks_of(undo) {
            for expression in expressions(task) {
                if let StepsNamed::Only(read) = expression.steps() {
                    names.extend(read.iter().cloned());
                }
            }
        }
        names
    }
}

fn children(kind: &Kind) -> Vec<TaskIndex> {
    match kind {
        Kind::Do(list) => list.clone(),
        Kind::For(each) => each.body.clone(),
        Kind::Fork(fork) => fork.branches.clone(),
        Kind::Try(block) => [block.body.clone(), block.catch.handler.clone()].concat(),
        _ => Vec::new(),
    }
}
