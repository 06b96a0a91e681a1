//! What one step says of itself: its sign, its name, whom it called, how long, and what came of it.

use crate::render::{Look, plain, style, time};
use anstyle::Style;
use baton_engine::saga::view::{AttemptView, SagaView, StepKind, StepStatus, StepView};
use baton_shared::Problem;

/// The most letters of somebody else's words that a tree shows; `--json` has them all.
const WORDS_MAX: usize = 400;

/// The cells of one row.
#[derive(Debug, Default)]
pub(super) struct Cells {
    pub(super) sign: Option<(Style, &'static str)>,
    pub(super) name: (Style, String),
    pub(super) operation: String,
    pub(super) time: String,
    pub(super) note: (Style, String),
    /// Lines under the row: attempts, and what a person can type.
    pub(super) below: Vec<(Style, String)>,
}

/// The cells of a step.
pub(super) fn cells(view: &SagaView, step: &StepView, look: &Look) -> Cells {
    let mut below = Vec::new();
    if look.attempts && step.attempts.len() > 1 {
        below.extend(
            step.attempts
                .iter()
                .map(|attempt| attempt_line(attempt, look)),
        );
    }
    if step.status == StepStatus::Held {
        let arrow = look.sign("→", "->");
        let id = quoted(&format!("{}/{}", view.id, step.name));
        below.push((style::HELD, format!("{arrow} baton dlq retry {id}")));
    }
    Cells {
        sign: Some(sign(step, look)),
        name: (style::PLAIN, name(step)),
        operation: operation(step),
        time: took(step, look),
        note: note(step, look),
        below,
    }
}

/// Word for the shell: quoted where it would read more than a word.
pub fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_./:@".contains(c);
    if word.chars().all(safe) {
        plain(word)
    } else {
        format!("'{}'", plain(word).replace('\'', r"'\''"))
    }
}

fn name(step: &StepView) -> String {
    let Some(target) = &step.compensates else {
        return plain(&step.name);
    };
    // What stands after the step's own name: `:undo`, `:undo.1` in a later round, `:undo/task` for a
    // task of a compensation of several, `:undo[1]/task` in one that is a loop, `:late` for a pivot that
    // cannot be undone.
    let rest = step.name.strip_prefix(target.as_str()).unwrap_or_default();
    let (rest, inner) = match rest.find(['/', '[']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let slash = if inner.starts_with('[') { "/" } else { "" };
    let mark = if rest.contains(":undo.") {
        " (again)"
    } else if rest.ends_with(":late") {
        " (late)"
    } else {
        ""
    };
    plain(&format!("{target}{slash}{inner}{mark}"))
}

fn operation(step: &StepView) -> String {
    match (&step.service, &step.operation) {
        (Some(service), Some(operation)) if operation.starts_with(&format!("{service}.")) => {
            plain(operation)
        }
        (Some(service), Some(operation)) => plain(&format!("{service}.{operation}")),
        (Some(one), None) | (None, Some(one)) => plain(one),
        (None, None) => String::new(),
    }
}

/// Turns while it runs; the same length of turns at every speed of drawing is the caller's matter.
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SPINNER_ASCII: [&str; 4] = ["|", "/", "-", "\\"];

fn sign(step: &StepView, look: &Look) -> (Style, &'static str) {
    let undoes = step.kind == StepKind::Compensation;
    match step.status {
        StepStatus::Succeeded if undoes => (style::UNDONE, look.sign("↶", "<")),
        StepStatus::Succeeded => (style::GOOD, look.sign("✔", "+")),
        StepStatus::Rejected => (style::BAD, look.sign("✖", "x")),
        StepStatus::Unknown => (style::BAD, "?"),
        StepStatus::Skipped => (style::DIM, look.sign("↷", "-")),
        StepStatus::Held => (style::HELD, "!"),
        StepStatus::Scheduled if !step.attempts.is_empty() => (style::UNDONE, look.sign("↻", "~")),
        StepStatus::Scheduled => (style::DIM, look.sign("○", "o")),
        StepStatus::Running if waits(step) => (style::DIM, look.sign("○", "o")),
        StepStatus::Running => (style::BUSY, busy(look)),
    }
}

/// It calls nobody: time or an event moves it on.
fn waits(step: &StepView) -> bool {
    step.service.is_none() && step.attempts.is_empty()
}

fn busy(look: &Look) -> &'static str {
    match (look.frame, look.unicode) {
        (Some(frame), true) => SPINNER[frame % SPINNER.len()],
        (Some(frame), false) => SPINNER_ASCII[frame % SPINNER_ASCII.len()],
        (None, _) => look.sign("●", "*"),
    }
}

