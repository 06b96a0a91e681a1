//! The ledger's file: a line of JSON for every call, and one more for what is applied later.

use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// What a call did to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It happened.
    Applied,
    /// It happened two times at once.
    Twice,
    /// It will happen, or be refused, later: a line with the same `arrived` says which.
    Pending,
    /// What it undoes is undone.
    Undone,
    /// There was nothing to undo.
    Nothing,
    /// Refused, and the refusal is kept under the key.
    Refused,
    /// Refused, since it was undone before it came.
    Entombed,
    /// The answer its key got before.
    Again,
    /// Nothing happened and nothing is kept.
    None,
}

/// What the caller may conclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Ok,
    /// 404: nothing to undo.
    Absent,
    /// A final rejection.
    Refused,
    /// Not now, and nothing happened.
    Busy,
    /// An answer that proves nothing, or none.
    Broken,
}

/// A call, or what became of one later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Counts the calls in the order they came, over restarts.
    pub arrived: u64,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// The word of the manner.
    pub service: String,
    pub undo: bool,
    pub key: String,
    pub saga: String,
    pub step: String,
    pub attempt: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensates: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub deadline: String,
    /// SHA-256 of the body, the first 16 digits.
    pub body: String,
    pub effect: Effect,
    pub verdict: Verdict,
    /// How it was answered: a status, or a word.
    pub said: String,
}

/// All lines of a file.
pub fn read(file: &Path) -> io::Result<Vec<Line>> {
    let mut lines = Vec::new();
    each(file, |line| lines.push(line))?;
    Ok(lines)
}

/// Tells every line of a file, one after the other. A last line without its end is what a crash cut off:
/// nobody was answered.
pub fn each(file: &Path, mut tell: impl FnMut(Line)) -> io::Result<()> {
    let mut reader = BufReader::new(std::fs::File::open(file)?);
    let mut text = String::new();
    while reader.read_line(&mut text)? > 0 {
        if text.ends_with('\n') {
            tell(serde_json::from_str(&text).map_err(io::Error::other)?);
        }
        text.clear();
    }
    Ok(())
}

/// Cuts off a last line without its end, so that the next one begins a line of its own.
pub fn mend(file: &Path) -> io::Result<()> {
    let bytes = std::fs::read(file)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let length = whole.map_or(0, |at| at + 1);
    if length < bytes.len() {
        let file = std::fs::File::options().write(true).open(file)?;
        file.set_len(u64::try_from(length).map_err(io::Error::other)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_cut_and_the_rest_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ledger");
        let line = r#"{"arrived":1,"at_ms":0,"service":"final","undo":false,"key":"k","saga":"s","step":"a","attempt":1,"body":"00","effect":"applied","verdict":"ok","said":"200"}"#;
        std::fs::write(&file, format!("{line}\n{}", &line[..40])).expect("writable");
        assert_eq!(read(&file).expect("reads").len(), 1);
        mend(&file).expect("mends");
        let text = std::fs::read_to_string(&file).expect("reads");
        assert_eq!(text, format!("{line}\n"));
    }
}
