//! The only place that looks at stdout, stderr and the environment: what they are, and writing to them.

use crate::failure::Failure;
use crate::render::Look;
use anstyle::{AnsiColor, Style};
use baton_shared::Timestamp;
use std::io::{ErrorKind, IsTerminal, Write};
use std::time::SystemTime;

/// What the screen can show. Looked at once, at start.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Stdout is a terminal on which lines can be drawn again.
    pub live: bool,
    /// The same of stderr.
    pub live_err: bool,
    pub color: bool,
    /// Colours on stderr.
    pub color_err: bool,
    pub unicode: bool,
}

impl Screen {
    pub fn detect() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let wanted = |choice| choice != anstream::ColorChoice::Never;
        Self {
            live: std::io::stdout().is_terminal() && !dumb,
            live_err: std::io::stderr().is_terminal() && !dumb,
            color: wanted(anstream::AutoStream::choice(&std::io::stdout())),
            color_err: wanted(anstream::AutoStream::choice(&std::io::stderr())),
            unicode: speaks_unicode(
                ["LC_ALL", "LC_CTYPE", "LANG"]
                    .into_iter()
                    .find_map(variable),
                variable("TERM"),
            ),
        }
    }

    /// How to render for stdout, now.
    pub fn look(&self) -> Look {
        Look {
            color: self.color,
            unicode: self.unicode,
            width: self.size().map(|(width, _)| width),
            now: now(),
            frame: None,
            attempts: false,
            all: false,
        }
    }

    /// Columns and lines, where stdout is a terminal.
    pub fn size(&self) -> Option<(usize, usize)> {
        if !self.live {
            return None;
        }
        let (width, height) = terminal_size::terminal_size_of(std::io::stdout())?;
        Some((usize::from(width.0).max(20), usize::from(height.0).max(5)))
    }

    /// Data, to stdout.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::BrokenPipe,
            _ => Failure::System(format!("cannot write to stdout: {error}")),
        })
    }

    /// Everything else, to stderr. Where that is closed, nobody wanted to know.
    pub fn complain(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Writes over the last line of stderr, where that is a terminal.
    pub fn refresh(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "\r\x1b[K{text}").and_then(|()| err.flush());
    }

    /// A line that says what went wrong.
    pub fn error_line(&self, text: &str) -> String {
        self.labelled("error", AnsiColor::Red.on_default().bold(), text)
    }

    /// A line that says what to know or to do.
    pub fn note_line(&self, text: &str) -> String {
        self.labelled("note", AnsiColor::Cyan.on_default(), text)
    }

    pub fn note(&self, text: &str) {
        self.complain(&self.note_line(text));
    }

    fn labelled(&self, label: &str, style: Style, text: &str) -> String {
        if self.color_err {
            format!("{style}{label}:{style:#} {text}")
        } else {
            format!("{label}: {text}")
        }
    }
}

/// The clock, for people: how long ago, how long until.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Timestamp(u64::try_from(ms).unwrap_or(u64::MAX))
}

/// A locale that names another character set gets ASCII. None at all (containers) gets Unicode,
/// except on the terminals that cannot show it.
fn speaks_unicode(locale: Option<String>, term: Option<String>) -> bool {
    match locale {
        Some(locale) => {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => !matches!(term.as_deref(), Some("dumb" | "linux")),
    }
}

/// Lines at the bottom of a terminal that are drawn again and again. The cursor is hidden while it
/// lives.
#[derive(Debug)]
pub struct Canvas {
    screen: Screen,
    /// How many lines stand there.
    drawn: usize,
    text: String,
}

impl Canvas {
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            drawn: 0,
            text: String::new(),
        }
    }

    /// Replaces what stands there. No line may be wider than the terminal.
    pub fn draw(&mut self, lines: &[String]) -> Result<(), Failure> {
        // One write, lines cleared as they are overwritten: no flicker.
        let mut text = String::from("\x1b[?25l");
        if self.drawn > 0 {
            text.push_str(&format!("\x1b[{}A\r", self.drawn));
        }
        for line in lines {
            text.push_str(line);
            text.push_str("\x1b[K\n");
        }
        text.push_str("\x1b[J");
        self.drawn = lines.len();
        if text == self.text {
            return Ok(());
        }
        self.screen.print(&text)?;
        self.text = text;
        Ok(())
    }

    /// Leaves `text` in the place of what was drawn.
    pub fn finish(mut self, text: &str) -> Result<(), Failure> {
        self.draw(&[])?;
        self.screen.print(text)
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        // Also after Ctrl-C and errors; a closed stdout needs no cursor.
        let _ = self.screen.print("\x1b[?25h");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_on_unicode() {
        let speaks = |locale: Option<&str>, term: Option<&str>| {
            speaks_unicode(locale.map(str::to_owned), term.map(str::to_owned))
        };
        assert!(speaks(Some("de_DE.UTF-8"), None));
        assert!(speaks(Some("C.utf8"), Some("linux")));
        assert!(!speaks(Some("C"), Some("xterm")));
        assert!(!speaks(Some("de_DE.ISO-8859-1"), None));
        assert!(speaks(None, Some("xterm")));
        assert!(!speaks(None, Some("linux")));
    }
}