fn took(step: &StepView, look: &Look) -> String {
    if step.status == StepStatus::Scheduled {
        return String::new();
    }
    between(step.started_at.as_deref(), step.ended_at.as_deref(), look).unwrap_or_default()
}

fn between(from: Option<&str>, to: Option<&str>, look: &Look) -> Option<String> {
    let from = time::parse(from?)?;
    Some(match to.and_then(time::parse) {
        Some(to) => time::span(to.since(from)),
        None => time::counting(look.now.since(from)),
    })
}

fn note(step: &StepView, look: &Look) -> (Style, String) {
    let tries = step.attempts.len();
    let reason = step.reason.as_deref().map(words);
    match step.status {
        StepStatus::Succeeded => (style::DIM, succeeded(step)),
        StepStatus::Rejected | StepStatus::Unknown => {
            let mut note = failed(step.status, step.error.as_ref(), step.attempts.last());
            if waits(step) {
                // Nobody refused: the task itself says no.
                note = note.replacen("rejected", "failed", 1);
            }
            if tries > 1 {
                note = format!("{tries} attempts, {note}");
            }
            if let Some(reason) = reason {
                note = format!("{note}; {reason}");
            }
            (style::BAD, note)
        }
        StepStatus::Skipped => match reason {
            Some(stopped) if stopped.starts_with("stopped") => (style::DIM, stopped),
            reason => (style::DIM, with("skipped", reason)),
        },
        StepStatus::Held => (style::HELD, with("held", why_held(step, reason))),
        StepStatus::Running if waits(step) => (style::DIM, scheduled(step, look)),
        StepStatus::Running if tries > 1 => (style::DIM, format!("attempt {tries}")),
        StepStatus::Running => (style::DIM, reason.unwrap_or_default()),
        StepStatus::Scheduled => (style::DIM, scheduled(step, look)),
    }
}

/// Why it is held, and what went wrong where the reason does not say that itself.
fn why_held(step: &StepView, reason: Option<String>) -> Option<String> {
    let last = step.attempts.last();
    let error = step.error.as_ref().map(|error| {
        let failed_last = last.filter(|last| last.status != StepStatus::Succeeded);
        let words = failed_last.map(|last| failed(last.status, Some(error), Some(last)));
        (said(error), words.unwrap_or_else(|| said(error)))
    });
    match (reason, error) {
        (Some(reason), Some((bare, whole))) if !reason.contains(&bare) => {
            Some(format!("{reason}; {whole}"))
        }
        (Some(reason), _) => Some(reason),
        (None, error) => error.map(|(bare, _)| bare),
    }
}

fn succeeded(step: &StepView) -> String {
    let last = step.attempts.last().and_then(|attempt| attempt.http_status);
    match (step.kind, last, step.attempts.len()) {
        (StepKind::Compensation, Some(status @ 400..), _) => format!("nothing to undo ({status})"),
        (_, _, 0 | 1) => String::new(),
        (_, _, tries) => format!("{tries} attempts"),
    }
}

