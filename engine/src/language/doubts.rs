//! Warnings: what is allowed, and may still not be what was meant.

use super::Diagnostic;
use super::need::{Telling, tellings};
use super::reader::{Reader, Role};
use super::tree::Place;
use crate::expression::{Expr, StepsNamed, Template};
use crate::workflow::{Call, Kind, Shape, Target, Task, TaskIndex};
use serde_json::Value;
use std::collections::HashMap;

impl Reader<'_> {
    pub(super) fn doubts(&mut self) {
        let indexes = 0..TaskIndex::try_from(self.tasks.len()).unwrap_or(TaskIndex::MAX);
        let forward: Vec<TaskIndex> = indexes
            .filter(|index| {
                let roles = self.roles(*index);
                !roles
                    .iter()
                    .any(|role| matches!(role, Role::Compensation | Role::OnFailure))
            })
            .collect();
        // Tasks are numbered as they are read, so the first pivot parts them.
        let pivot = forward.iter().copied().find(|index| self.is_pivot(*index));
        let mut found = Vec::new();
        for index in forward {
            found.extend(self.no_way_back(index, pivot));
            found.extend(self.pivot_in_loop(index));
            found.extend(self.pivot_in_doubt(index));
            found.extend(self.empty_handed(index));
            found.extend(self.of_another_round(index));
            found.extend(self.exports_clash(index));
        }
        self.diagnostics.extend(found);
    }

    fn task_at(&self, index: TaskIndex) -> Option<&Task> {
        self.tasks[index as usize].as_ref()
    }

    fn is_pivot(&self, index: TaskIndex) -> bool {
        self.task_at(index).is_some_and(|task| task.pivot)
    }

    /// A call that changes something, may have to be undone, and cannot.
    fn no_way_back(&self, index: TaskIndex, pivot: Option<TaskIndex>) -> Option<Diagnostic> {
        let task = self.task_at(index)?;
        let Kind::Call(call) = &task.kind else {
            return None;
        };
        let undone = |index: TaskIndex| self.sites[index as usize].compensate.is_some();
        let settled = call.read_only || pivot.is_some_and(|pivot| index >= pivot);
        if settled || undone(index) || self.around(index).into_iter().any(undone) {
            return None;
        }
        let message = format!("`{}` cannot be undone: it has no `compensate`", task.name);
        let help = match &call.operation {
            Some(_) => {
                "add `compensate`, or mark the operation `readOnly: true` in the service catalogue if it changes nothing"
            }
            None => "add `compensate`, if it changes anything",
        };
        let at = self.sites[index as usize].key;
        Some(Diagnostic::warning(at, "no-compensation", message).help(help))
    }

    fn pivot_in_loop(&self, index: TaskIndex) -> Option<Diagnostic> {
        let looped = self.is_pivot(index) && self.roles(index).contains(&Role::ForBody);
        looped.then(|| {
            let message = "a pivot in a loop: its first success counts, and what earlier rounds did is then never undone";
            Diagnostic::warning(self.pivot_place(index), "pivot-in-loop", message)
        })
    }

    fn pivot_in_doubt(&self, index: TaskIndex) -> Option<Diagnostic> {
        let task = self.task_at(index)?;
        let Kind::Call(call) = &task.kind else {
            return None;
        };
        let settled = call.rejections_final || self.sites[index as usize].compensate.is_some();
        (task.pivot && !settled).then(|| {
            let message = "a rejected pivot is believed: if an earlier copy of the call still lands, nothing undoes it";
            let help = "declare `rejections: final` for the service, if it keeps that promise, or give the pivot a `compensate`";
            Diagnostic::warning(self.pivot_place(index), "pivot-in-doubt", message).help(help)
        })
    }

    fn pivot_place(&self, index: TaskIndex) -> Place {
        let site = &self.sites[index as usize];
        site.pivot.unwrap_or(site.key)
    }

    /// Branches whose exports are joined key by key, and which share one.
    fn exports_clash(&self, index: TaskIndex) -> Option<Diagnostic> {
        let Kind::Fork(fork) = &self.task_at(index)?.kind else {
            return None;
        };
        let mut exported: HashMap<&str, &str> = HashMap::new();
        for branch in fork.branches.iter().filter(|_| !fork.compete) {
            let Some(task) = self.task_at(*branch) else {
                continue;
            };
            for key in members(task.export.form.as_ref()) {
                let Some(other) = exported.insert(key, &task.name) else {
                    continue;
                };
                let message = format!(
                    "the branches `{other}` and `{}` both export `{key}`",
                    task.name
                );
                let help = "the later one wins; export under another key, or read `$steps` instead";
                let at = self.sites[*branch as usize].key;
                return Some(Diagnostic::warning(at, "export-clash", message).help(help));
            }
        }
        None
    }

    /// A compensation of a call that reads nothing but the output, which may be null.
    fn empty_handed(&self, index: TaskIndex) -> Option<Diagnostic> {
        let task = self.task_at(index)?;
        let Kind::Call(_) = &task.kind else {
            return None;
        };
        let undo = task.compensate?;
        let tasks = self.tasks_of_undo(undo)?;
        let mut all = tasks.iter().flat_map(|task| expressions(task));
        let known = all.any(Expr::reads_known);
        let whole = tasks.first().is_some_and(|task| sends_input(task));
        let tellings: Vec<Telling> = tellings(tasks.iter().copied())
            .into_iter()
            .flatten()
            .collect();
        let mut needs = tellings.iter().flat_map(|telling| &telling.needs);
        let named = tellings
            .iter()
            .any(|telling| telling.names && telling.needs.is_empty());
        let sent = !named && needs.any(|need| need.output);
        ((whole && !known) || sent).then(|| {
            let only = if known { "" } else { "only " };
            let message = format!(
                "the compensation of `{}` reads {only}the output, which is null when the outcome is unknown",
                task.name
            );
            let help = "work from `$forward.input` or `$forward.idempotencyKey`, which are always there";
            Diagnostic::warning(self.undo_place(index, undo), "output-may-be-null", message).help(help)
        })
    }

    /// A compensation in a loop that reads what every round does anew.
    fn of_another_round(&self, index: TaskIndex) -> Option<Diagnostic> {
        let task = self.task_at(index)?;
        let undo = task.compensate?;
        let loops: Vec<TaskIndex> = self
            .around(index)
            .into_iter()
            .filter(|around| {
                matches!(
                    self.task_at(*around).map(|task| &task.kind),
                    Some(Kind::For(_))
                )
            })
            .collect();
        // What is a compensation's own is done anew whenever it undoes.
        let done_anew = |name: &String| {
            (0..).zip(&self.tasks).any(|(index, task)| {
                task.as_ref().is_some_and(|task| *task.name == **name)
                    && !self.roles(index).contains(&Role::Compensation)
                    && self
                        .around(index)
                        .iter()
                        .any(|around| loops.contains(around))
            })
        };
        let tasks = self.tasks_of_undo(undo)?;
        let read = tasks
            .iter()
            .flat_map(|task| expressions(task))
            .filter_map(|expr| match expr.steps() {
                StepsNamed::Only(names) => names.iter().find(|name| done_anew(name)),
                StepsNamed::All => None,
            })
            .next()?;
        let message = format!(
            "the compensation of `{}` reads `$steps.{read}`, which is that of the latest round whichever round is undone",
            task.name
        );
        let help = "work from `$forward.input` and `$forward.output`, which are those of the round";
        let at = self.undo_place(index, undo);
        Some(Diagnostic::warning(at, "latest-round", message).help(help))
    }

    /// A compensation and all that is in it, as they are numbered.
    fn tasks_of_undo(&self, undo: TaskIndex) -> Option<Vec<&Task>> {
        (0..self.tasks.len())
            .filter_map(|index| TaskIndex::try_from(index).ok())
            .skip(undo as usize)
            .take_while(|index| *index == undo || self.around(*index).contains(&undo))
            .map(|index| self.task_at(index))
            .collect()
    }

    fn undo_place(&self, index: TaskIndex, undo: TaskIndex) -> Place {
        let named = self.sites[index as usize].compensate;
        named.unwrap_or(self.sites[undo as usize].key)
    }
}

