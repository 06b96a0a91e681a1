//! Why an effect can be left standing, or a saga held: what is wrong in the workflow, at which task,
//! and what to do.

use super::ending::{Ending, Trouble, undoes};
use super::fault::Fault;
use super::search::Struck;
use super::shape::{Read, Shape, Undoings};
use crate::language::need::Need;
use crate::saga::Status;
use crate::workflow::{TaskIndex, Workflow};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that is wrong, or doubtful, with a workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    pub kind: CauseKind,
    /// The task that it is about; none where it is about the workflow.
    pub task: Option<TaskIndex>,
    /// Line in the source, from 1.
    pub line: usize,
    /// What is so, as a sentence without a full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// Nothing undoes the step.
    NoCompensation,
    /// Only a block around the step is undone, and only once the block has completed.
    BlockOnly,
    /// It has a compensation, and that makes no call that changes anything.
    UndoesNothing,
    /// Its compensation goes by the output, and that may be null.
    ReadsOutput,
    /// Its compensation goes by the output of another step, and that may be null.
    ReadsMissing,
    /// The request of a compensation cannot be made from what is known.
    NotRendered,
    /// Held again, whatever a person's retry does.
    HeldForEver,
    /// The saga runs on and on.
    Endless,
    /// A law of the core is broken.
    Broken,
    /// After the pivot a single fault holds the saga until a person comes.
    NotRetried,
    /// An undoing works from the output of a step that is undone before it.
    ReadsUndone,
}

impl CauseKind {
    /// A stable name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoCompensation => "no-compensation",
            Self::BlockOnly => "block-only",
            Self::UndoesNothing => "undoes-nothing",
            Self::ReadsOutput => "reads-output",
            Self::ReadsMissing => "reads-missing",
            Self::NotRendered => "not-rendered",
            Self::HeldForEver => "held-for-ever",
            Self::Endless => "endless",
            Self::Broken => "broken",
            Self::NotRetried => "not-retried",
            Self::ReadsUndone => "reads-undone",
        }
    }

    /// An effect can be left, and a person may find that right.
    pub fn leaves_an_effect(self) -> bool {
        matches!(
            self,
            Self::NoCompensation
                | Self::BlockOnly
                | Self::UndoesNothing
                | Self::ReadsOutput
                | Self::ReadsMissing
        )
    }

    /// An effect can be left, or there is no end. The others are worth a look.
    pub fn is_hole(self) -> bool {
        !matches!(self, Self::NotRetried | Self::ReadsUndone)
    }
}

/// Names the causes of endings.
#[derive(Debug)]
pub(super) struct Causes<'a> {
    workflow: &'a Workflow,
    shape: Shape<'a>,
    undoings: Undoings,
}

/// What it can send beside, or instead.
const KEY_HELP: &str =
    "send `$forward.idempotencyKey` too, which is always there, or give another value after `//`";

/// What a compensation can always work from.
const KNOWN_HELP: &str =
    "work from `$forward.input` and `$forward.idempotencyKey`, which are always there";

impl<'a> Causes<'a> {
    pub(super) fn new(workflow: &'a Workflow) -> Self {
        let shape = Shape::of(workflow);
        let undoings = shape.undoings();
        Self {
            workflow,
            shape,
            undoings,
        }
    }

    /// What can be told without a run. Of tasks whose undoing was seen to miss something, what it misses is none.
    pub(super) fn doubts(&self, missing: &BTreeSet<TaskIndex>) -> Vec<Cause> {
        let tasks = self.shape.all().filter(|task| self.shape.is_main(*task));
        let all = tasks.flat_map(|task| {
            let before = self.shape.undone_before(task).into_iter();
            before.map(move |read| (task, read))
        });
        let doubted =
            all.filter(|(task, read)| !(missing.contains(task) && self.needs(*task, *read)));
        doubted
            .map(|(task, read)| self.reads_undone(task, read))
            .collect()
    }

    /// Whether the undoing of a task needs what it reads there.
    fn needs(&self, task: TaskIndex, read: Read) -> bool {
        let is_it = |need: &Need| match read {
            Read::Output(of) => need.steps.contains(&*self.workflow.task(of).name),
            Read::Export(_) => !need.context.is_empty(),
        };
        self.needs_of(task).any(is_it)
    }

