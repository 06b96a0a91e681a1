//! How the tasks of a workflow hang together, as far as causes ask.

use crate::expression::StepsNamed;
use crate::language::doubts::expressions;
use crate::language::need::{Telling, tellings};
use crate::workflow::{Kind, Task, TaskIndex, Workflow};
use std::collections::{BTreeMap, BTreeSet};

/// What is around each task, and what each compensation belongs to.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    workflow: &'a Workflow,
    parents: Vec<Option<TaskIndex>>,
    /// Tasks of the main line.
    main: Vec<bool>,
}

/// What a compensation reads of another step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// `$steps.<name>`
    Output(TaskIndex),
    /// `$context`, to which it exports.
    Export(TaskIndex),
}

/// Compensations that say themselves what to undo by something that may not be there: what each of their calls
/// says, by the step and the call.
pub(super) type Undoings = BTreeMap<TaskIndex, BTreeMap<TaskIndex, Telling>>;

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

    /// Steps of which the compensation of `task` reads the output, or what they export, and that are undone
    /// before it: they come later, or in another branch.
    pub(super) fn undone_before(&self, task: TaskIndex) -> Vec<Read> {
        let Some(undo) = self.workflow.task(task).compensate else {
            return Vec::new();
        };
        let (named, context) = self.read_by(undo);
        let read = |other: TaskIndex| {
            let described = self.workflow.task(other);
            if named.contains(&*described.name) {
                return Some(Read::Output(other));
            }
            (context && described.export.form.is_some()).then_some(Read::Export(other))
        };
        let undone = |other: TaskIndex| {
            let own = self.workflow.task(other).compensate.is_some();
            own || self
                .undone_block(other)
                .is_some_and(|block| !self.is_in(task, block))
        };
        self.all()
            .filter(|other| self.is_main(*other) && *other != task && !self.is_in(*other, task))
            .filter(|other| {
                (*other > task || self.are_side_by_side(task, *other)) && undone(*other)
            })
            .filter_map(read)
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

    pub(super) fn undoings(&self) -> Undoings {
        let with = |task| Some((task, self.workflow.task(task).compensate?));
        let all = self.all().filter_map(with).map(|(task, undo)| {
            let inner: Vec<TaskIndex> = self.indexes_of(undo).collect();
            let tellings = tellings(inner.iter().map(|inner| self.workflow.task(*inner)));
            let calls = inner.into_iter().zip(tellings);
            (
                task,
                calls
                    .filter_map(|(call, told)| Some((call, told?)))
                    .collect(),
            )
        });
        let needy = |(_, calls): &(_, BTreeMap<_, Telling>)| {
            calls.values().any(|told| !told.needs.is_empty())
        };
        all.filter(needy).collect()
    }

    /// The tasks of a compensation, its inner ones included.
    fn tasks_of(&self, undo: TaskIndex) -> impl Iterator<Item = &'a Task> {
        let inner = self.indexes_of(undo);
        inner.map(|task| self.workflow.task(task))
    }

    fn indexes_of(&self, undo: TaskIndex) -> impl Iterator<Item = TaskIndex> {
        let inner = move |task: &TaskIndex| *task == undo || self.is_in(*task, undo);
        self.all().filter(inner)
    }

    /// Names in `$steps.<name>` of a compensation, and whether it reads `$context`.
    fn read_by(&self, undo: TaskIndex) -> (BTreeSet<String>, bool) {
        let mut names = BTreeSet::new();
        let mut context = false;
        for expression in self.tasks_of(undo).flat_map(expressions) {
            context |= expression.variables().contains("context");
            if let StepsNamed::Only(read) = expression.steps() {
                names.extend(read.iter().cloned());
            }
        }
        (names, context)
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
