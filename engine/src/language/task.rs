//! Task lists, and what all tasks have: name, condition, shapes, timeout, `then` and the saga keys.

use super::Diagnostic;
use super::limits::{FEW, MAX_NESTING, MAX_TASKS};
use super::nearest::did_you_mean;
use super::reader::{Area, Flow, ListSite, LostJump, Reader, Role, Scope, Site, User};
use super::tree::{Key, Node, Place};
use crate::workflow::{Kind, List, OnExhausted, Task, TaskIndex, Then};
use std::sync::Arc;

/// Whose list is read.
pub(super) struct Owner {
    pub(super) task: Option<TaskIndex>,
    pub(super) role: Role,
    /// JSON pointer of the list.
    pub(super) pointer: String,
}

/// A task while it is read.
pub(super) struct Draft<'n> {
    pub(super) name: &'n str,
    /// Begins sentences: "task `name`".
    pub(super) owner: String,
    pub(super) key: Place,
    pub(super) node: &'n Node,
    pub(super) index: TaskIndex,
    pub(super) pointer: String,
    /// Names of the tasks of its list.
    pub(super) siblings: Arc<[String]>,
}

pub(super) const COMMON: [&str; 12] = [
    "if",
    "input",
    "output",
    "export",
    "timeout",
    "then",
    "metadata",
    "compensate",
    "retry",
    "pivot",
    "idempotencyKey",
    "onExhausted",
];

