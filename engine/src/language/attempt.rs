//! `try` and `catch`.

use super::Diagnostic;
use super::kind::ERROR_KEYS;
use super::reader::{Reader, Role, Scope};
use super::task::Draft;
use super::tree::Node;
use crate::workflow::{Catch, ErrorFilter, List, Then, Try};

const CATCH_KEYS: [&str; 7] = ["errors", "as", "when", "exceptWhen", "retry", "do", "then"];

impl Reader<'_> {
    pub(super) fn attempt(&mut self, draft: &Draft<'_>, node: &Node, scope: &Scope) -> Option<Try> {
        let catch = draft.node.member("catch");
        let again = catch.is_some_and(|catch| catch.member("retry").is_some());
        let mut inner = scope.clone();
        inner.in_retried_try |= again;
        let body = self.child(draft, node, Role::TryBody { again }, "try", &inner);
        let Some(catch) = catch else {
            self.missing(draft.key, &draft.owner, "catch");
            return None;
        };
        let catch = self.catch(draft, catch, scope)?;
        Some(Try { body, catch })
    }

    fn catch(&mut self, draft: &Draft<'_>, node: &Node, scope: &Scope) -> Option<Catch> {
        if node.what() == "nothing" {
            let help = "write `catch: {}` to take every error";
            let message = "`catch` is empty";
            self.refuse(Diagnostic::error(node.at, "wrong-type", message).help(help));
            return None;
        }
        if !self.keys(node, "`catch`", &CATCH_KEYS) {
            return None;
        }
        let bind = self.variable(node, "as", "error", scope);
        let handling = scope.with("error").with(&bind);
        let asked = handling.after();
        let when = node.member("when").and_then(|node| self.expr(node, &asked));
        let except_when = node
            .member("exceptWhen")
            .and_then(|node| self.expr(node, &asked));
        let retry = node
            .member("retry")
            .and_then(|node| self.catch_retry(node, &asked));
        let handler = match node.member("do") {
            Some(list) => self.child(draft, list, Role::Handler, "catch/do", &handling),
            None => List::new(),
        };
        let then = match node.member("then") {
            Some(node) => self.then(node, draft),
            None => Some(Then::Continue),
        };
        self.jumps(draft.index, then);
        let with = node
            .member("errors")
            .map(|node| self.filter(node))
            .unwrap_or_default();
        let then = then.unwrap_or_default();
        Some(Catch {
            with,
            bind,
            when,
            except_when,
            retry,
            handler,
            then,
        })
    }

    fn filter(&mut self, node: &Node) -> ErrorFilter {
        if !self.keys(node, "`errors`", &["with"]) {
            return ErrorFilter::default();
        }
        let Some(with) = node.member("with") else {
            return ErrorFilter::default();
        };
        if !self.keys(with, "`errors.with`", &ERROR_KEYS) {
            return ErrorFilter::default();
        }
        for name in ERROR_KEYS {
            let Some(member) = with.member(name) else {
                continue;
            };
            if member.text().is_some_and(|text| text.contains("${")) {
                let message = format!("`{name}` of a filter cannot be an expression");
                let help = "put the condition in `catch.when`";
                self.refuse(Diagnostic::error(member.at, "wrong-type", message).help(help));
            }
        }
        let mut text = |name: &str| self.text_member(with, name).map(str::to_owned);
        let (kind, title) = (text("type"), text("title"));
        let (detail, instance) = (text("detail"), text("instance"));
        let status = with.member("status").and_then(|node| self.status(node));
        ErrorFilter {
            kind,
            status,
            title,
            detail,
            instance,
        }
    }
}
