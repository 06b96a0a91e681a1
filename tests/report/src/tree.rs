//! The source tree that ran: its folder and its commit.

use std::path::PathBuf;
use std::process::Command;

/// The folder of the workspace this was built from.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}

/// The commit that is checked out, and whether tracked files differ from it. What a report writes
/// makes no difference.
pub fn commit() -> Result<(String, bool), String> {
    let commit = git(&["rev-parse", "HEAD"])?;
    let changes = git(&[
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        ".",
        ":!docs",
    ])?;
    Ok((commit, !changes.is_empty()))
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
