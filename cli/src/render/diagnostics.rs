//! Diagnostics from a server's answer, rendered like our own, and our own as JSON.

use baton_engine::language::{self, Diagnostic, Severity};
use serde::Deserialize;
use serde_json::{Value, json};

/// A diagnostic in the members of the API.
#[derive(Debug, Deserialize)]
struct Sent {
    severity: String,
    code: String,
    message: String,
    help: Option<String>,
    line: usize,
    column: usize,
    #[serde(default)]
    length: usize,
}

/// The diagnostics under `name` in an answer; none where they are not as expected.
pub fn sent(answer: &Value, name: &str) -> Vec<Diagnostic> {
    let list = answer.get(name).cloned().unwrap_or_default();
    let list: Vec<Sent> = serde_json::from_value(list).unwrap_or_default();
    list.into_iter().map(Diagnostic::from).collect()
}

impl From<Sent> for Diagnostic {
    fn from(sent: Sent) -> Self {
        Self {
            severity: match sent.severity.as_str() {
                "warning" => Severity::Warning,
                _ => Severity::Error,
            },
            // A handful of codes, in a program that ends once it has shown them.
            code: Box::leak(super::plain(&sent.code).into_boxed_str()),
            message: sent.message,
            help: sent.help,
            line: sent.line,
            column: sent.column,
            length: sent.length.max(1),
        }
    }
}

/// As `check --json` prints one.
pub fn json(found: &Diagnostic, file: &str) -> Value {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "file": file, "severity": severity, "code": found.code, "message": found.message,
        "help": found.help, "line": found.line, "column": found.column, "length": found.length,
    })
}

/// How many of them are errors.
pub fn errors(diagnostics: &[Diagnostic]) -> usize {
    let errors = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error);
    errors.count()
}

/// Each at its place in the text, for people.
pub fn rendered(diagnostics: &[Diagnostic], source: &str, file: &str, color: bool) -> String {
    language::render(diagnostics, source, &super::plain(file), color)
}
