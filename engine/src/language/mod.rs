//! Reads workflow YAML into a [`Workflow`], with every fault at its place.
//!
//! ```text
//!   text ── yaml ──► tree ── document, task, kind, call ──► arena of tasks ── reach, saga ──► Workflow
//!                      └─────────── every stage adds to one list of diagnostics ───────────┘
//! ```
//!
//! A fault never ends the reading, except one of the YAML itself: what can be read is read, so that a
//! person sees all that is wrong at once.

mod attempt;
mod call;
mod document;
pub(crate) mod doubts;
mod duration;
mod expression;
mod inline;
mod kind;
mod limits;
mod nearest;
pub(crate) mod need;
mod reach;
mod reader;
mod render;
mod retry;
mod saga;
mod schema;
mod task;
mod tree;
mod uses;
mod yaml;

pub use nearest::nearest;
pub use render::render;

use crate::workflow::Workflow;
use baton_shared::catalogue::Catalogue;
use reader::Reader;
use tree::Place;

/// One thing that is wrong, or doubtful, with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable, as `unknown-key`.
    pub code: &'static str,
    /// What was found and what was expected, in one sentence.
    pub message: String,
    /// What to do, often the nearest right word.
    pub help: Option<String>,
    /// From 1; columns count characters.
    pub line: usize,
    pub column: usize,
    /// How many characters to underline.
    pub length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

impl Diagnostic {
    fn new(severity: Severity, at: Place, code: &'static str, message: impl Into<String>) -> Self {
        let Place {
            line,
            column,
            length,
        } = at;
        Self {
            severity,
            code,
            message: message.into(),
            help: None,
            line,
            column,
            length,
        }
    }

    fn error(at: Place, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, at, code, message)
    }

    fn warning(at: Place, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, at, code, message)
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    fn maybe_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }
}

/// Reads and checks a workflow. All diagnostics at once, in the order of the source: the workflow is
/// there when none is an error.
pub fn read(source: &str, catalogue: &Catalogue) -> (Option<Workflow>, Vec<Diagnostic>) {
    if source.len() > limits::MAX_SOURCE {
        let message = format!(
            "the workflow has {} bytes; at most {} are read",
            source.len(),
            limits::MAX_SOURCE
        );
        return (
            None,
            vec![Diagnostic::error(Place::START, "limit", message)],
        );
    }
    let mut diagnostics = Vec::new();
    let tree = yaml::parse(source, &mut diagnostics);
    let mut reader = Reader::new(source, catalogue, diagnostics);
    let root = tree.and_then(|tree| reader.root(&tree));
    reader.report_lost_jumps();
    reader.check_mentions();
    reader.doubts();
    let (tasks, steps, diagnostics) = reader.finish();
    let sound = diagnostics.iter().all(|d| d.severity != Severity::Error);
    let workflow = root.zip(tasks).filter(|_| sound).and_then(|(root, tasks)| {
        let head = root.head?;
        Some(Workflow {
            name: head.name,
            version: head.version,
            title: head.title,
            tasks,
            main: root.main,
            input: root.input,
            output: root.output,
            timeout: root.timeout,
            saga: root.saga,
            steps_kept: steps,
            source: source.to_owned(),
        })
    });
    (workflow, sorted(diagnostics))
}

/// In the order of the source, each once, and not more than a person can use.
fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    // At one place errors come first.
    diagnostics.sort_by_key(|d| (d.line, d.column, std::cmp::Reverse(d.severity)));
    diagnostics.dedup();
    let more = diagnostics.len().saturating_sub(limits::MAX_DIAGNOSTICS);
    if more > 0 {
        let worst = diagnostics
            .iter()
            .map(|d| d.severity)
            .max()
            .unwrap_or(Severity::Error);
        diagnostics.truncate(limits::MAX_DIAGNOSTICS);
        let message = format!("{more} more faults are not shown");
        diagnostics.push(Diagnostic::new(worst, Place::START, "limit", message));
    }
    diagnostics
}
