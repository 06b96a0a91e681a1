//! What is wrong with a workflow, at its place in the text.

use super::line::{self, Line};
use super::{Look, plain, style};
use baton_engine::language::{Diagnostic, Severity};
use serde_json::{Value, json};

/// One thing that is wrong, from our own check or from a server's answer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// `error` or `warning`.
    pub severity: String,
    pub code: String,
    pub message: String,
    pub help: Option<String>,
    /// From 1.
    pub line: usize,
    pub column: usize,
    /// Characters to underline; a server need not say it.
    #[serde(default = "one")]
    pub length: usize,
}

fn one() -> usize {
    1
}

impl From<&Diagnostic> for Finding {
    fn from(found: &Diagnostic) -> Self {
        Self {
            severity: match found.severity {
                Severity::Error => "error".into(),
                Severity::Warning => "warning".into(),
            },
            code: found.code.into(),
            message: found.message.clone(),
            help: found.help.clone(),
            line: found.line,
            column: found.column,
            length: found.length,
        }
    }
}

impl Finding {
    pub fn is_error(&self) -> bool {
        self.severity != "warning"
    }

    /// As `check --json` prints it.
    pub fn json(&self, file: &str) -> Value {
        json!({
            "file": file, "severity": self.severity, "code": self.code, "message": self.message,
            "help": self.help, "line": self.line, "column": self.column,
        })
    }
}

/// ```text
/// error[unknown-key]: `retries` is no key of a task
///   --> order.yaml:7:9
///   |
/// 7 |         retries: 3
///   |         ^^^^^^^
///   = help: write `retry`
/// ```
pub fn rendered(findings: &[Finding], source: &str, file: &str, look: &Look) -> String {
    findings
        .iter()
        .map(|found| line::text(&lines(found, source, file), look.color))
        .collect::<Vec<_>>()
        .join("\n")
}

fn lines(found: &Finding, source: &str, file: &str) -> Vec<Line> {
    let mark = if found.is_error() {
        style::BAD.bold()
    } else {
        style::UNDONE.bold()
    };
    let mut head = Line::of(
        mark,
        format!("{}[{}]", plain(&found.severity), plain(&found.code)),
    );
    head.push(style::STRONG, format!(": {}", plain(&found.message)));
    let number = found.line.to_string();
    let margin = " ".repeat(number.len());
    let place = format!("{}:{}:{}", plain(file), found.line, found.column);
    let mut lines = vec![head];
    let mut push = |left: String, style, right: String| {
        let mut line = Line::of(style::DIM, left);
        line.push(style, right);
        lines.push(line);
    };
    push(format!("{margin}--> "), style::PLAIN, place);
    if let Some(text) = source.lines().nth(found.line.wrapping_sub(1)) {
        // As many columns as the text before takes, also where letters are wide.
        let before: String = text.chars().take(found.column.saturating_sub(1)).collect();
        let left = text.chars().count().saturating_sub(before.chars().count());
        let under = "^".repeat(found.length.clamp(1, left.max(1)));
        push(format!("{margin} |"), style::PLAIN, String::new());
        push(format!("{number} | "), style::PLAIN, plain(text));
        let indent = " ".repeat(line::width(&plain_keeping(&before)));
        push(format!("{margin} | {indent}"), mark, under);
    }
    if let Some(help) = &found.help {
        push(format!("{margin} = help: "), style::PLAIN, plain(help));
    }
    lines
}

/// As [`plain`], with the spaces at the end.
fn plain_keeping(text: &str) -> String {
    let spaces = text.len() - text.trim_end().len();
    plain(text) + &" ".repeat(spaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_underlined() {
        let found = Finding {
            severity: "error".into(),
            code: "unknown-key".into(),
            message: "`retries` is no key of a task".into(),
            help: Some("write `retry`".into()),
            line: 3,
            column: 9,
            length: 7,
        };
        let look = Look {
            color: false,
            unicode: true,
            width: None,
            now: baton_shared::Timestamp(0),
            frame: None,
            attempts: false,
        };
        let source = "do:\n  - a:\n        retries: 3\n";
        let expected = "\
error[unknown-key]: `retries` is no key of a task
 --> order.yaml:3:9
  |
3 |         retries: 3
  |         ^^^^^^^
  = help: write `retry`
";
        assert_eq!(
            rendered(std::slice::from_ref(&found), source, "order.yaml", &look),
            expected
        );
        // A place outside the text has no line to show.
        let nowhere = Finding { line: 0, ..found };
        assert!(!rendered(&[nowhere], source, "order.yaml", &look).contains("^"));
    }
}
