//! The root key `use`: what tasks refer to by name.

use super::Diagnostic;
use super::call::Function;
use super::nearest::did_you_mean;
use super::reader::{Reader, Scope, User};
use super::tree::{Key, Node};
use crate::expression::Template;
use crate::workflow::{CatchRetry, Time};
use std::collections::{BTreeMap, BTreeSet};

/// By name; `None` is one that is there but broken, and was reported.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) errors: BTreeMap<String, Option<Template>>,
    pub(super) functions: BTreeMap<String, Option<Function>>,
    pub(super) retries: BTreeMap<String, Option<CatchRetry>>,
    pub(super) timeouts: BTreeMap<String, Option<Time>>,
    pub(super) secrets: BTreeSet<String>,
}

const KEYS: [&str; 8] = [
    "authentications",
    "catalogs",
    "errors",
    "extensions",
    "functions",
    "retries",
    "secrets",
    "timeouts",
];

impl Reader<'_> {
    pub(super) fn read_uses(&mut self, node: &Node) {
        if !self.keys(node, "`use`", &KEYS) {
            return;
        }
        for (key, instead) in [
            (
                "authentications",
                "give the service its `auth` in the service catalogue",
            ),
            ("catalogs", "describe the service in the service catalogue"),
            ("extensions", "put the tasks where they belong"),
        ] {
            if let Some((key, _)) = node
                .map()
                .into_iter()
                .flatten()
                .find(|(k, _)| k.name == key)
            {
                let message = format!("`use.{}` is not built yet", key.name);
                self.refuse(Diagnostic::error(key.at, "not-built", message).help(instead));
            }
        }
        if let Some(secrets) = node.member("secrets") {
            self.secrets(secrets);
        }
        // Shared by many places: what they name is known when the last of them runs.
        let scope = Scope::base(User::End).with("error");
        let timeouts = self.named(node, "timeouts", |reader, node, _| {
            reader.timeout(node, &scope)
        });
        self.uses.timeouts = timeouts;
        self.uses.retries = self.named(node, "retries", |reader, node, _| {
            reader.policy(node, &scope)
        });
        self.uses.errors = self.named(node, "errors", |reader, node, _| {
            reader.error_template(node, &scope)
        });
        self.uses.functions = self.named(node, "functions", Self::function);
    }

    fn named<T>(
        &mut self,
        uses: &Node,
        section: &str,
        mut read: impl FnMut(&mut Self, &Node, &Key) -> Option<T>,
    ) -> BTreeMap<String, Option<T>> {
        let Some(node) = uses.member(section) else {
            return BTreeMap::new();
        };
        let Some(members) = node.map() else {
            self.mismatch(node, section, "a map of names");
            return BTreeMap::new();
        };
        members
            .iter()
            .map(|(key, node)| (key.name.clone(), read(self, node, key)))
            .collect()
    }

    fn secrets(&mut self, node: &Node) {
        let Some(items) = node.list() else {
            self.mismatch(node, "secrets", "a list of names");
            return;
        };
        for item in items {
            match item.text() {
                Some(name) => {
                    self.uses.secrets.insert(name.to_owned());
                }
                None => self.mismatch(item, "secrets", "a list of names"),
            }
        }
    }

    /// `kind` is one of error, retry, timeout, secret.
    pub(super) fn unknown_use(&mut self, node: &Node, kind: &str, name: &str) {
        let (section, known): (&str, Vec<String>) = match kind {
            "error" => ("errors", self.uses.errors.keys().cloned().collect()),
            "retry" => ("retries", self.uses.retries.keys().cloned().collect()),
            "timeout" => ("timeouts", self.uses.timeouts.keys().cloned().collect()),
            _ => ("secrets", self.uses.secrets.iter().cloned().collect()),
        };
        let help = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(|| {
            if known.is_empty() {
                format!("there is no `use.{section}`")
            } else {
                format!("`use.{section}` has {}", known.join(", "))
            }
        });
        let code = match kind {
            "error" => "unknown-error",
            "retry" => "unknown-retry",
            "timeout" => "unknown-timeout",
            _ => "unknown-secret",
        };
        let message = format!("`use.{section}` has no `{name}`");
        self.refuse(Diagnostic::error(node.at, code, message).help(help));
    }
}
