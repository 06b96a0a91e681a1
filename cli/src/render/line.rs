//! A line of styled pieces: measured in columns, cut to fit, painted last.

use anstyle::Style;
use unicode_width::UnicodeWidthChar;

/// One line of text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(Vec<(Style, String)>);

impl Line {
    pub fn of(style: Style, text: impl Into<String>) -> Self {
        let mut line = Self::default();
        line.push(style, text);
        line
    }

    pub fn push(&mut self, style: Style, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.0.push((style, text));
        }
    }

    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Spaces up to `column`; none where the line is there already.
    pub fn pad(&mut self, column: usize) {
        let missing = column.saturating_sub(self.width());
        self.push(Style::new(), " ".repeat(missing));
    }

    /// Columns it takes on a terminal.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// At most `limit` columns, the last of them `mark` where something is missing.
    #[must_use]
    pub fn cut(self, limit: usize, mark: &'static str) -> Self {
        if self.width() <= limit {
            return self;
        }
        let mut room = limit.saturating_sub(width(mark));
        let mut cut = Self::default();
        for (style, text) in self.0 {
            let fits = head(&text, room);
            room -= width(fits);
            let whole = fits.len() == text.len();
            cut.push(style, fits);
            if !whole {
                cut.push(style, mark);
                return cut;
            }
        }
        cut
    }

    /// The text, without spaces at its end, with colours or without.
    pub fn paint(&self, color: bool) -> String {
        let mut text = String::new();
        for (style, piece) in &self.0 {
            if color && *style != Style::new() {
                text.push_str(&format!("{style}{piece}{style:#}"));
            } else {
                text.push_str(piece);
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text
    }
}

/// Lines as one text, each ended.
pub fn text(lines: &[Line], color: bool) -> String {
    lines
        .iter()
        .map(|line| line.paint(color) + "\n")
        .collect::<String>()
}

/// Columns of a text.
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// The longest beginning of at most `limit` columns.
fn head(text: &str, limit: usize) -> &str {
    let mut room = limit;
    for (at, letter) in text.char_indices() {
        match room.checked_sub(columns(letter)) {
            Some(left) => room = left,
            None => return &text[..at],
        }
    }
    text
}

fn columns(letter: char) -> usize {
    letter.width().unwrap_or(0)
}

/// Breaks a text at spaces into lines of at most `limit` columns; a longer word is broken anywhere.
pub fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > limit {
            lines.push(std::mem::take(&mut line));
        }
        while width(word) > limit {
            let part = match head(word, limit) {
                // A letter wider than the limit stands alone.
                "" => &word[..word.chars().next().map_or(0, char::len_utf8)],
                part => part,
            };
            lines.push(part.to_owned());
            word = &word[part.len()..];
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let text = "the service at 東京 answered abcdefghijklmnop quickly";
        for limit in 1..60 {
            let lines = wrap(text, limit);
            assert!(
                lines.iter().all(|line| width(line) <= limit.max(2)),
                "{lines:?}"
            );
            let letters = |text: &str| text.replace(' ', "");
            assert_eq!(letters(&lines.concat()), letters(text));
        }
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn a_cut_line_fits_and_says_so() {
        let mut line = Line::of(Style::new(), "order-1001  ");
        line.push(Style::new().bold(), "東京 shop");
        for limit in 1..30 {
            assert!(line.clone().cut(limit, "…").width() <= limit);
        }
        assert_eq!(line.clone().cut(15, "…").paint(false), "order-1001  東…");
        assert_eq!(line.clone().cut(21, "…"), line);
    }
}
