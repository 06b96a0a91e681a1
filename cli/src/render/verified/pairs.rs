//! Two faults in one run that leave more than each alone: a line each, and no more than a person reads.

use super::super::{Look, count, style};
use super::{ends, indented, names, struck};
use crate::command::verify::Verified;
use crate::render::line::Line;
use baton_engine::explore::Row;

/// So many are shown; all are in the JSON.
const SHOWN: usize = 12;

pub(super) fn lines(one: &Verified, look: &Look, width: usize) -> Vec<Line> {
    let pairs = &one.report.pairs;
    if pairs.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        Line::default(),
        Line::of(style::DIM, "LEFT BY TWO IN ONE RUN, AND NOT BY ONE"),
    ];
    for row in pairs.iter().take(SHOWN) {
        lines.extend(indented(&told(one, row, look), style::PLAIN, "", width));
    }
    let more = pairs.len().saturating_sub(SHOWN);
    if more > 0 {
        let more = format!("and {} like these; --json has them all", count(more, "run"));
        lines.extend(indented(&more, style::DIM, "", width));
    }
    lines
}

/// `a: refused, then undoing of b: never answered → faulted, left standing: b`
fn told(one: &Verified, row: &Row, look: &Look) -> String {
    let arrow = look.sign("→", "->");
    let struck = struck(&one.workflow, &row.struck);
    let left = names(&one.workflow, row.ending.left());
    let left = if left.is_empty() {
        String::new()
    } else {
        format!(", left standing: {left}")
    };
    format!("{struck} {arrow} {}{left}", ends(&row.ending))
}
