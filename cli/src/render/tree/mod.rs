//! A saga as a tree: the face of the product.
//!
//! ```text
//!   order-1001  shop/order@1.0.0  compensated  1.24s
//!   ├─ ✔ reserveStock      inventory.reserve    12ms
//!   ├─ ✖ bookShipment      shipping.book         8ms   rejected 422: no carrier serves Atlantis
//!   ╰─ undone in reverse
//!      ├─ ↶ bookShipment   shipping.cancel       6ms   nothing to undo (404)
//!      ╰─ ↶ reserveStock   inventory.release     5ms
//! ```
//!
//! [`pick`] chooses what of a long saga is shown, [`grow`] makes the tree, [`row`] says what a step
//! says, [`lay`] makes lines of it.

mod grow;
mod lay;
mod pick;
mod row;
mod siblings;

pub use row::{quoted, words};

use super::line::{self, Line};
use super::{Look, count, is_final, plain, status_style, status_word, style, time};
use baton_engine::saga::Status;
use baton_engine::saga::view::{SagaView, StepStatus, StepView};
use baton_shared::Problem;

/// The tree as text, every line ended.
pub fn tree(view: &SagaView, look: &Look) -> String {
    line::text(&lines(view, look), look.color)
}

/// The tree's lines. With [`Look::width`], only names can make one wider.
pub fn lines(view: &SagaView, look: &Look) -> Vec<Line> {
    let picked = pick::picked(view, look.all);
    let shown = picked.iter().filter(|shown| **shown).count();
    let mut lines = vec![head(view, look)];
    lines.extend(lay::lay(view, &grow::grow(view, &picked), look));
    lines.extend(foot(view, shown, look));
    lines
}

fn head(view: &SagaView, look: &Look) -> Line {
    let word = status_word(view.status);
    let mut line = Line::of(style::STRONG, view.id.as_str());
    line.push(style::PLAIN, "  ");
    line.push(
        style::PLAIN,
        plain(&format!("{}@{}", view.workflow, view.version)),
    );
    line.push(style::PLAIN, "  ");
    line.push(status_style(word).bold(), word);
    if view.paused {
        line.push(style::HELD, " (paused)");
    }
    if let Some(took) = took(view, look) {
        line.push(style::PLAIN, "  ");
        line.push(style::DIM, took);
    }
    line
}

/// From the submission to the end, or to now.
fn took(view: &SagaView, look: &Look) -> Option<String> {
    let from = time::parse(&view.created_at)?;
    Some(if is_final(view.status) {
        time::span(time::parse(&view.updated_at)?.since(from))
    } else {
        time::counting(look.now.since(from))
    })
}

/// What concerns the saga as a whole.
fn foot(view: &SagaView, shown: usize, look: &Look) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |style, text: String| lines.push(Line::of(style, text));
    let missing = view.steps_total.max(view.steps.len()) - shown;
    if missing > 0 {
        let steps = count(missing, "step");
        let show = row::quoted(view.id.as_str());
        say(
            style::DIM,
            format!("{steps} not shown: `baton show {show} --all` shows all"),
        );
    }
    if let Some(error) = &view.error
        && !view.steps.iter().any(|step| is_same(step, error))
    {
        say(style::BAD, format!("error: {}", row::said(error)));
    }
    if !view.standing.is_empty() {
        say(
            style::BAD,
            format!("left standing: {}", listed(&view.standing)),
        );
    }
    if !view.maybe.is_empty() {
        let steps = listed(&view.maybe);
        say(
            style::BAD,
            format!("may have happened, and nothing undoes it: {steps}"),
        );
    }
    if view.late > 0 {
        let late = match view.late {
            1 => "a success came late and was undone again".to_owned(),
            late => format!("{late} successes came late and were undone again"),
        };
        say(style::DIM, late);
    }
    if view.overdue {
        say(
            style::UNDONE,
            "overdue: its timeout passed after the pivot".into(),
        );
    }
    if let Some(pending) = &view.pending {
        let pending = plain(pending);
        say(
            style::UNDONE,
            format!("pending until the pivot has decided: {pending}"),
        );
    }
    if view.paused && !is_final(view.status) {
        let arrow = look.sign("→", "->");
        say(style::HELD, format!("{arrow} baton resume {}", view.id));
    }
    lines
}

/// What to type for a saga that waits for a person.
pub fn advice(view: &SagaView) -> Vec<String> {
    let held = view.steps.iter();
    let held: Vec<&StepView> = held
        .filter(|step| step.status == StepStatus::Held)
        .collect();
    let saga = row::quoted(view.id.as_str());
    let mut advice = Vec::new();
    match (view.status, &held[..]) {
        (Status::Suspended, [step]) => {
            let letter = row::quoted(&format!("{}/{}", view.id, step.name));
            advice.push(format!(
                "`{}` waits for a person: `baton dlq show {letter}` says what can be done",
                plain(&step.name)
            ));
        }
        (Status::Suspended, [_, _, ..]) => advice.push(format!(
            "{} steps wait for a person: `baton dlq list --saga {saga}` lists them",
            held.len()
        )),
        _ => {}
    }
    if view.paused && !is_final(view.status) {
        advice.push(format!(
            "{saga} is paused: `baton resume {saga}` lets it go on"
        ));
    }
    advice
}

/// The step says already what the saga would say.
fn is_same(step: &StepView, error: &Problem) -> bool {
    let same = |own: &Problem| {
        (own.status, &own.title, &own.detail) == (error.status, &error.title, &error.detail)
    };
    step.error.as_ref().is_some_and(same)
}

fn listed(names: &[String]) -> String {
    plain(&names.join(", "))
}

/// A step in one line without colours, for logs.
pub fn one_line(view: &SagaView, step: &StepView, look: &Look) -> String {
    row::one_line(view, step, look)
}
