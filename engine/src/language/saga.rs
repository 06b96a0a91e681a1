//! The saga keys of a task: `compensate`, `pivot`, and what stands only on calls.

use super::Diagnostic;
use super::reader::{Area, ListSite, Reader, Role, Scope, User};
use super::task::Draft;
use super::tree::Node;
use crate::workflow::{Kind, Task, TaskIndex};
use std::sync::Arc;

/// Keys that speak of attempts, which only calls make.
const OF_CALLS: [&str; 3] = ["retry", "idempotencyKey", "onExhausted"];

impl Reader<'_> {
    /// Reports saga keys that stand where they mean nothing.
    pub(super) fn saga_keys(&mut self, draft: &Draft<'_>, kind: &str, scope: &Scope) {
        for (key, node) in draft.node.map().unwrap_or_default() {
            let name = key.name.as_str();
            let diagnostic = if name == "compensate" || name == "pivot" {
                let site = &mut self.sites[draft.index as usize];
                if name == "compensate" {
                    site.compensate = Some(key.at);
                } else {
                    site.pivot = Some(key.at);
                }
                misplaced(draft, kind, name, scope)
            } else if OF_CALLS.contains(&name) && kind != "call" {
                let message = format!(
                    "`{name}` stands on calls alone, and {} is `{kind}`",
                    draft.owner
                );
                let help = (name == "retry")
                    .then_some("to run a block again use `try` with `catch.retry`");
                Some((message, help.map(str::to_owned)))
            } else if name == "onExhausted" && scope.area != Area::Main {
                let message = "`onExhausted` means nothing here: a compensation or an `onFailure` task out of retries is always held";
                Some((message.to_owned(), None))
            } else if name == "idempotencyKey" && scope.area == Area::Compensation {
                let message = "the key of a compensation is the key of what it undoes, with `:undo` behind it; it has no `idempotencyKey` of its own";
                Some((message.to_owned(), None))
            } else {
                None
            };
            // `pivot: false` is no pivot, wherever it stands.
            if name == "pivot" && node.to_json() == false {
                continue;
            }
            if let Some((message, help)) = diagnostic {
                self.refuse(Diagnostic::error(key.at, "saga-key", message).maybe_help(help));
            }
        }
    }

    /// Whether the task is the point of no return.
    pub(super) fn pivot(&mut self, draft: &Draft<'_>) -> bool {
        self.bool_member(draft.node, "pivot").unwrap_or(false)
    }

    /// The task that undoes `draft`: a task without a list, or the name of what is to be called.
    pub(super) fn compensation(
        &mut self,
        forward: &Draft<'_>,
        node: &Node,
        outer: &Scope,
    ) -> Option<TaskIndex> {
        let list = self.lists.len();
        let owner = Some(forward.index);
        self.lists.push(ListSite {
            owner,
            role: Role::Compensation,
            tasks: Vec::new(),
        });
        let index = self.reserve(node.at, list, 0)?;
        self.lists[list].tasks.push(Some(index));
        let mut scope = Scope::base(User::Before(index))
            .with("forward")
            .with("error");
        scope.area = Area::Compensation;
        scope.depth = outer.depth;
        let name = format!("{}:undo", forward.name);
        let draft = Draft {
            name: &name,
            owner: format!("the compensation of `{}`", forward.name),
            key: node.at,
            node,
            index,
            pointer: format!("{}/compensate", forward.pointer),
            siblings: Arc::default(),
        };
        let task = match node.text() {
            Some(callee) => self.shorthand(&draft, callee, &scope),
            None => self.undoing(&draft, &scope),
        };
        self.tasks[index as usize] = task;
        Some(index)
    }

    /// `compensate: payments.void`: a call whose input is the output of the task.
    fn shorthand(&mut self, draft: &Draft<'_>, callee: &str, scope: &Scope) -> Option<Task> {
        if callee == "http" {
            let message = "`compensate: http` does not say what to call";
            let help = "write `call: http` and its `with` below `compensate:`";
            self.refuse(Diagnostic::error(draft.node.at, "missing-key", message).help(help));
            return None;
        }
        let call = self.callee(draft.node, callee, None, scope)?;
        let common = self.common(draft, scope);
        Some(Task {
            kind: Kind::Call(Box::new(call)),
            ..common
        })
    }

    fn undoing(&mut self, draft: &Draft<'_>, scope: &Scope) -> Option<Task> {
        let kind_key = self.kind_key(draft)?;
        self.saga_keys(draft, kind_key, scope);
        if let Some((key, _)) = draft.node.map()?.iter().find(|(key, _)| key.name == "then") {
            self.error(
                key.at,
                "then",
                "a compensation leads nowhere; it has no `then`",
            );
        }
        if !self.may_undo(draft, kind_key) {
            return None;
        }
        let kind = self.kind(draft, kind_key, scope);
        let common = self.common(draft, scope);
        Some(Task {
            kind: kind?,
            ..common
        })
    }

    /// Whether a task of this kind may stand in a compensation.
    pub(super) fn may_undo(&mut self, draft: &Draft<'_>, kind: &str) -> bool {
        let (why, help) = match kind {
            "try" => (
                "`try` in a compensation would never catch: what fails there is held for a person",
                "leave out the `try`; `retry` on a call says how often it is tried first",
            ),
            "fork" => (
                "`fork` cannot stand in a compensation: what is undone is undone one after another",
                "write the tasks below `do`",
            ),
            _ => return true,
        };
        let members = draft.node.map().unwrap_or_default();
        let at = members.iter().find(|(key, _)| key.name == kind);
        let at = at.map_or(draft.key, |(key, _)| key.at);
        self.refuse(Diagnostic::error(at, "in-compensation", why).help(help));
        false
    }
}

/// Why `compensate` or `pivot` may not stand here, and what to do.
fn misplaced(
    draft: &Draft<'_>,
    kind: &str,
    name: &str,
    scope: &Scope,
) -> Option<(String, Option<String>)> {
    let no =
        |message: String, help: &str| Some((message, (!help.is_empty()).then(|| help.to_owned())));
    match (scope.area, name) {
        (Area::Compensation, "compensate") => {
            no("a compensation is not compensated itself; it has no `compensate`".to_owned(), "")
        }
        (Area::Compensation, _) => no("a compensation cannot be a pivot".to_owned(), ""),
        (Area::OnFailure, _) => {
            no(format!("`{name}` cannot stand in `onFailure`, which runs when all is undone"), "")
        }
        (Area::Main, "compensate") if matches!(kind, "raise" | "switch" | "wait") => {
            no(format!("`{kind}` has no effect, so there is nothing to `compensate`"), "")
        }
        (Area::Main, "compensate") => None,
        (Area::Main, _) if kind != "call" => no(
            format!("`pivot` stands on a call, and {} is `{kind}`", draft.owner),
            "mark the call after which there is no way back",
        ),
        (Area::Main, _) if scope.in_fork => no(
            "a pivot cannot stand in a branch of a fork: a sibling may already have failed when it passes".to_owned(),
            "put it after the fork",
        ),
        (Area::Main, _) if scope.in_retried_try => no(
            "a pivot cannot stand in a `try` whose `catch` has `retry`: a new round would undo it".to_owned(),
            "put it after the `try`, or retry the call itself with `retry`",
        ),
        (Area::Main, _) => None,
    }
}
