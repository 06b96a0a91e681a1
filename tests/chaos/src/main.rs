//! `chaos`: real orchestrators, workers, RabbitMQ and Redis, faults on purpose, and a judge.
//!
//! ```text
//!   chaos list                        what there is
//!   chaos run NAME --seed 7           one scenario; the seed repeats its choices
//!   chaos all --seeds 5               each scenario, five seeds
//!   chaos ci                          those of every change, one seed
//! ```
//!
//! Processes are real, so a seed repeats what was chosen, not how threads met: a rare violation may
//! need several runs of the same command. The evidence of a broken run is kept.

use baton_chaos::run::{self, Verdict};
use baton_chaos::scenario::{self, ALL, Scenario};
use baton_chaos::{invariant, report};
use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Breaks real installations of Baton on purpose, and judges what comes of it.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Says which scenarios and which laws there are
    List,
    /// Runs some scenarios
    Run {
        #[arg(required = true)]
        names: Vec<String>,
        #[command(flatten)]
        how: How,
    },
    /// Runs every scenario
    All {
        #[command(flatten)]
        how: How,
    },
    /// Runs the scenarios that run for every change
    Ci {
        #[command(flatten)]
        how: How,
    },
}

#[derive(clap::Args)]
struct How {
    /// The first seed; else the time
    #[arg(long, env = "BATON_SEED")]
    seed: Option<u64>,
    /// So many seeds for each scenario
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Keep the evidence also where no law was broken
    #[arg(long)]
    keep: bool,
    /// A line of JSON for each run, on stdout; all else goes to stderr
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let (scenarios, how) = match Args::parse().what {
        What::List => return list(),
        What::Run { names, how } => {
            let found = names.iter().map(|name| scenario::named(name).ok_or(name));
            match found.collect::<Result<Vec<_>, _>>() {
                Ok(scenarios) => (scenarios, how),
                Err(name) => {
                    eprintln!("there is no scenario `{name}`; `chaos list` says which there are");
                    return ExitCode::from(2);
                }
            }
        }
        What::All { how } => (ALL.to_vec(), how),
        What::Ci { how } => {
            let ci = ALL.iter().filter(|scenario| scenario.ci);
            (ci.copied().collect(), how)
        }
    };
    if play(scenarios, &how).await {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs them one after the other; true when no law was broken.
async fn play(scenarios: Vec<&'static Scenario>, how: &How) -> bool {
    let live = std::io::stderr().is_terminal();
    let first = how.seed.unwrap_or_else(by_time);
    let mut verdicts: Vec<Verdict> = Vec::new();
    for scenario in scenarios {
        for seed in first..first + how.seeds {
            let wait = format!("… {:<28} seed {seed}  {}", scenario.name, scenario.about);
            if live {
                eprint!("{wait}");
            }
            let verdict = run::run(scenario, seed, how.keep).await;
            if live {
                // Back to the beginning of the line, and away with what stands there.
                eprint!("\r\x1b[K");
            }
            let Some(verdict) = verdict else {
                eprintln!("stopped in {} with seed {seed}", scenario.name);
                return false;
            };
            eprintln!("{}", report::line(&verdict));
            eprint!("{}", report::explained(&verdict, 3));
            keep(&verdict, how.json);
            verdicts.push(verdict);
        }
    }
    eprint!("{}", report::table(&verdicts));
    verdicts.iter().all(|verdict| verdict.violations.is_empty())
}

/// Adds the run to the reliability results, and prints it where that is asked for.
fn keep(verdict: &Verdict, json: bool) {
    let entry = report::entry(verdict);
    if json {
        let line = serde_json::to_string(&entry).expect("a result is plain data");
        println!("{line}");
    }
    if let Err(error) = entry.append() {
        eprintln!("  this run is not counted: {error}");
    }
}

/// A seed nobody chose, short enough to type.
fn by_time() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |now| now.as_secs() % 1_000_000)
}

fn list() -> ExitCode {
    let mut text = format!("{} scenarios; * runs for every change\n\n", ALL.len());
    for scenario in ALL {
        let mark = if scenario.ci { "*" } else { " " };
        text += &format!("{mark} {:<28} {}\n", scenario.name, scenario.about);
    }
    text += &format!("\n{} laws\n\n", invariant::LAWS.len());
    for law in invariant::LAWS {
        text += &format!("  {:<4} {}\n       binds {}\n", law.id, law.says, law.binds);
    }
    // Who reads only the beginning closes the pipe, and that is no fault.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}
