//! Adds up what ran and writes the report.

use baton_report::{Sums, SumsError, page, root};
use clap::Parser;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Adds the runs in target/reliability to docs/reliability.jsonl and writes docs/reliability.md.
#[derive(Debug, Parser)]
struct Args {}

fn main() -> ExitCode {
    Args::parse();
    match report(&root().join("docs")) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report(docs: &Path) -> Result<String, String> {
    let kept = docs.join("reliability.jsonl");
    let mut sums = read(&kept)?;
    let (added, left) = sums.take_runs(&kept).map_err(|error| error.to_string())?;
    let path = docs.join("reliability.md");
    fs::write(&path, made(docs, &sums)?).map_err(|error| format!("{}: {error}", path.display()))?;
    let left = match left {
        0 => String::new(),
        left => format!("; {left} not counted: they ran with uncommitted changes"),
    };
    Ok(format!("{added} runs added{left}; see {}", path.display()))
}

fn read(path: &Path) -> Result<Sums, String> {
    Sums::read(path).map_err(|error: SumsError| error.to_string())
}

fn made(docs: &Path, sums: &Sums) -> Result<String, String> {
    let path = docs.join("reliability-found.md");
    let found =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(page(sums, &found))
}
