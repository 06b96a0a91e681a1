//! Runs seeds and says what they reached; replays one and tells it.

use baton_simulation::campaign::{Campaign, Tally};
use baton_simulation::generate;
use baton_simulation::run::{Setup, run};
use clap::Parser;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

/// Baton in a world that one seed decides.
#[derive(Debug, Parser)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Seeds side by side; each is run by one thread.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Run this one seed and tell all that happens.
    #[arg(long, env = "BATON_SEED")]
    replay: Option<u64>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Go on until so many seeds broke a law.
    #[arg(long, default_value_t = 1)]
    stop_after: usize,
}

/// From so many seeds on, everything there is must have been reached.
const COVERS_ALL: u64 = 10_000;

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(seed) = args.replay {
        return replay(seed);
    }
    let campaign = Campaign {
        from: args.from,
        seeds: args.seeds,
        threads: args.threads.max(1),
        stop_after: args.stop_after.max(1),
        setup: Setup::default(),
    };
    let began = Instant::now();
    let shown = std::io::stderr().is_terminal();
    let tally = campaign.run(|done| {
        if shown && done % 500 == 0 {
            let rate = done as f64 / began.elapsed().as_secs_f64();
            eprint!("\r{done} of {} seeds, {rate:.0} a second ", args.seeds);
            let _unseen = std::io::stderr().flush();
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    if shown {
        eprintln!();
    }
    let mut missing = Vec::new();
    if args.seeds >= COVERS_ALL {
        missing = tally.coverage.missing();
    }
    if args.json {
        println!("{}", json(&tally, seconds, &missing));
    } else {
        tell(&tally, seconds, &missing);
    }
    if tally.broken.is_empty() && missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn replay(seed: u64) -> ExitCode {
    let report = run(&Setup { seed, told: true });
    println!("{}", report.trace);
    let again = run(&Setup { seed, told: false });
    println!("hash {:016x}, again {:016x}", report.hash, again.hash);
    match report.broken {
        Some(broken) => {
            println!("seed {seed} breaks {}: {}", broken.law, broken.what);
            ExitCode::FAILURE
        }
        None => {
            println!("seed {seed} keeps every law");
            ExitCode::SUCCESS
        }
    }
}

fn tell(tally: &Tally, seconds: f64, missing: &[String]) {
    let rate = tally.seeds as f64 / seconds;
    println!(
        "{} seeds in {seconds:.1} s, {rate:.0} a second; {} faults, {} calls, {} h of their own time",
        tally.seeds,
        tally.faults(),
        tally.calls,
        tally.simulated_ms / 3_600_000
    );
    for (fault, times) in &tally.coverage.faults {
        println!("  {:<24} {times}", fault.name());
    }
    let events: Vec<_> = tally
        .coverage
        .events
        .iter()
        .map(|(kind, seeds)| format!("{kind} {seeds}"))
        .collect();
    println!("  events, by seeds: {}", events.join(", "));
    let words: Vec<_> = tally
        .coverage
        .statuses
        .iter()
        .map(|(word, seeds)| format!("{word} {seeds}"))
        .collect();
    println!("  statuses, by seeds: {}", words.join(", "));
    for (seed, broken) in &tally.broken {
        println!("seed {seed} breaks {}: {}", broken.law, broken.what);
        println!(
            "  replay it: BATON_SEED={seed} make sim   (generator {})",
            generate::VERSION
        );
    }
    for what in missing {
        println!("never reached: {what}");
    }
}

fn json(tally: &Tally, seconds: f64, missing: &[String]) -> serde_json::Value {
    let faults = tally.coverage.faults.iter();
    let faults: serde_json::Map<_, _> = faults
        .map(|(fault, times)| (fault.name().to_owned(), (*times).into()))
        .collect();
    let broken = tally.broken.iter();
    let broken: Vec<_> = broken
        .map(|(seed, broken)| {
            serde_json::json!({ "seed": seed, "law": broken.law, "what": broken.what })
        })
        .collect();
    serde_json::json!({
        "kind": "simulation", "seeds": tally.seeds, "seconds": seconds, "faults": faults,
        "calls": tally.calls, "events": tally.coverage.events, "statuses": tally.coverage.statuses,
        "missing": missing, "violations": broken, "generator": generate::VERSION,
    })
}
