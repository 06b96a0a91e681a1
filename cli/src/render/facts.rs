//! A few named values, one a line.

use super::line::{self, Line, wrap};
use super::{Look, plain, style};

/// Names at the left, values lined up beside them, long ones wrapped on a terminal.
#[derive(Debug, Default)]
pub struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// A value; nothing where it is empty.
    pub fn put(&mut self, name: &'static str, value: impl AsRef<str>) {
        let value = plain(value.as_ref());
        if !value.is_empty() {
            self.0.push((name, value));
        }
    }

    pub fn text(&self, look: &Look) -> String {
        let names = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let start = names + 2;
        let room = look.width.map(|limit| limit.saturating_sub(start).max(20));
        let mut lines = Vec::new();
        for (name, value) in &self.0 {
            let mut line = Line::of(style::DIM, *name);
            for part in wrap(value, room.unwrap_or(usize::MAX)) {
                line.pad(start);
                line.push(style::PLAIN, part);
                lines.push(std::mem::take(&mut line));
            }
        }
        line::text(&lines, look.color)
    }
}