impl Reader<'_> {
    pub(super) fn list(&mut self, node: &Node, owner: Owner, scope: &Scope) -> List {
        let scope = scope.nested();
        if scope.depth > MAX_NESTING {
            let message = format!("task lists stand more than {MAX_NESTING} levels deep");
            self.error(node.at, "limit", message);
            return List::new();
        }
        let Some(items) = node.list() else {
            let message = format!("a list of tasks must stand here; found {}", node.what());
            let diagnostic = Diagnostic::error(node.at, "wrong-type", message);
            self.refuse(diagnostic.help("begin each task with `- name:`"));
            return List::new();
        };
        if items.is_empty() && owner.role != Role::Handler {
            self.error(node.at, "empty-list", "this list has no task");
        }
        let entries: Vec<Option<(&Key, &Node)>> =
            items.iter().map(|item| self.entry(item)).collect();
        let siblings: Arc<[String]> = entries
            .iter()
            .map(|entry| entry.map_or(String::new(), |(key, _)| key.name.clone()))
            .collect();
        let list = self.lists.len();
        self.lists.push(ListSite {
            owner: owner.task,
            role: owner.role,
            tasks: vec![None; entries.len()],
        });
        let mut tasks = List::new();
        for (position, entry) in entries.into_iter().enumerate() {
            let Some((key, node)) = entry else { continue };
            let pointer = format!("{}/{position}/{}", owner.pointer, key.name);
            let Some(index) = self.reserve(key.at, list, position) else {
                break;
            };
            tasks.push(index);
            self.lists[list].tasks[position] = Some(index);
            self.named_task(key, index);
            let (name, owner) = (key.name.as_str(), format!("task `{}`", key.name));
            let key = key.at;
            let siblings = siblings.clone();
            let draft = Draft {
                name,
                owner,
                key,
                node,
                index,
                pointer,
                siblings,
            };
            let task = self.task(&draft, &scope);
            self.tasks[index as usize] = task;
        }
        tasks
    }

    /// One entry of a list: a map of one name.
    fn entry<'n>(&mut self, item: &'n Node) -> Option<(&'n Key, &'n Node)> {
        let members = item.map().unwrap_or_default();
        if let [(key, node)] = members {
            return Some((key, node));
        }
        let diagnostic = match members {
            [_, (second, _), ..] => Diagnostic::error(
                second.at,
                "task-entry",
                format!(
                    "`{}` stands beside the task's name; an entry holds one task",
                    second.name
                ),
            )
            .help("indent the keys of a task below its name, and begin each task with `- `"),
            _ => Diagnostic::error(
                item.at,
                "task-entry",
                "an entry must be `name:` and a task below it",
            ),
        };
        self.refuse(diagnostic);
        None
    }

    /// A place in the arena; `None` when there are too many.
    pub(super) fn reserve(
        &mut self,
        key: Place,
        list: usize,
        position: usize,
    ) -> Option<TaskIndex> {
        if self.tasks.len() == MAX_TASKS {
            let message = format!("the workflow has more than {MAX_TASKS} tasks");
            self.error(key, "limit", message);
        }
        if self.tasks.len() >= MAX_TASKS {
            return None;
        }
        let index = TaskIndex::try_from(self.tasks.len()).ok()?;
        self.tasks.push(None);
        let flow = Flow {
            falls: true,
            ..Flow::default()
        };
        self.sites.push(Site {
            key,
            compensate: None,
            pivot: None,
            list,
            position,
            flow,
        });
        Some(index)
    }

    fn named_task(&mut self, key: &Key, index: TaskIndex) {
        let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = key.name.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.name.bytes().all(letters)
            && key.name.len() <= 64;
        if !fits {
            let message = format!("`{}` is no task name", key.name);
            let help = "use up to 64 letters, digits, `-` and `_`, a letter first";
            self.refuse(Diagnostic::error(key.at, "task-name", message).help(help));
        }
        if let Some(first) = self.names.get(&key.name) {
            let line = self.sites[*first as usize].key.line;
            let message = format!(
                "two tasks are named `{}`; the first is on line {line}",
                key.name
            );
            let help = "give each task of the workflow its own name";
            self.refuse(Diagnostic::error(key.at, "duplicate-task", message).help(help));
            return;
        }
        self.names.insert(key.name.clone(), index);
    }

    /// A task of a list.
    fn task(&mut self, draft: &Draft<'_>, outer: &Scope) -> Option<Task> {
        let scope = outer.of(User::Before(draft.index));
        let kind_key = self.kind_key(draft)?;
        if !self.may_stand(draft, kind_key, scope.area) {
            return None;
        }
        let kind = self.kind(draft, kind_key, &scope);
        let common = self.common(draft, &scope);
        let then = self.then_member(draft);
        self.flow(draft, then);
        self.saga_keys(draft, kind_key, &scope);
        let compensate = match draft.node.member("compensate") {
            Some(node) if scope.area == Area::Main => self.compensation(draft, node, &scope),
            _ => None,
        };
        let pivot = self.pivot(draft);
        Some(Task {
            then: then.unwrap_or_default(),
            compensate,
            pivot,
            kind: kind?,
            ..common
        })
    }

    /// What tasks and compensations share. The kind is a stand-in.
    pub(super) fn common(&mut self, draft: &Draft<'_>, scope: &Scope) -> Task {
        let node = draft.node;
        let after = scope.with_output();
        Task {
            name: draft.name.into(),
            reference: draft.pointer.as_str().into(),
            line: draft.key.line,
            condition: node.member("if").and_then(|node| self.expr(node, scope)),
            input: self.shape(node, "input", "from", scope),
            output: self.shape(node, "output", "as", &scope.after()),
            export: self.shape(node, "export", "as", &after),
            timeout: node
                .member("timeout")
                .and_then(|node| self.timeout(node, scope)),
            then: Then::Continue,
            compensate: None,
            retry: node
                .member("retry")
                .and_then(|node| self.task_retry(node, scope)),
            on_exhausted: self.on_exhausted(node),
            pivot: false,
            idempotency_key: node
                .member("idempotencyKey")
                .and_then(|key| self.expr(key, scope)),
            kind: Kind::Do(List::new()),
        }
    }

    fn on_exhausted(&mut self, task: &Node) -> OnExhausted {
        let Some(node) = task.member("onExhausted") else {
            return OnExhausted::Fail;
        };
        match node.text() {
            Some("fail") => OnExhausted::Fail,
            Some("hold") => OnExhausted::Hold,
            _ => {
                self.error(
                    node.at,
                    "wrong-value",
                    "`onExhausted` must be `fail` or `hold`",
                );
                OnExhausted::Fail
            }
        }
    }

    fn then_member(&mut self, draft: &Draft<'_>) -> Option<Then> {
        match draft.node.member("then") {
            Some(node) => self.then(node, draft),
            None => Some(Then::Continue),
        }
    }

    /// `continue`, `exit`, `end`, or a task of the same list; `None` when it is none of them.
    pub(super) fn then(&mut self, node: &Node, draft: &Draft<'_>) -> Option<Then> {
        let Some(name) = node.text() else {
            self.mismatch(
                node,
                "then",
                "`continue`, `exit`, `end` or the name of a task",
            );
            return None;
        };
        match name {
            "continue" => return Some(Then::Continue),
            "exit" => return Some(Then::Exit),
            "end" => return Some(Then::End),
            _ => {}
        }
        let list = self.sites[draft.index as usize].list;
        if self.lists[list].role == Role::Branches {
            let message =
                "a branch of a fork cannot go to another task; it may `continue`, `exit` or `end`";
            self.error(node.at, "then", message);
            return None;
        }
        let found = draft.siblings.iter().position(|sibling| sibling == name);
        if found.is_none() {
            let siblings = draft.siblings.clone();
            self.lost.push(LostJump {
                at: node.at,
                name: name.to_owned(),
                siblings,
            });
        }
        found.map(Then::Goto)
    }

    /// Says of each lost `then` whether its task is elsewhere or nowhere.
    pub(super) fn report_lost_jumps(&mut self) {
        for LostJump { at, name, siblings } in std::mem::take(&mut self.lost) {
            let diagnostic = if let Some(index) = self.names.get(&name) {
                let line = self.sites[*index as usize].key.line;
                let message = format!(
                    "`then` cannot reach `{name}` (line {line}): it stands in another list"
                );
                Diagnostic::error(at, "then", message)
                    .help("go to a task of the same list, or leave the list with `exit`")
            } else {
                let message = format!("`then` goes to `{name}`, and no task has that name");
                let words = ["continue", "exit", "end"];
                let candidates = siblings.iter().map(String::as_str).chain(words);
                let few = self.diagnostics.len() < FEW;
                let near = if few {
                    did_you_mean(&name, candidates)
                } else {
                    None
                };
                Diagnostic::error(at, "then", message).maybe_help(near)
            };
            self.refuse(diagnostic);
        }
    }

    /// Notes where a task may lead.
    fn flow(&mut self, draft: &Draft<'_>, then: Option<Then>) {
        // A case of a switch may still lead to the next task.
        let conditional = ["if", "switch"]
            .iter()
            .any(|key| draft.node.member(key).is_some());
        let site = &mut self.sites[draft.index as usize];
        match then {
            None => site.flow.anywhere = true,
            Some(Then::Continue) => {}
            Some(Then::Exit | Then::End) => site.flow.falls = conditional,
            Some(Then::Goto(to)) => {
                site.flow.falls = conditional;
                site.flow.jumps.push(to);
            }
        }
    }

    pub(super) fn jumps(&mut self, index: TaskIndex, then: Option<Then>) {
        let flow = &mut self.sites[index as usize].flow;
        match then {
            None => flow.anywhere = true,
            Some(Then::Goto(to)) => flow.jumps.push(to),
            Some(_) => {}
        }
    }
}
