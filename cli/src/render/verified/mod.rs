//! What `baton verify` found, for people: one sentence, the causes, then a table of all that struck.

mod pairs;
mod table;

use super::line::{self, Line, wrap};
use super::{Look, count, plain, style};
use crate::command::verify::Verified;
use anstyle::Style;
use baton_engine::explore::{CauseKind, Counts, Ending, Finding, Struck};
use baton_engine::workflow::{TaskIndex, Workflow};

/// Where there is no terminal to fit.
const WIDTH: usize = 100;
/// Lines no longer than eyes like, however wide the terminal.
const WIDEST: usize = 120;

/// All of it.
pub fn text(one: &Verified, look: &Look) -> String {
    let width = look.width.unwrap_or(WIDTH).clamp(40, WIDEST);
    let mut lines = head(one, look, width);
    for found in &one.report.findings {
        lines.push(Line::default());
        lines.extend(finding(one, found, look, width));
    }
    lines.push(Line::default());
    lines.extend(table::lines(one, look, width));
    lines.extend(pairs::lines(one, look, width));
    lines.push(Line::default());
    lines.extend(foot(one, width));
    line::text(&lines, look.color)
}

/// `shop/order@1.0.0`, and whether anything can be left standing.
fn head(one: &Verified, look: &Look, width: usize) -> Vec<Line> {
    let mut title = Line::of(style::STRONG, one.workflow.name.to_string());
    title.push(style::PLAIN, format!("@{}  ", one.workflow.version));
    title.push(style::DIM, plain(&one.file));
    let (style, sign) = if one.is_clean() {
        (style::GOOD, look.sign("✔", "ok"))
    } else {
        (style::BAD, look.sign("✖", "x"))
    };
    let mut lines = vec![title];
    for (n, piece) in wrap(&sentence(one), width - 2).into_iter().enumerate() {
        let mut told = Line::of(style, if n == 0 { sign } else { "" });
        told.pad(sign.chars().count() + 1);
        told.push(style::STRONG, piece);
        lines.push(told);
    }
    if let Some(why) = &one.report.failure {
        let ends = ends(&one.report.undisturbed);
        let note = format!("With nothing going wrong it ends {ends}: {}", plain(why));
        lines.extend(indented(&note, style::UNDONE, "", width));
    }
    lines
}

/// Whether anything can be left standing.
fn sentence(one: &Verified) -> String {
    let holes: Vec<&Finding> = one.report.holes(&one.accepted).collect();
    let left: Vec<TaskIndex> = tasks(&holes, |found| !found.ending.is_hopeless());
    let stuck: Vec<TaskIndex> = tasks(&holes, |found| found.ending.is_hopeless());
    let workflow = &one.workflow;
    let unless = if doubts_an_undoing(one) {
        ", unless a doubt below is right"
    } else {
        ""
    };
    match (holes.is_empty(), left.is_empty(), stuck.is_empty()) {
        (true, ..) if one.accepted.is_empty() => format!("Nothing can be left standing{unless}."),
        (true, ..) => {
            let accepted: Vec<TaskIndex> = one.accepted.iter().copied().collect();
            let accepted = names(workflow, &accepted);
            format!("Nothing can be left standing but what was accepted: {accepted}{unless}.")
        }
        (_, false, true) => {
            format!(
                "An effect can be left standing: {}.",
                names(workflow, &left)
            )
        }
        (_, true, false) => format!("It can be held for ever: {}.", names(workflow, &stuck)),
        (_, false, false) => format!(
            "An effect can be left standing: {}. It can be held for ever: {}.",
            names(workflow, &left),
            names(workflow, &stuck)
        ),
        (_, true, true) => "It does not always end as it should.".to_owned(),
    }
}

/// Of what only a look into the service can tell, an undoing that goes by what is undone already.
fn doubts_an_undoing(one: &Verified) -> bool {
    let mut findings = one.report.findings.iter();
    findings.any(|found| found.cause.kind == CauseKind::ReadsUndone)
}

fn tasks(holes: &[&Finding], which: impl Fn(&Finding) -> bool) -> Vec<TaskIndex> {
    let mut tasks: Vec<TaskIndex> = holes
        .iter()
        .filter(|found| which(found))
        .filter_map(|found| found.cause.task)
        .collect();
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}