    fn needs_of(&self, task: TaskIndex) -> impl Iterator<Item = &Need> {
        let calls = self.undoings.get(&task).into_iter();
        calls
            .flat_map(BTreeMap::values)
            .flat_map(|told| &told.needs)
    }

    /// What is behind this end; empty where it is clean and nothing is doubtful.
    pub(super) fn of(&self, struck: &[Struck], ending: &Ending) -> Vec<Cause> {
        if let Some(trouble) = self.trouble(ending) {
            return vec![trouble];
        }
        if ending.is_hopeless() {
            return self.hopeless(ending);
        }
        let left = ending.left().iter();
        let mut causes: Vec<Cause> = left.map(|task| self.left(*task, ending)).collect();
        causes.extend(self.not_retried(struck, ending));
        causes
    }

    fn trouble(&self, ending: &Ending) -> Option<Cause> {
        let retried = ending
            .retried
            .as_deref()
            .and_then(|after| after.trouble.as_ref());
        let (kind, message, help) = match ending.trouble.as_ref().or(retried)? {
            Trouble::Broken(law) => (
                CauseKind::Broken,
                format!("a law of Baton itself is broken: {law}"),
                "this is a fault of Baton, not of the workflow: please report it with the workflow",
            ),
            Trouble::Endless(inputs) => (
                CauseKind::Endless,
                format!("it has not ended after {inputs} inputs"),
                "end the loop; if it waits for an answer, give that answer with --answers",
            ),
        };
        Some(Cause {
            kind,
            task: None,
            line: 1,
            message,
            help: help.to_owned(),
        })
    }

    fn cause(
        &self,
        kind: CauseKind,
        task: TaskIndex,
        line: usize,
        message: String,
        help: impl Into<String>,
    ) -> Cause {
        Cause {
            kind,
            task: Some(task),
            line,
            message,
            help: help.into(),
        }
    }

    fn left(&self, task: TaskIndex, ending: &Ending) -> Cause {
        let described = self.workflow.task(task);
        let name = &described.name;
        if undoes(self.workflow, task) && self.undoings.contains_key(&task) {
            return self.goes_by_nothing(task);
        }
        if undoes(self.workflow, task) {
            return self.block(task, ending);
        }
        if let Some(undo) = described.compensate {
            let message =
                format!("the compensation of `{name}` makes no call that is sure to undo it");
            let help = "let it call what undoes the step, without an `if` of its own";
            let line = self.workflow.task(undo).line;
            return self.cause(CauseKind::UndoesNothing, task, line, message, help);
        }
        if self.shape.undone_block(task).is_some() {
            return self.block(task, ending);
        }
        let when = match ending.status {
            Status::Completed => "its block goes on without it",
            _ => "the saga goes back",
        };
        let message = format!("`{name}` has no `compensate`: what it did stays when {when}");
        let help = "add `compensate`; or mark its operation `readOnly: true` if it changes nothing; \
                    or make it the `pivot`";
        self.cause(
            CauseKind::NoCompensation,
            task,
            described.line,
            message,
            help,
        )
    }

    /// Its compensation says what to undo by something that is not there.
    fn goes_by_nothing(&self, task: TaskIndex) -> Cause {
        let described = self.workflow.task(task);
        let name = &described.name;
        let needs: Vec<&Need> = self.needs_of(task).collect();
        let line = described
            .compensate
            .map_or(described.line, |undo| self.workflow.task(undo).line);
        if needs.iter().any(|need| need.output) {
            let message = format!(
                "the compensation of `{name}` sends what it reads of its output, and that is null when the \
                 outcome is unknown: the service may find nothing to undo"
            );
            return self.cause(CauseKind::ReadsOutput, task, line, message, KEY_HELP);
        }
        let steps = needs.iter().flat_map(|need| &need.steps);
        let steps = steps.map(|step| format!("`$steps.{step}`"));
        let context = needs.iter().flat_map(|need| &need.context);
        let context = context.map(|name| format!("`$context.{name}`"));
        let reads: BTreeSet<String> = steps.chain(context).collect();
        let message = format!(
            "the compensation of `{name}` sends what it reads of {}, and that is null where the step behind it \
             was not done: the service may find nothing to undo",
            Vec::from_iter(reads).join(" and ")
        );
        self.cause(CauseKind::ReadsMissing, task, line, message, KEY_HELP)
    }

