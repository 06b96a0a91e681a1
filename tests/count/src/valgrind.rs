//! This very program under valgrind, which counts instead of timing.

use crate::way::Way;
use serde_json::Value;
use std::process::Command;

/// What one batch came to.
pub(crate) struct Counted {
    pub(crate) instructions: u64,
    /// Blocks of memory that were asked for, and their bytes.
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
    /// By the words of [`crate::tally::Item`].
    pub(crate) ports: Value,
}

pub(crate) fn count(way: Way, sagas: usize) -> Result<Counted, String> {
    let (_, said) = run(
        ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
        way,
        sagas,
    )?;
    let instructions = number_after(&said, "Collected : ")?;
    let (ports, said) = run(["--tool=dhat", "--dhat-out-file=/dev/null"], way, sagas)?;
    // `Total:     1,234 bytes in 56 blocks`
    let total = said
        .lines()
        .find(|line| line.contains("Total:"))
        .ok_or_else(|| format!("dhat did not say its total:\n{said}"))?;
    let ports = serde_json::from_str(&ports).map_err(|error| format!("{error} in {ports}"))?;
    Ok(Counted {
        instructions,
        bytes: number_after(total, "Total: ")?,
        blocks: number_after(total, " bytes in ")?,
        ports,
    })
}

/// What it printed, and what valgrind said.
fn run(tool: [&str; 2], way: Way, sagas: usize) -> Result<(String, String), String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(tool)
        .arg(own)
        .args(["batch", way.word(), &sagas.to_string()])
        .output()
        .map_err(|error| {
            format!("valgrind cannot be started ({error}); apt-get install valgrind")
        })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!(
            "a batch of {sagas} failed under {}:\n{said}",
            tool[0]
        ));
    }
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((printed, said))
}

/// The number that follows `mark`, written with or without commas.
fn number_after(text: &str, mark: &str) -> Result<u64, String> {
    let rest = text.split_once(mark).map(|(_, rest)| rest.trim_start());
    let digits = rest.unwrap_or_default().chars();
    let digits = digits.take_while(|c| c.is_ascii_digit() || *c == ',');
    let digits: String = digits.filter(char::is_ascii_digit).collect();
    digits
        .parse()
        .map_err(|_| format!("no number after `{mark}` in what valgrind said:\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_and_without_commas() {
        let said = "==7== Total:     1,234,567 bytes in 89 blocks";
        assert_eq!(number_after(said, "Total: "), Ok(1_234_567));
        assert_eq!(number_after(said, " bytes in "), Ok(89));
        assert!(number_after(said, "Collected : ").is_err());
    }
}
