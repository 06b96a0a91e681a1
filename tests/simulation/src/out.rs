//! Lines to stdout.

use std::io::Write as _;

/// One line. Who reads only the beginning closes the pipe, and that is no fault.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