fn scheduled(step: &StepView, look: &Look) -> String {
    let due = step.due_at.as_deref().and_then(time::parse);
    let due = due.map(|due| time::until(due, look.now));
    match (due, step.attempts.last()) {
        (Some(due), Some(last)) => {
            let because = failed(last.status, last.error.as_ref(), Some(last));
            format!("retry {} {due}, after {because}", last.number + 1)
        }
        (Some(due), None) if waits(step) => format!("waits, goes on {due}"),
        (Some(due), None) => format!("starts {due}"),
        (None, _) if waits(step) => with("waits", step.reason.as_deref().map(words)),
        (None, _) => "scheduled".into(),
    }
}

/// `rejected 422: no carrier serves Atlantis`
fn failed(status: StepStatus, error: Option<&Problem>, last: Option<&AttemptView>) -> String {
    let word = match status {
        StepStatus::Rejected => "rejected",
        _ => "unknown",
    };
    // A call shows what the service answered, if it did; a `raise` shows the status it raised.
    let code = match (last, status) {
        (Some(attempt), _) => attempt.http_status,
        (None, StepStatus::Rejected) => error.map(|error| error.status),
        (None, _) => None,
    };
    let Some(code) = code else {
        return with(word, error.map(said));
    };
    // Without words of the service's own the problem begins with its status, which is said here.
    let number = format!("{code} ");
    let said = error.map(said);
    let because = said.map(|said| said.strip_prefix(&number).unwrap_or(&said).to_owned());
    with(&format!("{word} {code}"), because)
}

/// A problem's words, each once: no title that its status or its detail says already.
pub(super) fn said(problem: &Problem) -> String {
    let title = words(&problem.title);
    let Some(detail) = problem.detail.as_deref().map(words) else {
        return title;
    };
    let standard = http::StatusCode::from_u16(problem.status).ok();
    let standard = standard.and_then(|status| status.canonical_reason());
    let said = standard.is_some_and(|standard| standard.eq_ignore_ascii_case(&title))
        || detail.to_lowercase().contains(&title.to_lowercase());
    if said {
        detail
    } else {
        format!("{title}: {detail}")
    }
}

fn with(word: &str, because: Option<String>) -> String {
    match because {
        Some(because) if !because.is_empty() => format!("{word}: {because}"),
        _ => word.to_owned(),
    }
}

/// Somebody else's words on one line, and no more of them than a reader wants.
pub fn words(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(WORDS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// `1  04:00:01.120  8ms  rejected 503: overloaded`
fn attempt_line(attempt: &AttemptView, look: &Look) -> (Style, String) {
    let at = time::parse(&attempt.started_at);
    let at = at.map_or_else(|| plain(&attempt.started_at), time::clock);
    let took = between(Some(&attempt.started_at), attempt.ended_at.as_deref(), look);
    let what = match attempt.status {
        StepStatus::Succeeded => match attempt.http_status {
            Some(status) => format!("succeeded {status}"),
            None => "succeeded".to_owned(),
        },
        StepStatus::Rejected | StepStatus::Unknown => {
            failed(attempt.status, attempt.error.as_ref(), Some(attempt))
        }
        _ => "running".to_owned(),
    };
    let (number, took) = (attempt.number, took.unwrap_or_default());
    (style::DIM, format!("{number:>2}  {at}  {took:>6}  {what}"))
}

/// A step's cells in one plain line, for logs.
pub(super) fn one_line(view: &SagaView, step: &StepView, look: &Look) -> String {
    let cells = cells(view, step, look);
    let sign = cells.sign.map_or(" ", |(_, sign)| sign);
    let undo = match step.kind {
        StepKind::Compensation => "undo ",
        StepKind::Task => "",
    };
    let mut line = format!("{sign} {undo}{}", cells.name.1);
    for cell in [cells.operation, cells.time, cells.note.1] {
        if !cell.is_empty() {
            line.push_str("  ");
            line.push_str(&cell);
        }
    }
    line
}
