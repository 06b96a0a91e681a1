//! What a regular expression costs, charged before it runs.
//!
//! jaq's engine is a simulation: its time grows with states times letters, and, where it looks for
//! all matches, with the square of the letters at worst.

use super::meter;
use super::value::{Error, Val};

/// Bytes a pattern may have.
const PATTERN: usize = 512;
/// Groups inside each other.
const NESTING: usize = 16;
/// States that counted repetitions may unfold to.
const STATES: usize = 2_000;

/// Charges a search of `text`, or refuses it.
pub(super) fn charge(pattern: &Val, flags: &Val, text: &Val) -> Result<(), Error> {
    let (Val::Str(pattern), Val::Str(flags)) = (pattern, flags) else {
        let odd = if matches!(pattern, Val::Str(_)) {
            flags
        } else {
            pattern
        };
        return Err(Error::str(format_args!(
            "cannot use {odd} as a regular expression"
        )));
    };
    let Val::Str(text) = text else {
        return Err(Error::str(format_args!(
            "cannot search {text}: it is no string"
        )));
    };
    if pattern.len() > PATTERN {
        return Err(Error::str(format_args!(
            "the regular expression is longer than {PATTERN} bytes"
        )));
    }
    if nesting(pattern) > NESTING {
        return Err(Error::str(format_args!(
            "the regular expression nests more than {NESTING} groups"
        )));
    }
    let states = states(pattern);
    if states > STATES {
        return Err(Error::str("the regular expression repeats too much"));
    }
    let passes = if flags.contains('g') {
        (text.len() / 2).max(1)
    } else {
        1
    };
    let work = states
        .saturating_mul(text.len() + 64)
        .saturating_mul(passes)
        / 2;
    Ok(meter::charge(work)?)
}

fn nesting(pattern: &str) -> usize {
    let mut deepest: usize = 0;
    let mut open: usize = 0;
    for byte in pattern.bytes() {
        match byte {
            b'(' | b'[' => open += 1,
            b')' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// At least as many states as the engine makes: every count multiplies the whole pattern.
fn states(pattern: &str) -> usize {
    let mut states = pattern.len().max(1);
    for counted in pattern.split('{').skip(1) {
        let inside = counted.split('}').next().unwrap_or_default();
        let most = inside
            .split(',')
            .filter_map(|count| count.trim().parse::<usize>().ok())
            .max();
        let digits = inside
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b',' || byte == b' ');
        let times = if digits && !inside.is_empty() {
            most.unwrap_or(usize::MAX)
        } else {
            1
        };
        states = states.saturating_mul(times.max(1));
    }
    states
}
