//! Everything pretty, and all of it pure: what the API answered becomes lines of text.

pub mod changes;
pub mod diagnostics;
pub mod facts;
pub mod line;
pub mod table;
pub mod time;
pub mod tree;
pub mod verified;

use anstyle::{AnsiColor, Style};
use baton_engine::saga::Status;
use baton_shared::Timestamp;

/// How to render.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub color: bool,
    /// Box drawing and signs; ASCII otherwise.
    pub unicode: bool,
    /// Columns to keep within, where there are such.
    pub width: Option<usize>,
    /// The moment against which times are told.
    pub now: Timestamp,
    /// The turn of the spinner, where lines are drawn again and again.
    pub frame: Option<usize>,
    /// Show every attempt under its step.
    pub attempts: bool,
    /// Show every step, however many there are.
    pub all: bool,
}

impl Look {
    /// Picks by what the terminal can show.
    pub fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}

/// The colours, by what they mean.
pub mod style {
    use super::{AnsiColor, Style};

    pub const PLAIN: Style = Style::new();
    pub const STRONG: Style = Style::new().bold();
    pub const DIM: Style = Style::new().dimmed();
    pub const GOOD: Style = AnsiColor::Green.on_default();
    pub const BAD: Style = AnsiColor::Red.on_default();
    pub const UNDONE: Style = AnsiColor::Yellow.on_default();
    pub const BUSY: Style = AnsiColor::Cyan.on_default();
    pub const HELD: Style = AnsiColor::Magenta.on_default().bold();
}

/// DESIGN's word for a status, and its colour.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Waiting => "waiting",
        Status::Compensating => "compensating",
        Status::Suspended => "suspended",
        Status::Completed => "completed",
        Status::Compensated => "compensated",
        Status::Faulted => "faulted",
        Status::Cancelled => "cancelled",
    }
}

/// The colour of a status word.
pub fn status_style(word: &str) -> Style {
    match word {
        "completed" => style::GOOD,
        "compensating" | "compensated" | "cancelled" => style::UNDONE,
        "faulted" => style::BAD,
        "suspended" => style::HELD,
        _ => style::BUSY,
    }
}

/// Nothing will change any more.
pub fn is_final(status: Status) -> bool {
    matches!(
        status,
        Status::Completed | Status::Compensated | Status::Faulted | Status::Cancelled
    )
}

/// One line that cannot steer a terminal: what services answer is shown here, and may be hostile.
pub fn plain(text: &str) -> String {
    let text = text.trim_end();
    let quiet = |c: char| match c {
        '\n' | '\t' => ' ',
        // Controls, and the marks that turn the direction of writing.
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            '\u{fffd}'
        }
        c => c,
    };
    text.chars().filter(|c| *c != '\r').map(quiet).collect()
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_steers_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\r\nc\td\n"), "a\u{fffd}[2Jb c d");
        assert_eq!(plain("abc\u{202e}cba"), "abc\u{fffd}cba");
        assert_eq!(plain("Köln 東京"), "Köln 東京");
    }
}