/// `order.yaml:58 confirm has no …`, a run that shows it, and what to do.
fn finding(one: &Verified, found: &Finding, look: &Look, width: usize) -> Vec<Line> {
    let accepted = found.is_accepted(&one.accepted);
    let (style, label) = match (found.cause.kind.is_hole(), accepted) {
        (true, false) => (style::BAD, "hole"),
        (true, true) => (style::DIM, "accepted"),
        (false, _) => (style::UNDONE, "doubt"),
    };
    let place = format!("{}:{}", plain(&one.file), found.cause.line);
    let mut first = Line::of(style, label);
    first.push(style::PLAIN, "  ");
    first.push(style::STRONG, place);
    let mut lines = vec![first];
    lines.extend(indented(
        &plain(&found.cause.message),
        style::PLAIN,
        "",
        width,
    ));
    if !found.struck.is_empty() {
        let runs = count(usize::try_from(found.runs).unwrap_or(usize::MAX), "run");
        let arrow = look.sign("→", "->");
        let struck = struck(&one.workflow, &found.struck);
        let shown = format!("{runs}, as: {struck} {arrow} {}", ends(&found.ending));
        lines.extend(indented(&shown, style::DIM, "", width));
    }
    lines.extend(indented(&found.cause.help, style::BUSY, "help: ", width));
    lines
}

fn indented(text: &str, style: Style, label: &str, width: usize) -> Vec<Line> {
    let room = width.saturating_sub(2 + label.len());
    let pieces = wrap(text, room).into_iter().enumerate();
    pieces
        .map(|(n, piece)| {
            let lead = if n == 0 {
                label.to_owned()
            } else {
                " ".repeat(label.len())
            };
            let mut line = Line::of(style::PLAIN, "  ");
            line.push(style, lead);
            line.push(
                if label.is_empty() {
                    style
                } else {
                    style::PLAIN
                },
                piece,
            );
            line
        })
        .collect()
}

/// What was done, what is assumed, and what was not looked at.
fn foot(one: &Verified, width: usize) -> Vec<Line> {
    let report = &one.report;
    let mut said = vec![struck_in_all("one at a time", report.counts)];
    said.extend(
        report
            .paired
            .map(|counts| struck_in_all("two in one run", counts)),
    );
    if report.cut {
        said.push("A task that comes up more often was struck the first 3 times.".to_owned());
    }
    if !report.unreached.is_empty() {
        said.push(format!(
            "Never called with these answers and this input, so not verified: {}.",
            names(&one.workflow, &report.unreached)
        ));
    }
    if report.rows.iter().any(|row| row.ending.retried.is_some()) {
        said.push(
            "Held: a dead letter waits for a person. Then: after `baton dlq retry`.".to_owned(),
        );
    }
    said.push(
        "Assumed: services honour the key (docs/service-contract.md). Beyond anybody but the service: a \
         call that lands after its undoing and whose answer is lost; a tombstone prevents it."
            .to_owned(),
    );
    let lines = said.iter().flat_map(|text| wrap(text, width));
    lines.map(|text| Line::of(style::DIM, text)).collect()
}

fn struck_in_all(how: &str, counts: Counts) -> String {
    let faults = count(
        usize::try_from(counts.faults).unwrap_or(usize::MAX),
        "fault",
    );
    let points = count(
        usize::try_from(counts.points).unwrap_or(usize::MAX),
        "point",
    );
    format!("{faults} at {points}, {how}.")
}

/// How a run ends: `compensated`, `held, then compensated`, `held for ever`.
pub fn ends(ending: &Ending) -> String {
    let trouble = ending.trouble.is_some();
    match &ending.retried {
        _ if trouble => "never ends".to_owned(),
        _ if ending.is_hopeless() => "held for ever".to_owned(),
        Some(after) => format!("held, then {}", after.status.word()),
        None => ending.status.word().to_owned(),
    }
}

/// `reserveStock, bookShipment`
pub fn names(workflow: &Workflow, tasks: &[TaskIndex]) -> String {
    let names = tasks.iter().map(|task| plain(&workflow.task(*task).name));
    names.collect::<Vec<_>>().join(", ")
}

/// A task's name; what strikes where none is at work strikes the saga.
pub fn whose(workflow: &Workflow, task: Option<TaskIndex>) -> String {
    task.map_or_else(|| "the saga".to_owned(), |task| names(workflow, &[task]))
}

/// `undoing of reserveStock never answers, then …`
pub fn struck(workflow: &Workflow, struck: &[Struck]) -> String {
    let each = struck.iter().map(|struck| {
        let task = whose(workflow, struck.task);
        let undo = if struck.undo { "undoing of " } else { "" };
        format!("{undo}{task}: {}", struck.fault.words())
    });
    each.collect::<Vec<_>>().join(", then ")
}
