//! What a task does: chosen by its key, then read by its own rules.

use super::Diagnostic;
use super::reader::{Reader, Role, Scope};
use super::task::{COMMON, Draft, Owner};
use super::tree::{Data, Node};
use crate::expression::Template;
use crate::workflow::{Case, For, Fork, Kind, List, Raise, Then};
use std::sync::Arc;

/// Every kind of task the language has, with the keys beside it.
const KINDS: [(&str, &[&str]); 12] = [
    ("call", &["with"]),
    ("do", &[]),
    ("emit", &[]),
    ("for", &["while", "do"]),
    ("fork", &[]),
    ("listen", &["foreach"]),
    ("raise", &[]),
    ("run", &[]),
    ("set", &[]),
    ("switch", &[]),
    ("try", &["catch"]),
    ("wait", &[]),
];
pub(super) const ERROR_KEYS: [&str; 5] = ["type", "status", "title", "detail", "instance"];

impl Reader<'_> {
    /// The key that makes the task what it is, with the task's other keys checked.
    pub(super) fn kind_key(&mut self, draft: &Draft<'_>) -> Option<&'static str> {
        let owner = draft.owner.as_str();
        let Some(members) = draft.node.map() else {
            let message = format!("{owner} must be a map; found {}", draft.node.what());
            let help = "write what it does below its name, as `call: service.operation`";
            self.refuse(Diagnostic::error(draft.key, "wrong-type", message).help(help));
            return None;
        };
        let looped = draft.node.member("for").is_some();
        let found: Vec<_> = members
            .iter()
            .filter(|(key, _)| !(looped && key.name == "do"))
            .filter_map(|(key, _)| Some((KINDS.iter().find(|(kind, _)| *kind == key.name)?, key)))
            .collect();
        let [((kind, beside), key), others @ ..] = found.as_slice() else {
            self.no_kind(draft, owner);
            return None;
        };
        if let Some(((second, _), at)) = others.first() {
            let message =
                format!("{owner} does two things, `{kind}` and `{second}`; a task does one");
            let help = "make two tasks of it";
            self.refuse(Diagnostic::error(at.at, "two-kinds", message).help(help));
            return None;
        }
        if matches!(*kind, "emit" | "listen" | "run") {
            let message = format!(
                "`{kind}` is not built yet; Baton runs do, set, switch, for, fork, try, raise, wait and call"
            );
            self.error(key.at, "not-built", message);
            return None;
        }
        let allowed: Vec<&str> = COMMON
            .iter()
            .chain(std::iter::once(kind))
            .chain(beside.iter())
            .copied()
            .collect();
        self.keys(draft.node, owner, &allowed);
        Some(kind)
    }

    fn no_kind(&mut self, draft: &Draft<'_>, owner: &str) {
        let kinds = KINDS.map(|(kind, _)| kind);
        let beside = KINDS.iter().flat_map(|(_, beside)| beside.iter().copied());
        let allowed: Vec<&str> = COMMON.iter().copied().chain(kinds).chain(beside).collect();
        let before = self.diagnostics.len();
        self.keys(draft.node, owner, &allowed);
        if self.diagnostics.len() == before {
            let message = format!("{owner} does nothing");
            let help = "give it one of call, do, for, fork, raise, set, switch, try and wait";
            self.refuse(Diagnostic::error(draft.key, "no-kind", message).help(help));
        }
    }

    pub(super) fn kind(&mut self, draft: &Draft<'_>, key: &str, scope: &Scope) -> Option<Kind> {
        let node = draft.node.member(key)?;
        match key {
            "call" => self
                .call(draft, node, scope)
                .map(|call| Kind::Call(Box::new(call))),
            "do" => Some(Kind::Do(self.child(draft, node, Role::Do, "do", scope))),
            "set" => self.set(node, scope).map(Kind::Set),
            "switch" => self.switch(draft, node, scope).map(Kind::Switch),
            "for" => self.repeat(draft, node, scope).map(Kind::For),
            "fork" => self.fork(draft, node, scope).map(Kind::Fork),
            "try" => self.attempt(draft, node, scope).map(Kind::Try),
            "raise" => {
                let conditional = draft.node.member("if").is_some();
                self.sites[draft.index as usize].flow.falls = conditional;
                self.raise(node, scope).map(Kind::Raise)
            }
            _ => self.time(node, scope).map(Kind::Wait),
        }
    }

    /// A list of the task's own.
    pub(super) fn child(
        &mut self,
        draft: &Draft<'_>,
        node: &Node,
        role: Role,
        path: &str,
        scope: &Scope,
    ) -> List {
        let pointer = format!("{}/{path}", draft.pointer);
        self.list(
            node,
            Owner {
                task: Some(draft.index),
                role,
                pointer,
            },
            scope,
        )
    }

    pub(super) fn set(&mut self, node: &Node, scope: &Scope) -> Option<Template> {
        let expression = node
            .text()
            .is_some_and(|text| text.trim_start().starts_with("${"));
        if node.map().is_none() && !expression {
            self.mismatch(node, "set", "a map or an expression `${ }`");
            return None;
        }
        self.template(node, scope, false)
    }

    fn switch(&mut self, draft: &Draft<'_>, node: &Node, scope: &Scope) -> Option<Vec<Case>> {
        let Some(items) = node.list() else {
            self.mismatch(node, "switch", "a list of cases");
            return None;
        };
        let mut cases: Vec<Case> = Vec::new();
        for item in items {
            let Some([(key, case)]) = item.map() else {
                self.error(
                    item.at,
                    "task-entry",
                    "a case must be `name:` with `when` and `then` below it",
                );
                continue;
            };
            if !self.keys(case, &format!("case `{}`", key.name), &["when", "then"]) {
                continue;
            }
            if let Some(default) = cases.iter().find(|case| case.when.is_none()) {
                let message = format!(
                    "case `{}` is never reached: `{}` before it has no `when` and takes all",
                    key.name, default.name
                );
                self.error(key.at, "unreachable-case", message);
            }
            let when = case.member("when").map(|node| self.expr(node, scope));
            let then = match case.member("then") {
                Some(node) => self.then(node, draft),
                None => {
                    self.missing(key.at, &format!("case `{}`", key.name), "then");
                    None
                }
            };
            self.jumps(draft.index, then);
            // A `when` that cannot be read is no default.
            if when.as_ref().is_none_or(Option::is_some) {
                let (when, then) = (when.flatten(), then.unwrap_or_default());
                cases.push(Case {
                    name: key.name.as_str().into(),
                    when,
                    then,
                });
            }
        }
        let falls = |case: &Case| case.then == Then::Continue;
        let complete = cases.iter().any(|case| case.when.is_none()) && !cases.iter().any(falls);
        if complete && draft.node.member("if").is_none() {
            self.sites[draft.index as usize].flow.falls = false;
        }
        Some(cases)
    }

    fn repeat(&mut self, draft: &Draft<'_>, node: &Node, scope: &Scope) -> Option<For> {
        if !self.keys(node, "`for`", &["each", "in", "at"]) {
            return None;
        }
        let each = self.variable(node, "each", "item", scope);
        let at = self.variable(node, "at", "index", scope);
        let items = match node.member("in") {
            Some(items) => match items.data {
                Data::Text(_) | Data::List(_) => self.template(items, scope, true),
                _ => {
                    self.mismatch(items, "in", "an expression or a list");
                    None
                }
            },
            None => {
                self.missing(node.at, "`for`", "in");
                None
            }
        };
        let inner = scope.with(&each).with(&at);
        // The condition is asked before each round, when earlier rounds have run.
        let condition = draft
            .node
            .member("while")
            .and_then(|node| self.expr(node, &inner.after()));
        let Some(body) = draft.node.member("do") else {
            self.missing(draft.key, &draft.owner, "do");
            return None;
        };
        let body = self.child(draft, body, Role::ForBody, "do", &inner);
        Some(For {
            each,
            at,
            items: items?,
            condition,
            body,
        })
    }

    /// The name of a variable that the author chose, without dollar.
    pub(super) fn variable(
        &mut self,
        node: &Node,
        key: &str,
        usual: &str,
        scope: &Scope,
    ) -> Arc<str> {
        let Some(name) = self.text_member(node, key) else {
            return usual.into();
        };
        let at = node.member(key).map_or(node.at, |node| node.at);
        let fits = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let reserved = Scope::base(scope.user).variables;
        let ours = ["output", "forward", "secrets", "authorization"];
        if !fits {
            let message = format!("`{name}` is no name of a variable");
            let help = "use letters, digits and `_`, without `$`";
            self.refuse(Diagnostic::error(at, "variable-name", message).help(help));
        } else if reserved.iter().any(|known| known == name) || ours.contains(&name) {
            let message = format!("`${name}` is a variable of Baton's own; take another name");
            self.error(at, "variable-name", message);
        }
        name.into()
    }

    fn fork(&mut self, draft: &Draft<'_>, node: &Node, scope: &Scope) -> Option<Fork> {
        if !self.keys(node, "`fork`", &["branches", "compete"]) {
            return None;
        }
        let compete = self.bool_member(node, "compete").unwrap_or(false);
        let Some(branches) = node.member("branches") else {
            self.missing(node.at, "`fork`", "branches");
            return None;
        };
        let mut inner = scope.clone();
        inner.in_fork = true;
        let branches = self.child(draft, branches, Role::Branches, "fork/branches", &inner);
        Some(Fork { branches, compete })
    }

    fn raise(&mut self, node: &Node, scope: &Scope) -> Option<Raise> {
        if !self.keys(node, "`raise`", &["error"]) {
            return None;
        }
        let Some(error) = node.member("error") else {
            self.missing(node.at, "`raise`", "error");
            return None;
        };
        let Some(name) = error.text() else {
            return self
                .error_template(error, scope)
                .map(|error| Raise { error });
        };
        if name.trim_start().starts_with("${") {
            return self
                .template(error, scope, false)
                .map(|error| Raise { error });
        }
        match self.uses.errors.get(name) {
            Some(known) => known.clone().map(|error| Raise { error }),
            None => {
                self.unknown_use(error, "error", name);
                None
            }
        }
    }

    /// An error, written out.
    pub(super) fn error_template(&mut self, node: &Node, scope: &Scope) -> Option<Template> {
        if !self.keys(node, "an error", &ERROR_KEYS) {
            return None;
        }
        for name in ["type", "status"] {
            if node.member(name).is_none() {
                self.missing(node.at, "this error", name);
            }
        }
        if let Some(status) = node.member("status") {
            self.status(status);
        }
        self.template(node, scope, false)
    }

    /// A status is 100 to 599, or an expression.
    pub(super) fn status(&mut self, node: &Node) -> Option<u16> {
        let known = match &node.data {
            Data::Number(number) => number.as_u64().and_then(|n| u16::try_from(n).ok()),
            Data::Text(text) if text.value.contains("${") => return None,
            _ => None,
        };
        let status = known.filter(|status| (100..600).contains(status));
        if status.is_none() {
            self.mismatch(node, "status", "a number from 100 to 599");
        }
        status
    }
}
