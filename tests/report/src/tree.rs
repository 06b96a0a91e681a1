//! The source tree that ran: its folder and its commit.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The folder of the workspace this was built from.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}

/// What coverage leads to is built by a workspace of its own, from which no other programme is.
const GUIDED: &str = "tests/fuzz/guided";

/// The commit that is checked out, and whether tracked files differ from it of which programmes are built.
/// What a report writes makes no difference.
pub fn commit() -> Result<(String, bool), String> {
    let commit = git(&["rev-parse", "HEAD"])?;
    let dirty = differs(&[".", ":!docs", &format!(":!{GUIDED}")])?;
    Ok((commit, dirty))
}

/// What was checked out when this programme began.
static BEGUN: OnceLock<Option<(String, bool)>> = OnceLock::new();

/// A programme begins, and it is this tree that runs: what is checked out while it runs is not what ran.
pub fn begin() {
    BEGUN.get_or_init(|| commit().ok());
}

/// The commit that ran, and whether tracked files differ from it or did.
pub(crate) fn ran() -> Result<(String, bool), String> {
    let begun = BEGUN.get().cloned().flatten();
    Ok(between(begun, commit()?))
}

fn between(begun: Option<(String, bool)>, now: (String, bool)) -> (String, bool) {
    match begun {
        Some(begun) if begun != now => (begun.0, true),
        _ => now,
    }
}

/// Whether what builds the guided fuzz targets differs from the commit.
pub(crate) fn guided_differs() -> Result<bool, String> {
    differs(&[GUIDED])
}

fn differs(what: &[&str]) -> Result<bool, String> {
    let all = ["status", "--porcelain", "--untracked-files=no", "--"];
    Ok(!git(&[&all, what].concat())?.is_empty())
}

fn git(args: &[&str]) -> Result<String, String> {
    let told = Command::new("git")
        .current_dir(root())
        .args(args)
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if !told.status.success() {
        let why = String::from_utf8_lossy(&told.stderr);
        return Err(format!("git {}: {}", args.join(" "), why.trim()));
    }
    Ok(String::from_utf8_lossy(&told.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_checked_out_meanwhile_did_not_run() {
        let at = |commit: &str, dirty| (commit.to_owned(), dirty);
        assert_eq!(between(None, at("a", false)), at("a", false));
        assert_eq!(
            between(Some(at("a", false)), at("a", false)),
            at("a", false)
        );
        assert_eq!(between(Some(at("a", false)), at("b", false)), at("a", true));
        assert_eq!(between(Some(at("a", true)), at("a", false)), at("a", true));
    }
}
