//! Which outputs may exist where: `$steps.x` is refused where `x` cannot have run.
//!
//! A task's line of lists, from the root down to its own, is compared with the reader's. Where the two
//! lines part, order decides; a loop or a jump back around both makes everything possible.

use super::Diagnostic;
use super::limits::FEW;
use super::nearest::did_you_mean;
use super::reader::{Mention, Reader, Role, User};
use crate::workflow::TaskIndex;

/// One level of a line: a list, and the place in it.
type Level = (usize, usize);

impl Reader<'_> {
    pub(super) fn check_mentions(&mut self) {
        for mention in std::mem::take(&mut self.mentions) {
            let diagnostic = match self.names.get(&mention.name) {
                None => {
                    let known = self.names.keys().map(String::as_str);
                    let message = format!("`$steps.{}`: no task has the name `{0}`", mention.name);
                    let diagnostic = Diagnostic::error(mention.at, "unknown-step", message);
                    let few = self.diagnostics.len() < FEW;
                    let near = if few {
                        did_you_mean(&mention.name, known)
                    } else {
                        None
                    };
                    Some(diagnostic.maybe_help(near))
                }
                Some(task) => self.why_not(&mention, *task).map(|why| {
                    let message = format!("`$steps.{}` has no output here: {why}", mention.name);
                    Diagnostic::error(mention.at, "step-order", message)
                }),
            };
            self.diagnostics.extend(diagnostic);
        }
    }

    /// Why `task` cannot have run when the mention is evaluated.
    fn why_not(&self, mention: &Mention, task: TaskIndex) -> Option<String> {
        let name = &mention.name;
        let line = self.line(task);
        let apart = line
            .iter()
            .find_map(|(list, _)| match self.lists[*list].role {
                Role::Compensation => Some((*list, "is part of a compensation")),
                Role::OnFailure => Some((*list, "is part of `onFailure`")),
                _ => None,
            });
        let (reader, after) = match mention.user {
            User::Start => return Some(format!("no task has run yet, and so `{name}` has not")),
            User::End => (Vec::new(), true),
            User::Before(user) => (self.line(user), false),
            User::After(user) => (self.line(user), true),
        };
        if let Some((list, why)) = apart
            && !reader.iter().any(|(around, _)| *around == list)
        {
            return Some(format!("`{name}` {why}"));
        }
        let undoing = reader.iter().any(|(list, _)| {
            let late = matches!(self.lists[*list].role, Role::Compensation | Role::OnFailure);
            late && !line.iter().any(|(other, _)| other == list)
        });
        if undoing || mention.user == User::End {
            return None;
        }
        self.order(&reader, &line, after)
            .map(|why| format!("`{name}` {why}"))
    }

    /// Why the task at `line` has not run when the one at `reader` reads.
    fn order(&self, reader: &[Level], line: &[Level], after: bool) -> Option<String> {
        let shared = reader.iter().zip(line).take_while(|(a, b)| a == b).count();
        if self.comes_back(&reader[..shared], reader.get(shared)) {
            return None;
        }
        let (Some((here, at)), Some((there, to))) = (reader.get(shared), line.get(shared)) else {
            return if reader == line {
                Some("has not finished yet".to_owned())
            } else if reader.len() > line.len() {
                Some("stands around this place and has not finished yet".to_owned())
            } else {
                (!after).then(|| "runs only later, within this task".to_owned())
            };
        };
        if here != there {
            let before = matches!(self.lists[*here].role, Role::TryBody { .. })
                && self.lists[*there].role == Role::Handler;
            return before
                .then(|| "handles errors of this block and runs only after it".to_owned());
        }
        if self.lists[*here].role == Role::Branches {
            return Some("runs in another branch of the fork, beside this one".to_owned());
        }
        let leads = self.leads(*here, *to, *at);
        (!leads).then(|| {
            let later = to > at;
            if later {
                "runs only later"
            } else {
                "never leads here"
            }
            .to_owned()
        })
    }

    /// Whether something around both places runs again: a loop, another round, a jump back.
    fn comes_back(&self, shared: &[Level], parting: Option<&Level>) -> bool {
        let again = |list: usize| {
            matches!(
                self.lists[list].role,
                Role::ForBody | Role::TryBody { again: true }
            )
        };
        shared
            .iter()
            .any(|(list, at)| again(*list) || self.leads(*list, *at, *at))
            || parting.is_some_and(|(list, _)| again(*list))
    }

    /// Whether, within one list, going on from `from` may reach `to`.
    fn leads(&self, list: usize, from: usize, to: usize) -> bool {
        let list = &self.lists[list];
        if list.role == Role::Branches {
            return false;
        }
        let mut seen = vec![false; list.tasks.len()];
        let mut open = vec![from];
        while let Some(position) = open.pop() {
            let Some(task) = list.tasks[position] else {
                // A broken entry was reported; what it would have done is not known.
                return true;
            };
            let flow = &self.sites[task as usize].flow;
            if flow.anywhere {
                return true;
            }
            let next = flow.falls.then_some(position + 1);
            for next in flow.jumps.iter().copied().chain(next) {
                if next == to {
                    return true;
                }
                if seen.get(next) == Some(&false) {
                    seen[next] = true;
                    open.push(next);
                }
            }
        }
        false
    }

    /// From the root's list down to the task's own.
    fn line(&self, task: TaskIndex) -> Vec<Level> {
        let mut line = Vec::new();
        let mut next = Some(task);
        while let Some(task) = next {
            let site = &self.sites[task as usize];
            line.push((site.list, site.position));
            next = self.lists[site.list].owner;
        }
        line.reverse();
        line
    }

    /// The roles of the lists around a task, its own first.
    pub(super) fn roles(&self, task: TaskIndex) -> Vec<Role> {
        self.line(task)
            .iter()
            .rev()
            .map(|(list, _)| self.lists[*list].role)
            .collect()
    }

    /// The composites around a task, nearest first.
    pub(super) fn around(&self, task: TaskIndex) -> Vec<TaskIndex> {
        let mut around = Vec::new();
        let mut next = self.lists[self.sites[task as usize].list].owner;
        while let Some(task) = next {
            around.push(task);
            next = self.lists[self.sites[task as usize].list].owner;
        }
        around
    }
}
