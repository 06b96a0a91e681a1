//! A workflow for tests from its tasks alone, and a catalogue of services that all look alike.

mod catalogue;

pub(crate) use catalogue::catalogue;

use baton_engine::language::{self, Severity};
use baton_engine::workflow::Workflow;

/// Reads the workflow whose root keys after `document` are `body`.
pub(crate) fn workflow(body: &str) -> Workflow {
    let source = format!(
        "document: {{ dsl: '1.0.3', namespace: test, name: story, version: '1.0.0' }}\n{body}"
    );
    let (workflow, diagnostics) = language::read(&source, &catalogue());
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    workflow
        .filter(|_| errors.is_empty())
        .unwrap_or_else(|| panic!("{source}\n{errors:#?}"))
}
