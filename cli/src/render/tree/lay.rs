//! From the tree to lines: guides at the left, columns that line up, long notes wrapped.

use super::grow::{Node, What};
use super::row::{Cells, cells};
use super::siblings::Siblings;
use crate::render::line::{Line, width, wrap};
use crate::render::{Look, count, is_final, plain, style};
use baton_engine::saga::view::{SagaView, StepKind, StepStatus};

/// A note gets its own lines where fewer columns than this are left beside the row.
const NOTE_MIN: usize = 28;

/// A row with what stands left of it.
struct Row {
    /// Left of the row itself.
    guide: String,
    /// Left of the lines that belong to it.
    rest: String,
    cells: Cells,
}

/// How wide each column is.
struct Columns {
    name: usize,
    operation: usize,
    time: usize,
}

/// All lines under the saga's own.
pub(super) fn lay(view: &SagaView, nodes: &Siblings<'_>, look: &Look) -> Vec<Line> {
    let mut rows = Vec::new();
    flatten(view, nodes, "", look, &mut rows);
    let columns = columns(&rows, look);
    rows.into_iter()
        .flat_map(|row| lines(row, &columns, look))
        .collect()
}

fn flatten(view: &SagaView, nodes: &Siblings<'_>, left: &str, look: &Look, rows: &mut Vec<Row>) {
    let nodes = nodes.iter();
    let last = nodes.len().saturating_sub(1);
    for (at, node) in nodes.enumerate() {
        let (branch, down) = if at == last {
            (look.sign("╰─ ", "`- "), "   ")
        } else {
            (look.sign("├─ ", "|- "), look.sign("│  ", "|  "))
        };
        let below = format!("{left}{down}");
        let inner = if node.children.is_empty() {
            ""
        } else {
            look.sign("│ ", "| ")
        };
        rows.push(Row {
            guide: format!("{left}{branch}"),
            rest: format!("{below}{inner}"),
            cells: match node.what {
                What::Step(step) => cells(view, step, look),
                What::Group(name) => title(style::STRONG, plain(name)),
                What::Undone { rollback } => {
                    title(style::UNDONE, undone(view, node, rollback).into())
                }
                What::Gap(steps) => title(
                    style::DIM,
                    format!("{} {}", look.sign("⋮", ":"), count(steps, "step")),
                ),
            },
        });
        flatten(view, &node.children, &below, look, rows);
    }
}

fn title(style: anstyle::Style, name: String) -> Cells {
    Cells {
        name: (style, name),
        ..Cells::default()
    }
}

fn undone(view: &SagaView, block: &Node<'_>, rollback: bool) -> &'static str {
    let quiet = block.children.iter().all(|node| match node.what {
        What::Step(step) => !matches!(
            step.status,
            StepStatus::Scheduled | StepStatus::Running | StepStatus::Held
        ),
        What::Group(_) | What::Undone { .. } | What::Gap(_) => true,
    });
    // Between two compensations of a rollback none is open, and it is not over.
    let goes_on = view
        .steps
        .last()
        .is_some_and(|step| step.kind == StepKind::Task);
    let over = quiet && (is_final(view.status) || goes_on || !rollback);
    match (over, rollback) {
        (true, true) => "undone in reverse",
        (true, false) => "undone before going on",
        (false, _) => "undoing in reverse",
    }
}

fn columns(rows: &[Row], look: &Look) -> Columns {
    let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let titled = |row: &Row| row.cells.sign.is_none();
    let mut columns = Columns {
        // Titles have nothing to their right, and need not line up.
        name: widest(&|row| {
            let own = width(&row.guide) + 2 + width(&row.cells.name.1);
            if titled(row) { 0 } else { own }
        }),
        operation: widest(&|row| width(&row.cells.operation)),
        time: widest(&|row| width(&row.cells.time)),
    };
    if look.width.is_some_and(|limit| columns.all() > limit) {
        columns.operation = 0;
    }
    columns
}

impl Columns {
    /// Columns of a row without its note.
    fn all(&self) -> usize {
        let beside = |width: usize| if width == 0 { 0 } else { width + 2 };
        self.name + beside(self.operation) + beside(self.time)
    }
}

fn lines(row: Row, columns: &Columns, look: &Look) -> Vec<Line> {
    let Row { guide, rest, cells } = row;
    let mut line = Line::of(style::DIM, guide);
    let indent = match cells.sign {
        Some((style, sign)) => {
            line.push(style, sign);
            line.push(style::PLAIN, " ");
            2
        }
        None => 0,
    };
    line.push(cells.name.0, cells.name.1);
    if columns.operation > 0 && !cells.operation.is_empty() {
        line.pad(columns.name + 2);
        line.push(style::DIM, cells.operation);
    }
    if columns.time > 0 && !cells.time.is_empty() {
        line.pad(columns.all() - width(&cells.time));
        line.push(style::PLAIN, cells.time);
    }
    let mut below = Line::of(style::DIM, rest);
    below.push(style::PLAIN, " ".repeat(indent));
    let mut lines = Vec::new();
    let (style, note) = cells.note;
    let start = columns.all() + 3;
    let room = look.width.map(|limit| limit.saturating_sub(start));
    if note.is_empty() {
        lines.push(line);
    } else if room.is_none_or(|room| room >= NOTE_MIN || room >= width(&note)) {
        for part in wrap(&note, room.unwrap_or(usize::MAX)) {
            line.pad(start);
            line.push(style, part);
            lines.push(std::mem::replace(&mut line, below.clone()));
        }
    } else {
        lines.push(line);
        lines.extend(hung(&below, style, &note, look));
    }
    for (style, text) in &cells.below {
        lines.extend(hung(&below, *style, text, look));
    }
    lines
}

/// A text under its row, wrapped.
fn hung(below: &Line, style: anstyle::Style, text: &str, look: &Look) -> Vec<Line> {
    let room = look.width.map(|limit| limit.saturating_sub(below.width()));
    let parts = wrap(text, room.unwrap_or(usize::MAX));
    let hang = |part: String| {
        let mut line = below.clone();
        line.push(style, part);
        line
    };
    parts.into_iter().map(hang).collect()
}
