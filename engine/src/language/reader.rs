//! What the readers of all parts share: the arena, the collected faults, and small readings.

use super::Diagnostic;
use super::nearest::did_you_mean;
use super::tree::{Data, Node, Place};
use super::uses::Uses;
use crate::expression::{StepsNamed, VARIABLES};
use crate::workflow::{Schema, Task, TaskIndex};
use baton_shared::catalogue::Catalogue;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// One reading of one text.
pub(super) struct Reader<'a> {
    pub(super) source: &'a str,
    pub(super) catalogue: &'a Catalogue,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Places are given out before the tasks are read; one that cannot be read stays empty.
    pub(super) tasks: Vec<Option<Task>>,
    /// Where each task stands; as long as `tasks`.
    pub(super) sites: Vec<Site>,
    pub(super) lists: Vec<ListSite>,
    /// The tasks that people named.
    pub(super) names: HashMap<String, TaskIndex>,
    /// `then`s whose task is not in their list.
    pub(super) lost: Vec<LostJump>,
    pub(super) mentions: Vec<Mention>,
    pub(super) steps: StepsNamed,
    /// How many were compiled.
    pub(super) expressions: usize,
    pub(super) uses: Uses,
    /// Input schemas of operations, compiled once.
    pub(super) operation_schemas: HashMap<String, Option<Arc<Schema>>>,
}

/// The place of a task among the others.
#[derive(Debug)]
pub(super) struct Site {
    /// Of its name.
    pub(super) key: Place,
    /// Of its `compensate` and its `pivot`, where it has them.
    pub(super) compensate: Option<Place>,
    pub(super) pivot: Option<Place>,
    /// Index into [`Reader::lists`].
    pub(super) list: usize,
    pub(super) position: usize,
    pub(super) flow: Flow,
}

/// Where a task may lead within its list.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// To the next one.
    pub(super) falls: bool,
    pub(super) jumps: Vec<usize>,
    /// Its `then` is broken: nothing is known.
    pub(super) anywhere: bool,
}

/// A list of tasks, and whose it is.
#[derive(Debug)]
pub(super) struct ListSite {
    pub(super) owner: Option<TaskIndex>,
    pub(super) role: Role,
    /// By position; empty where an entry is broken.
    pub(super) tasks: Vec<Option<TaskIndex>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Main,
    Do,
    ForBody,
    Branches,
    /// With `catch.retry` it runs again.
    TryBody {
        again: bool,
    },
    Handler,
    Compensation,
    OnFailure,
}

/// A `then` that names no task of its list.
pub(super) struct LostJump {
    pub(super) at: Place,
    pub(super) name: String,
    pub(super) siblings: Arc<[String]>,
}

/// An expression names `$steps.<name>`.
pub(super) struct Mention {
    pub(super) name: String,
    pub(super) at: Place,
    pub(super) user: User,
}

/// Who reads an output, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// Before the task's own children run.
    Before(TaskIndex),
    /// When they may have run.
    After(TaskIndex),
    /// Before any task.
    Start,
    /// After all tasks; or shared by many places.
    End,
}

/// What expressions at one place see, and in which surroundings tasks stand.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) variables: Vec<String>,
    pub(super) user: User,
    /// Lists around.
    pub(super) depth: usize,
    pub(super) in_fork: bool,
    pub(super) in_retried_try: bool,
    pub(super) area: Area,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Main,
    Compensation,
    OnFailure,
}

impl Scope {
    /// What every expression sees, where there is no output yet.
    pub(super) fn base(user: User) -> Self {
        let known = VARIABLES.iter().filter(|name| **name != "output");
        Self {
            variables: known.map(ToString::to_string).collect(),
            user,
            depth: 0,
            in_fork: false,
            in_retried_try: false,
            area: Area::Main,
        }
    }

    pub(super) fn with(&self, variable: &str) -> Self {
        let mut scope = self.clone();
        if !scope.variables.iter().any(|known| known == variable) {
            scope.variables.push(variable.to_owned());
        }
        scope
    }