    fn block(&self, task: TaskIndex, ending: &Ending) -> Cause {
        let described = self.workflow.task(task);
        let block = self.shape.undone_block(task);
        let block = block.map_or("its block", |block| &self.workflow.task(block).name);
        let message = format!(
            "only `{block}` around `{}` has a `compensate`, and that counts once the whole block \
             has completed ({})",
            described.name,
            ending.status.word()
        );
        let help = "add `compensate` to the step too: it is used while the block has not completed";
        self.cause(CauseKind::BlockOnly, task, described.line, message, help)
    }

    fn hopeless(&self, ending: &Ending) -> Vec<Cause> {
        let held = ending.held.iter().filter_map(|held| {
            let task = held.task?;
            let described = self.workflow.task(task);
            let undo = described.compensate.filter(|_| held.undo);
            let line = undo.map_or(described.line, |undo| self.workflow.task(undo).line);
            let (name, problem) = (&described.name, &held.problem);
            Some(match (held.undo, held.uncalled, held.bare) {
                (true, false, _) if self.undoings.contains_key(&task) => self.goes_by_nothing(task),
                (true, true, bare) => {
                    let when = if bare {
                        " when the step did not surely happen, since it then has no output"
                    } else {
                        ""
                    };
                    let message =
                        format!("the compensation of `{name}` cannot be made{when}: {problem}");
                    self.cause(CauseKind::NotRendered, task, line, message, KNOWN_HELP)
                }
                _ => {
                    let undo = if held.undo { "the undoing of " } else { "" };
                    let reason = &held.reason;
                    let message = format!("{undo}`{name}` is held, and held again when retried: {reason}: {problem}");
                    let help = "only a person with other input, or one who skips or drops it, lets it go on";
                    self.cause(CauseKind::HeldForEver, task, line, message, help)
                }
            })
        });
        held.collect()
    }

    /// One fault that passes by itself, and a person must come all the same.
    fn not_retried(&self, struck: &[Struck], ending: &Ending) -> Option<Cause> {
        // What struck before only led to it.
        let one = struck.last()?;
        let passes = matches!(
            one.fault,
            Fault::Busy | Fault::Unanswered | Fault::UnansweredDone | Fault::Silent
        );
        let held =
            |held: &&super::ending::Held| held.after_pivot && !held.undo && held.task == one.task;
        let held = ending.held.iter().find(held).filter(|_| passes)?;
        let task = held.task?;
        let described = self.workflow.task(task);
        let message = format!(
            "`{}` comes after the pivot and is not retried: a single fault holds the saga until a \
             person comes",
            described.name
        );
        let help = "there is no way back after a pivot, so retry what follows; without `retry` Baton \
                    does so for a day";
        let line = described.line;
        Some(self.cause(CauseKind::NotRetried, task, line, message, help))
    }

    fn reads_undone(&self, task: TaskIndex, read: Read) -> Cause {
        let described = self.workflow.task(task);
        let name = &described.name;
        let (reads, of) = match read {
            Read::Output(of) => {
                let of = &self.workflow.task(of).name;
                (format!("`$steps.{of}`"), of)
            }
            Read::Export(of) => {
                let of = &self.workflow.task(of).name;
                (format!("`$context`, to which `{of}` exports"), of)
            }
        };
        let message = format!(
            "the compensation of `{name}` reads {reads}, and `{of}` is undone before it, or was never done"
        );
        let help =
            "undo a step from what it was sent (`$forward.input`, `$forward.idempotencyKey`)";
        let line = described
            .compensate
            .map_or(described.line, |undo| self.workflow.task(undo).line);
        self.cause(CauseKind::ReadsUndone, task, line, message, help)
    }
}
