//! Looks for planted bugs: turns each on in turn and runs seeds until a law is broken.
//!
//! ```text
//!   for every bug ─► seeds, one after the other ─► the first that breaks a law: a row
//! ```
//!
//! `cargo run --profile sim -p baton-simulation --features planted --bin planted -- --seeds 20000`.
//! Fails when no seed finds a bug that some seed should find.

use baton_shared::planted::{self, Planted};
use baton_simulation::campaign::Campaign;
use baton_simulation::run::Setup;
use clap::Parser;
use std::process::ExitCode;
use std::time::Instant;

/// Which tests notice which known bug.
#[derive(Debug, Parser)]
struct Args {
    /// How many seeds under each bug, at most.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Seeds side by side.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Only this bug, or only this part: core, driver, worker.
    #[arg(long)]
    only: Option<String>,
    /// A line of JSON a bug, as the reliability report takes it.
    #[arg(long)]
    json: bool,
}

/// What became of one bug.
struct Looked {
    /// Seeds run, up to the one that noticed.
    seeds: u64,
    seconds: f64,
    /// Seed, law, and what it said.
    found: Option<(u64, String, String)>,
    hits: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let wanted = |bug: &&Planted| {
        let only = args.only.as_deref();
        only.is_none_or(|only| only == bug.name || only == bug.part)
    };
    if !args.json {
        println!("{:<24} {:<7} {:>7}  noticed by", "bug", "part", "seeds");
    }
    let mut missed = Vec::new();
    for bug in planted::ALL.iter().filter(wanted) {
        planted::choose(Some(bug.bug));
        let looked = look(&args);
        if looked.found.is_none() {
            missed.push(bug.name);
        }
        if args.json {
            println!("{}", json(bug, &looked));
        } else {
            show(bug, &looked);
        }
    }
    if missed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("noticed by no seed: {}", missed.join(", "));
    ExitCode::FAILURE
}

fn look(args: &Args) -> Looked {
    let campaign = Campaign {
        from: args.from,
        seeds: args.seeds,
        threads: args.threads.max(1),
        stop_after: 1,
        setup: Setup::default(),
    };
    let began = Instant::now();
    let tally = campaign.run(|_| {});
    let found = tally.broken.into_iter().next();
    Looked {
        seeds: match &found {
            Some((seed, _)) => seed - args.from + 1,
            None => tally.seeds,
        },
        seconds: began.elapsed().as_secs_f64(),
        found: found.map(|(seed, broken)| (seed, broken.law.to_string(), broken.what)),
        hits: planted::hits(),
    }
}

fn show(bug: &Planted, looked: &Looked) {
    let (seeds, said) = match &looked.found {
        Some((_, law, what)) => (looked.seeds.to_string(), format!("{law}: {what}")),
        None => (
            "n".to_owned(),
            format!(
                "none of {} seeds; it had a say {} times",
                looked.seeds, looked.hits
            ),
        ),
    };
    let said: String = said.chars().take(110).collect();
    println!("{:<24} {:<7} {seeds:>7}  {said}", bug.name, bug.part);
}

fn json(bug: &Planted, looked: &Looked) -> serde_json::Value {
    let (notes, violations) = match &looked.found {
        Some((_, law, _)) => (vec![format!("{} by the law {law}", bug.name)], vec![]),
        None => (
            vec![],
            vec![format!("noticed by none of {} seeds", looked.seeds)],
        ),
    };
    serde_json::json!({
        "kind": "planted", "name": bug.name, "seconds": looked.seconds,
        "counts": { "seeds": looked.seeds, "hits": looked.hits },
        "notes": notes, "violations": violations,
    })
}
