//! The root of a workflow: `document`, `input`, `output`, `use`, `timeout`, `saga`, and the main list.

use super::Diagnostic;
use super::reader::{Area, Reader, Role, Scope, User};
use super::task::Owner;
use super::tree::{Data, Node, Place};
use crate::workflow::{List, OnError, SagaRules, Shape, Time, WorkflowName};
use baton_shared::RetryPolicy;

/// The root but its tasks.
pub(super) struct Root {
    pub(super) head: Option<Head>,
    pub(super) main: List,
    pub(super) input: Shape,
    pub(super) output: Shape,
    pub(super) timeout: Option<Time>,
    pub(super) saga: SagaRules,
}

pub(super) struct Head {
    pub(super) name: WorkflowName,
    pub(super) version: String,
    pub(super) title: Option<String>,
}

const KEYS: [&str; 9] = [
    "document", "do", "input", "output", "use", "timeout", "schedule", "evaluate", "saga",
];
const HEAD_KEYS: [&str; 8] = [
    "dsl",
    "namespace",
    "name",
    "version",
    "title",
    "summary",
    "tags",
    "metadata",
];

impl Reader<'_> {
    pub(super) fn root(&mut self, root: &Node) -> Option<Root> {
        if !self.keys(root, "the workflow", &KEYS) {
            return None;
        }
        let head = match root.member("document") {
            Some(node) => self.head(node),
            None => {
                self.missing(Place::START, "the workflow", "document");
                None
            }
        };
        if let Some(uses) = root.member("use") {
            self.read_uses(uses);
        }
        self.not_built_here(root);
        let start = Scope::base(User::Start);
        let input = self.shape(root, "input", "from", &start);
        let timeout = root
            .member("timeout")
            .and_then(|node| self.timeout(node, &start));
        let main = match root.member("do") {
            Some(node) => {
                let owner = Owner {
                    task: None,
                    role: Role::Main,
                    pointer: "/do".to_owned(),
                };
                self.list(node, owner, &start)
            }
            None => {
                self.missing(Place::START, "the workflow", "do");
                List::new()
            }
        };
        let saga = self.saga(root.member("saga"));
        let end = Scope::base(User::End);
        let output = self.shape(root, "output", "as", &end);
        Some(Root {
            head,
            main,
            input,
            output,
            timeout,
            saga,
        })
    }

    fn head(&mut self, node: &Node) -> Option<Head> {
        if !self.keys(node, "`document`", &HEAD_KEYS) {
            return None;
        }
        let mut required = |name: &str, fits: fn(&str) -> bool, wanted: &str| {
            if node.member(name).is_none() {
                self.missing(node.at, "`document`", name);
            }
            let text = self.text_member(node, name)?;
            if fits(text) {
                return Some(text.to_owned());
            }
            let at = node.member(name).map_or(node.at, |member| member.at);
            self.error(
                at,
                "document",
                format!("`{name}` must be {wanted}; found `{text}`"),
            );
            None
        };
        let dsl = required("dsl", is_dsl, "a version 1.x of the language, as '1.0.3'");
        let label = "a DNS label: up to 63 small letters, digits and `-`, not first or last";
        let namespace = required("namespace", is_label, label);
        let name = required("name", is_label, label);
        let version = required("version", is_semver, "a semantic version, as '1.0.0'");
        let title = self.text_member(node, "title").map(str::to_owned);
        self.text_member(node, "summary");
        let (_, namespace, name) = (dsl?, namespace?, name?);
        let name = WorkflowName {
            namespace: namespace.into(),
            name: name.into(),
        };
        Some(Head {
            name,
            version: version?,
            title,
        })
    }

    fn not_built_here(&mut self, root: &Node) {
        let members = root.map().unwrap_or_default();
        if let Some((key, _)) = members.iter().find(|(key, _)| key.name == "schedule") {
            let help = "start sagas from outside: `baton submit`, or POST to the orchestrator";
            self.refuse(
                Diagnostic::error(key.at, "not-built", "`schedule` is not built yet").help(help),
            );
        }
        let Some(evaluate) = root.member("evaluate") else {
            return;
        };
        self.keys(evaluate, "`evaluate`", &["language", "mode"]);
        for (name, only) in [("language", "jq"), ("mode", "strict")] {
            let Some(found) = self.text_member(evaluate, name) else {
                continue;
            };
            if found != only {
                let at = evaluate.member(name).map_or(evaluate.at, |node| node.at);
                let message =
                    format!("`evaluate.{name}: {found}` is not built yet; Baton reads `{only}`");
                self.error(at, "not-built", message);
            }
        }
    }

    /// `input`, `output` or `export` of a task or of the workflow. `form` is `from` or `as`.
    pub(super) fn shape(&mut self, owner: &Node, key: &str, form: &str, scope: &Scope) -> Shape {
        let Some(node) = owner.member(key) else {
            return Shape::default();
        };
        if !self.keys(node, &format!("`{key}`"), &["schema", form]) {
            return Shape::default();
        }
        Shape {
            form: node
                .member(form)
                .and_then(|node| self.template(node, scope, true)),
            schema: node.member("schema").and_then(|node| self.schema(node)),
        }
    }

    fn saga(&mut self, node: Option<&Node>) -> SagaRules {
        let mut rules = SagaRules {
            on_failure: List::new(),
            on_error: OnError::default(),
            retry: None,
        };
        let Some(node) = node else { return rules };
        if !self.keys(node, "`saga`", &["onFailure", "compensation"]) {
            return rules;
        }
        if let Some(compensation) = node.member("compensation")
            && self.keys(compensation, "`saga.compensation`", &["onError", "retry"])
        {
            rules.on_error = self.on_error(compensation);
            rules.retry = self.compensation_retry(compensation);
        }
        if let Some(list) = node.member("onFailure") {
            let mut scope = Scope::base(User::End).with("error");
            scope.area = Area::OnFailure;
            let pointer = "/saga/onFailure".to_owned();
            let owner = Owner {
                task: None,
                role: Role::OnFailure,
                pointer,
            };
            rules.on_failure = self.list(list, owner, &scope);
        }
        rules
    }

    fn compensation_retry(&mut self, compensation: &Node) -> Option<RetryPolicy> {
        let node = compensation.member("retry")?;
        self.task_retry(node, &Scope::base(User::End))
    }

    fn on_error(&mut self, compensation: &Node) -> OnError {
        let Some(node) = compensation.member("onError") else {
            return OnError::default();
        };
        match &node.data {
            Data::Text(text) if text.value == "hold" => OnError::Hold,
            Data::Text(text) if text.value == "continue" => OnError::Continue,
            other => {
                let park = matches!(other, Data::Text(text) if text.value == "park");
                let diagnostic = Diagnostic::error(
                    node.at,
                    "wrong-value",
                    "`onError` must be `hold` or `continue`",
                );
                self.refuse(if park {
                    diagnostic.help("did you mean `hold`?")
                } else {
                    diagnostic
                });
                OnError::default()
            }
        }
    }
}

fn is_dsl(text: &str) -> bool {
    text.starts_with("1.") && is_semver(text)
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// `1.2.3`, `1.2.3-rc.1+build`.
fn is_semver(text: &str) -> bool {
    let identifiers = |text: &str| {
        text.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    let number = |part: &str| {
        !part.is_empty()
            && part.len() <= 18
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let (rest, build) = text
        .split_once('+')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, pre) = rest
        .split_once('-')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    text.len() <= 128
        && core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(identifiers)
        && build.is_none_or(identifiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_labels() {
        for good in ["1.0.0", "0.1.0", "10.20.30-rc.1+b-7", "1.0.0-alpha6.3"] {
            assert!(is_semver(good), "{good}");
        }
        for bad in [
            "1", "1.0", "1.0.0.0", "01.0.0", "1.0.x", "", "1.0.0-", "v1.0.0",
        ] {
            assert!(!is_semver(bad), "{bad}");
        }
        assert!(is_label("order-saga2") && is_label("2"));
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", &"x".repeat(64)] {
            assert!(!is_label(bad), "{bad}");
        }
    }
}
