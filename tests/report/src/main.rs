//! Adds up what ran and writes the report; or keeps what a programme without our code says it did.

use baton_report::{
    Entry, Kind, Sums, SumsError, begin, commit, page, planted, ran_here, root, runs,
};
use clap::{Parser, Subcommand};
use std::fs;
use std::io::{self, BufRead};
use std::path::Path;
use std::process::ExitCode;

/// Adds the runs in target/reliability to docs/reliability.jsonl and writes docs/reliability.md.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Keep runs that stand on standard input as JSON, one a line: kind, name, seconds, counts,
    /// and notes and violations where there are such. Other lines are shown as they are.
    Add,
    /// Say what of a programme ran well at the commit that is checked out, as it is: names as the runs have
    /// them, one a line. What goes on leaves these out.
    Done {
        /// The programme, as its runs name it: planted, fuzz.
        #[arg(value_parser = kind)]
        kind: Kind,
    },
    /// Say which planted bugs were found by anybody at the commit that is checked out; fails where one
    /// was found by nobody.
    Planted,
}

fn main() -> ExitCode {
    begin();
    let done = match Args::parse().what {
        Some(What::Add) => add(io::stdin().lock()),
        Some(What::Done { kind }) => Ok(names(&ran_here(kind))),
        Some(What::Planted) => noticed(),
        None => report(&root().join("docs")),
    };
    match done {
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

fn kind(name: &str) -> Result<Kind, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

fn noticed() -> Result<String, String> {
    let runs = runs(Kind::Planted).map_err(|error| error.to_string())?;
    planted(&runs, &commit()?.0)
}

fn names(runs: &[Entry]) -> String {
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    names.join("\n")
}

fn add(lines: impl BufRead) -> Result<String, String> {
    let mut kept = 0;
    for line in lines.lines() {
        let line = line.map_err(|error| format!("standard input: {error}"))?;
        if !line.starts_with('{') {
            println!("{line}");
            continue;
        }
        let entry: Entry =
            serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        entry.append().map_err(|error| error.to_string())?;
        kept += 1;
    }
    Ok(format!("{kept} runs kept"))
}

fn report(docs: &Path) -> Result<String, String> {
    let kept = docs.join("reliability.jsonl");
    let mut sums = Sums::read(&kept).map_err(|error: SumsError| error.to_string())?;
    let (added, left) = sums.take_runs(&kept).map_err(|error| error.to_string())?;
    let path = docs.join("reliability.md");
    fs::write(&path, made(docs, &sums)?).map_err(|error| format!("{}: {error}", path.display()))?;
    let left = match left {
        0 => String::new(),
        left => format!("; {left} not counted: they ran with uncommitted changes"),
    };
    Ok(format!("{added} runs added{left}; see docs/reliability.md"))
}

fn made(docs: &Path, sums: &Sums) -> Result<String, String> {
    let path = docs.join("reliability-found.md");
    let found =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(page(sums, &found))
}