/// The keys of an object that is written out.
fn members(template: Option<&Template>) -> Vec<&str> {
    match template {
        Some(Template::Object(members)) => members.iter().map(|(name, _)| name.as_str()).collect(),
        Some(Template::Literal(Value::Object(members))) => {
            members.keys().map(String::as_str).collect()
        }
        _ => Vec::new(),
    }
}

fn sends_input(task: &Task) -> bool {
    match &task.kind {
        Kind::Call(call) => sends_dot(call) && task.input.form.is_none(),
        _ => false,
    }
}

/// A call without `with` sends its input as it is.
pub(super) fn sends_dot(call: &Call) -> bool {
    match (&call.arguments, &call.target) {
        (Some(arguments), _) => arguments.with.is_none(),
        (None, Target::Operation { with, .. }) => with.is_none(),
        (None, Target::Inline(_)) => false,
    }
}

/// The expressions of a task that go into what it does.
pub(crate) fn expressions(task: &Task) -> Vec<&Expr> {
    let Shape { form, .. } = &task.input;
    let mut all = of_form(form.as_ref());
    all.extend(&task.condition);
    match &task.kind {
        Kind::Set(template) => all.extend(template.expressions()),
        Kind::Call(call) => all.extend(of_call(call)),
        Kind::Switch(cases) => all.extend(cases.iter().filter_map(|case| case.when.as_ref())),
        Kind::For(each) => {
            all.extend(each.items.expressions());
            all.extend(&each.condition);
        }
        Kind::Raise(raise) => all.extend(raise.error.expressions()),
        _ => {}
    }
    all
}

pub(super) fn of_form(template: Option<&Template>) -> Vec<&Expr> {
    template.map(Template::expressions).unwrap_or_default()
}

/// Those of its request.
pub(super) fn of_call(call: &Call) -> Vec<&Expr> {
    if let Some(arguments) = &call.arguments {
        return arguments
            .with
            .as_ref()
            .map(Template::expressions)
            .unwrap_or_default();
    }
    let templates = match &call.target {
        Target::Operation { with, .. } => vec![with.as_ref()],
        Target::Inline(inline) => vec![
            Some(&inline.endpoint),
            inline.headers.as_ref(),
            inline.query.as_ref(),
            inline.body.as_ref(),
        ],
    };
    templates
        .into_iter()
        .flatten()
        .flat_map(Template::expressions)
        .collect()
}
