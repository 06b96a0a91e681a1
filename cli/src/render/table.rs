//! A table whose columns line up.

use super::line::{self, Line};
use super::{Look, style};
use anstyle::Style;

/// Between columns.
const GAP: usize = 2;

/// Rows under titles. The last column is cut where a terminal is too narrow.
#[derive(Debug)]
pub struct Table {
    titles: Vec<&'static str>,
    rows: Vec<Vec<(Style, String)>>,
}

impl Table {
    pub fn new(titles: &[&'static str]) -> Self {
        Self {
            titles: titles.to_vec(),
            rows: Vec::new(),
        }
    }

    /// One cell for each title.
    pub fn row<const N: usize>(&mut self, cells: [(Style, String); N]) {
        assert_eq!(N, self.titles.len(), "a cell for each title");
        self.rows.push(cells.into());
    }

    pub fn text(&self, look: &Look) -> String {
        let widths: Vec<usize> = (0..self.titles.len())
            .map(|at| {
                let cells = self.rows.iter().map(|row| line::width(&row[at].1));
                cells.max().unwrap_or(0).max(self.titles[at].len())
            })
            .collect();
        let titles = self
            .titles
            .iter()
            .map(|title| (style::DIM, (*title).to_owned()));
        let lines: Vec<Line> = std::iter::once(titles.collect::<Vec<_>>())
            .chain(self.rows.iter().cloned())
            .map(|cells| aligned(cells, &widths, look))
            .collect();
        line::text(&lines, look.color)
    }
}

fn aligned(cells: Vec<(Style, String)>, widths: &[usize], look: &Look) -> Line {
    let mut line = Line::default();
    let mut column = 0;
    for ((style, text), width) in cells.into_iter().zip(widths) {
        line.pad(column);
        line.push(style, text);
        column += width + GAP;
    }
    match look.width {
        Some(limit) => line.cut(limit, look.sign("…", "~")),
        None => line,
    }
}
