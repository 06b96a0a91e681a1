//! `chaos`: real orchestrators, workers, RabbitMQ and Redis, faults on purpose, and a judge.
//!
//! ```text
//!   chaos list                        what there is
//!   chaos run NAME --seed 7           one scenario; the seed repeats its choices
//!   chaos all --seed 7 --seeds 5      each scenario, five seeds; --resume goes on where it stopped
//!   chaos ci                          those of every change, one seed
//!   chaos sagas 100000 --embedded     very many sagas under kills; none lost, doubled or left; --resume as above
//!   chaos first-progress              how long nothing moves after an orchestrator is killed
//! ```
//!
//! Processes are real, so a seed repeats what was chosen, not how threads met: a rare violation may
//! need several runs of the same command. The evidence of a broken run is kept.

use baton_chaos::run::{self, Verdict};
use baton_chaos::scenario::{self, ALL, Scenario};
use baton_chaos::volume::{self, Wish};
use baton_chaos::{first, invariant, report};
use baton_report::{Entry, Kind};
use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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
    /// Runs very many sagas of five steps while processes are killed
    Sagas {
        sagas: usize,
        #[command(flatten)]
        many: Many,
    },
    /// Measures how long nothing moves after the orchestrator is killed that reads the outcomes
    FirstProgress {
        #[command(flatten)]
        kills: Kills,
    },
}

#[derive(clap::Args)]
struct Kills {
    /// On the embedded pair, with its restart; else two orchestrators on RabbitMQ and Redis
    #[arg(long)]
    embedded: bool,
    /// So many times
    #[arg(long, default_value_t = 100)]
    kills: usize,
    /// Sagas that are open all the time
    #[arg(long, default_value_t = 10_000)]
    open: usize,
    /// The pauses before the kills; else the time
    #[arg(long, env = "BATON_SEED")]
    seed: Option<u64>,
    /// Leave it out where it ran at this commit
    #[arg(long)]
    resume: bool,
}

#[derive(clap::Args)]
struct Many {
    /// On the embedded pair; else on RabbitMQ and Redis
    #[arg(long)]
    embedded: bool,
    /// Sagas that are open at once
    #[arg(long, default_value_t = 256)]
    open: usize,
    /// What is killed, and when; else the time
    #[arg(long, env = "BATON_SEED")]
    seed: Option<u64>,
    /// Keep the evidence also where nothing is wrong
    #[arg(long)]
    keep: bool,
    /// Run only what is left of so many at this commit
    #[arg(long)]
    resume: bool,
}

/// Sagas of one run: what ended is counted, and `--resume` need not run it again.
const BLOCK: usize = 25_000;

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
    /// Leave out what ran with its seed at this commit, and kept every law
    #[arg(long)]
    resume: bool,
    /// A line of JSON for each run, on stdout; all else goes to stderr
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    baton_report::begin();
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
        What::Sagas { sagas, many } => return sagas_under_kills(sagas, &many).await,
        What::FirstProgress { kills } => return first_progress(&kills).await,
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
    let done = if how.resume {
        baton_report::ran_here(Kind::Chaos)
    } else {
        Vec::new()
    };
    let mut verdicts: Vec<Verdict> = Vec::new();
    for scenario in scenarios {
        for seed in first..first + how.seeds {
            if done.iter().any(|run| report::is_of(run, scenario, seed)) {
                eprintln!("  {:<28} seed {seed} ran before", scenario.name);
                continue;
            }
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

/// Runs so many sagas, one block after the other, until one breaks a law.
async fn sagas_under_kills(sagas: usize, many: &Many) -> ExitCode {
    let pair = volume::pair(many.embedded);
    let before = if many.resume {
        report::sagas_before(volume::name(pair))
    } else {
        0
    };
    if before > 0 {
        eprintln!("{before} sagas ran before");
    }
    let first = many.seed.unwrap_or_else(by_time);
    // As the seeds would have gone on.
    let first = first + before.div_ceil(BLOCK) as u64;
    for (seed, sagas) in (first..).zip(blocks(sagas.saturating_sub(before))) {
        let wish = Wish {
            sagas,
            pair,
            seed,
            open: many.open,
        };
        if !block_under_kills(wish, many.keep).await {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn blocks(sagas: usize) -> impl Iterator<Item = usize> {
    (0..sagas)
        .step_by(BLOCK)
        .map(move |at| BLOCK.min(sagas - at))
}

/// Says every half minute how far it is, or all the time on a terminal; whether every law was kept.
async fn block_under_kills(wish: Wish, keep: bool) -> bool {
    let live = std::io::stderr().is_terminal();
    let mut said = Instant::now();
    let told = volume::run(wish, keep, |far| {
        if live {
            eprint!("\r\x1b[K{far}");
        } else if said.elapsed() > Duration::from_secs(30) {
            said = Instant::now();
            eprintln!("{far}");
        }
    });
    let told = tokio::select! {
        told = told => told,
        () = run::stopped() => return false,
    };
    if live {
        eprint!("\r\x1b[K");
    }
    eprint!("{}", told.words());
    count(told.entry());
    told.violations.is_empty()
}

async fn first_progress(kills: &Kills) -> ExitCode {
    let wish = first::Wish {
        pair: volume::pair(kills.embedded),
        kills: kills.kills,
        parked: kills.open,
        seed: kills.seed.unwrap_or_else(by_time),
    };
    if kills.resume && report::ran_before(&wish) {
        eprintln!("{} ran before", wish.name());
        return ExitCode::SUCCESS;
    }
    let told = tokio::select! {
        told = first::run(wish, |far| eprintln!("{far}")) => told,
        () = run::stopped() => return ExitCode::FAILURE,
    };
    eprintln!("{}: {}", wish.name(), told.words());
    for violation in &told.violations {
        eprintln!("  {violation}");
    }
    count(told.entry());
    ExitCode::from(u8::from(!told.violations.is_empty()))
}

/// Adds a result to those of the reliability report.
fn count(entry: Entry) {
    if let Err(error) = entry.append() {
        eprintln!("  this run is not counted: {error}");
    }
}

/// Adds the run to the reliability results, and prints it where that is asked for.
fn keep(verdict: &Verdict, json: bool) {
    let entry = report::entry(verdict);
    if json {
        let line = serde_json::to_string(&entry).expect("a result is plain data");
        println!("{line}");
    }
    count(entry);
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

#[cfg(test)]
mod tests {
    use super::{BLOCK, blocks};

    #[test]
    fn blocks_add_up() {
        let all = |sagas| blocks(sagas).collect::<Vec<_>>();
        assert_eq!(all(0), Vec::<usize>::new());
        assert_eq!(all(7), [7]);
        assert_eq!(all(2 * BLOCK + 1), [BLOCK, BLOCK, 1]);
    }
}