    pub(super) fn without(&self, variable: &str) -> Self {
        let mut scope = self.clone();
        scope.variables.retain(|known| known != variable);
        scope
    }

    pub(super) fn of(&self, user: User) -> Self {
        Self {
            user,
            ..self.clone()
        }
    }

    /// Where children may have run.
    pub(super) fn after(&self) -> Self {
        let user = match self.user {
            User::Before(task) => User::After(task),
            other => other,
        };
        self.of(user)
    }

    /// Where the output is known.
    pub(super) fn with_output(&self) -> Self {
        self.after().with("output")
    }

    pub(super) fn nested(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: &'a str,
        catalogue: &'a Catalogue,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        Self {
            source,
            catalogue,
            diagnostics,
            tasks: Vec::new(),
            sites: Vec::new(),
            lists: Vec::new(),
            names: HashMap::new(),
            lost: Vec::new(),
            mentions: Vec::new(),
            steps: StepsNamed::Only(BTreeSet::new()),
            expressions: 0,
            uses: Uses::default(),
            operation_schemas: HashMap::new(),
        }
    }

    /// The tasks, if all could be read; the outputs that are named; the faults.
    pub(super) fn finish(self) -> (Option<Vec<Task>>, StepsNamed, Vec<Diagnostic>) {
        (
            self.tasks.into_iter().collect(),
            self.steps,
            self.diagnostics,
        )
    }
}

impl Reader<'_> {
    pub(super) fn error(&mut self, at: Place, code: &'static str, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(at, code, message));
    }

    pub(super) fn refuse(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// "`at` must be X; found Y".
    pub(super) fn mismatch(&mut self, node: &Node, name: &str, wanted: &str) {
        let message = format!("`{name}` must be {wanted}; found {}", node.shown());
        self.error(node.at, "wrong-type", message);
    }

    /// Reports what is no map, and keys that are none of `allowed`. `owner` begins the sentence.
    pub(super) fn keys(&mut self, node: &Node, owner: &str, allowed: &[&str]) -> bool {
        let Some(members) = node.map() else {
            let message = format!("{owner} must be a map; found {}", node.what());
            self.error(node.at, "wrong-type", message);
            return false;
        };
        for (key, _) in members {
            if allowed.contains(&key.name.as_str()) {
                continue;
            }
            let message = format!("{owner} has no key `{}`", key.name);
            let help = did_you_mean(&key.name, allowed.iter().copied()).unwrap_or_else(|| {
                let words: Vec<String> = allowed.iter().map(|word| format!("`{word}`")).collect();
                format!("it may have {}", words.join(", "))
            });
            self.refuse(Diagnostic::error(key.at, "unknown-key", message).help(help));
        }
        true
    }

    /// The text of a member that must be one.
    pub(super) fn text_member<'n>(&mut self, node: &'n Node, name: &str) -> Option<&'n str> {
        let member = node.member(name)?;
        if member.text().is_none() {
            let diagnostic = Diagnostic::error(
                member.at,
                "wrong-type",
                format!("`{name}` must be a text; found {}", member.what()),
            );
            let scalar = matches!(member.data, Data::Number(_) | Data::Bool(_));
            self.refuse(if scalar {
                diagnostic.help("put it in quotes")
            } else {
                diagnostic
            });
        }
        member.text()
    }

    pub(super) fn bool_member(&mut self, node: &Node, name: &str) -> Option<bool> {
        let member = node.member(name)?;
        if let Data::Bool(value) = member.data {
            return Some(value);
        }
        self.mismatch(member, name, "`true` or `false`");
        None
    }

    /// A whole number from 0.
    pub(super) fn count_member(&mut self, node: &Node, name: &str) -> Option<u64> {
        let member = node.member(name)?;
        match &member.data {
            Data::Number(number) if number.is_u64() => number.as_u64(),
            _ => {
                self.mismatch(member, name, "a whole number from 0");
                None
            }
        }
    }

    pub(super) fn missing(&mut self, at: Place, owner: &str, name: &str) {
        let message = format!("{owner} has no `{name}`, which it must have");
        self.error(at, "missing-key", message);
    }
}
