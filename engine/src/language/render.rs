//! Diagnostics as people read them in a terminal.

use super::{Diagnostic, Severity};
use std::fmt::Write;

/// Characters of a source line that are shown; longer ones are cut around the fault.
const WIDTH: usize = 120;

struct Style {
    error: &'static str,
    warning: &'static str,
    bold: &'static str,
    frame: &'static str,
    reset: &'static str,
}

const COLOR: Style = Style {
    error: "\u{1b}[1;31m",
    warning: "\u{1b}[1;33m",
    bold: "\u{1b}[1m",
    frame: "\u{1b}[1;34m",
    reset: "\u{1b}[0m",
};
const PLAIN: Style = Style {
    error: "",
    warning: "",
    bold: "",
    frame: "",
    reset: "",
};

/// Every diagnostic with the line it is about, in the manner of rustc. `color` adds ANSI escapes.
/// Control characters of the source are shown as `\u{fffd}`, so that no text can move the cursor.
pub fn render(diagnostics: &[Diagnostic], source: &str, file_name: &str, color: bool) -> String {
    let style = if color { &COLOR } else { &PLAIN };
    let lines: Vec<&str> = source.lines().collect();
    let shown = diagnostics
        .iter()
        .map(|diagnostic| one(diagnostic, &lines, file_name, style));
    shown.collect::<Vec<_>>().join("\n")
}

fn one(diagnostic: &Diagnostic, lines: &[&str], file_name: &str, style: &Style) -> String {
    let Style {
        bold, frame, reset, ..
    } = style;
    let (word, mark) = match diagnostic.severity {
        Severity::Error => ("error", style.error),
        Severity::Warning => ("warning", style.warning),
    };
    let Diagnostic { line, column, .. } = diagnostic;
    let width = line.to_string().len();
    let (code, message) = (diagnostic.code, clean(&diagnostic.message));
    let mut text = format!(
        "{mark}{word}[{code}]{reset}{bold}: {message}{reset}\n\
         {:width$}{frame}-->{reset} {file_name}:{line}:{column}\n",
        ""
    );
    let help = diagnostic.help.as_deref().map(clean);
    let source = line.checked_sub(1).and_then(|index| lines.get(index));
    // `write!` to a String cannot fail.
    let _ = match source {
        Some(source) => {
            let (source, before, length) = excerpt(source, *column, diagnostic.length);
            let marks = "^".repeat(length);
            let help = help.map(|help| format!(" {help}")).unwrap_or_default();
            writeln!(
                text,
                "{:width$} {frame}|{reset}\n{frame}{line} |{reset} {source}\n\
                 {:width$} {frame}|{reset} {before}{mark}{marks}{help}{reset}",
                "", ""
            )
        }
        None => help.map_or(Ok(()), |help| {
            writeln!(text, "{:width$} = help: {help}", "")
        }),
    };
    text
}

/// The part of a line around its fault, what indents the marks below it, and how many marks there are.
fn excerpt(line: &str, column: usize, length: usize) -> (String, String, usize) {
    let start = column.saturating_sub(1);
    let cut = if start + length.min(WIDTH / 2) > WIDTH {
        start - WIDTH / 4
    } else {
        0
    };
    let kept: Vec<char> = line.chars().skip(cut).take(WIDTH).collect();
    let more = line.chars().nth(cut + WIDTH).is_some();
    let mut shown = if cut > 0 {
        "…".to_owned()
    } else {
        String::new()
    };
    shown.push_str(&clean(&kept.iter().collect::<String>()));
    if more {
        shown.push('…');
    }
    let place = (start - cut).min(kept.len());
    let mut before = if cut > 0 {
        " ".to_owned()
    } else {
        String::new()
    };
    before.extend(
        kept[..place]
            .iter()
            .map(|c| if *c == '\t' { '\t' } else { ' ' }),
    );
    before.extend(std::iter::repeat_n(' ', (start - cut) - place));
    let room = kept.len().saturating_sub(place).max(1);
    (shown, before, length.clamp(1, room))
}

/// Without characters that a terminal obeys or that turn the direction of the text.
fn clean(text: &str) -> String {
    let obeyed = |c: char| {
        (c.is_control() && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if obeyed(c) { '\u{fffd}' } else { c })
        .collect()
}
