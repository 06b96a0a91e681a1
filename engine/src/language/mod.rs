//! Reads workflow YAML into a [`Workflow`], with every fault at its place.

use crate::workflow::Workflow;
use baton_shared::catalogue::Catalogue;

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

/// Reads and checks a workflow. All diagnostics at once: the workflow is there when none is an error.
pub fn read(_source: &str, _catalogue: &Catalogue) -> (Option<Workflow>, Vec<Diagnostic>) {
    unimplemented!()
}
