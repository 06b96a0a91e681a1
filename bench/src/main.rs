//! Measures, and makes the table of what was measured.

use baton_bench::fault::{During, Fault};
use baton_bench::record;
use baton_bench::report::{self, Sheet};
use baton_bench::site::System;
use baton_bench::workload::{NAMES, Plan, Session};
use clap::{Parser, Subcommand};
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How fast Baton is here: measures workloads, one run after the other
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure a workload and keep its figures in target/bench
    Run(Run),
    /// Make the table of what was measured: target/bench/table.md and figures.json
    Report {
        /// Also write docs/performance.json and docs/performance.md
        #[arg(long)]
        docs: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Run {
    /// W1 to W7
    workload: String,
    /// How often each system is measured, in turn
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each is loaded, in seconds
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Sagas under way at once, at saturation
    #[arg(long, default_value_t = 512)]
    window: usize,
    /// Connections that submit
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Sagas run one after the other
    #[arg(long, default_value_t = 200)]
    alone: usize,
    /// Which systems, with commas between them, where not what the workload measures by itself
    #[arg(long, value_delimiter = ',')]
    systems: Vec<String>,
    /// Only variants with this in their names: `loop`, `1,000,000`
    #[arg(long, default_value = "")]
    only: String,
    /// Makes the large counts of W3 and W5 smaller, to try them out
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // Dropping the work ends every process it started.
    let done = tokio::select! {
        done = work(args) => done,
        stopped = stopped() => stopped,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn work(args: Args) -> Result<(), Fault> {
    match args.what {
        What::Run(run) => measure(run).await,
        What::Report { docs } => report(docs),
    }
}

/// Makes the table of all that was measured, and shows it.
fn report(docs: bool) -> Result<(), Fault> {
    let folder = record::folder();
    fs::create_dir_all(&folder).during(&folder.display().to_string())?;
    let sheet = Sheet::of(&record::all(&folder)?);
    let table = report::tables(&sheet);
    write(&folder.join("figures.json"), &sheet.json())?;
    write(&folder.join("table.md"), &table)?;
    println!("{table}");
    if docs {
        sheet.fit_to_be_told()?;
        let docs = baton_report::root().join("docs");
        let sheet = sheet.over(told(&docs.join("performance.json"))?);
        let notes = docs.join("performance-notes.md");
        let text = fs::read_to_string(&notes).during(&notes.display().to_string())?;
        write(&docs.join("performance.json"), &sheet.json())?;
        write(&docs.join("performance.md"), &report::page(&text, &sheet))?;
    }
    Ok(())
}

/// What the documentation tells so far.
fn told(path: &Path) -> Result<Sheet, Fault> {
    let shown = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(json) => Sheet::read(&json).during(&shown),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Sheet::default()),
        Err(error) => Err(error).during(&shown),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let shown = path.display().to_string();
    fs::write(path, text).during(&shown)?;
    eprintln!("wrote {shown}");
    Ok(())
}

async fn measure(run: Run) -> Result<(), Fault> {
    let named = |word: &String| {
        System::named(word).ok_or_else(|| {
            let known = System::ALL.map(System::word).join(", ");
            Fault(format!("no system `{word}`: there are {known}"))
        })
    };
    let plan = Plan {
        rounds: run.rounds,
        time: Duration::from_secs_f64(run.seconds),
        window: run.window,
        clients: run.clients,
        alone: run.alone,
        systems: run.systems.iter().map(named).collect::<Result<_, _>>()?,
        only: run.only,
        scale: run.scale,
    };
    if !NAMES.contains(&run.workload.as_str()) {
        return Err(Fault(format!(
            "W={}: there are {}",
            run.workload,
            NAMES.join(", ")
        )));
    }
    Session::begin(plan).await?.run(&run.workload).await?;
    report(false)
}

/// Ctrl-C, or a request to end.
async fn stopped() -> Result<(), Fault> {
    let mut end = signal(SignalKind::terminate()).during("SIGTERM")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.during("SIGINT")?,
        _ = end.recv() => {}
    }
    Err(Fault::new("stopped; everything that was started is ended"))
}
