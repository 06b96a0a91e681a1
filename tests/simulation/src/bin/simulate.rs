//! Runs seeds and says what they reached; replays one and tells it; runs with a net taken away, and
//! with bugs that were planted on purpose.

use baton_report::{Entry, Kind};
use baton_simulation::campaign::{Campaign, Tally};
use baton_simulation::fault::Net;
use baton_simulation::programme::{self, Before};
use baton_simulation::run::{Setup, run};
use baton_simulation::{ablation, generate, out, planted};
use clap::Parser;
use std::io::{IsTerminal, Write};
use std::ops::Range;
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
    /// Take a net away: timers, duty, record or dedupe.
    #[arg(long)]
    without: Option<String>,
    /// Take each net away in turn, and say whether the laws still hold.
    #[arg(long)]
    ablations: bool,
    /// Run every planted bug until it is found, at most `--seeds` each.
    #[arg(long)]
    planted_all: bool,
    /// Leave out what ran at this commit.
    #[arg(long)]
    resume: bool,
}

/// From so many seeds on, everything there is must have been reached.
const COVERS_ALL: u64 = 50_000;

fn main() -> ExitCode {
    baton_report::begin();
    let args = Args::parse();
    let without = match args.without.as_deref().map(|name| (name, Net::named(name))) {
        None => None,
        Some((_, Some(net))) => Some(net),
        Some((name, None)) => {
            eprintln!("there is no net `{name}`: say timers, duty, record or dedupe");
            return ExitCode::FAILURE;
        }
    };
    let setup = Setup {
        without,
        ..Setup::default()
    };
    if let Some(seed) = args.replay {
        return replay(&Setup { seed, ..setup });
    }
    if args.ablations {
        return ablations(&args);
    }
    if args.planted_all {
        return planted::all(args.seeds, args.threads, args.resume);
    }
    whole(&args, setup)
}

/// One programme, block by block, told in full.
fn whole(args: &Args, setup: Setup) -> ExitCode {
    let began = Instant::now();
    let planted = std::env::var("BATON_PLANTED").ok();
    let name = configuration(args.without.as_deref());
    let before = match &planted {
        None if args.resume => Before::here(&name),
        _ => Before::default(),
    };
    let asked = args.from..args.from + args.seeds;
    let tally = blocks(
        args,
        &setup,
        before.left(&asked),
        |block, tally, seconds| {
            if planted.is_none() {
                keep(programme::entry(&name, block, tally, seconds));
            }
        },
    );
    let seconds = began.elapsed().as_secs_f64();
    let covers = args.seeds >= COVERS_ALL && setup.without.is_none();
    let missing = if covers {
        programme::missing(&tally, before.reached(&asked))
    } else {
        Vec::new()
    };
    if args.json {
        out::line(&json(&tally, seconds, &missing).to_string());
    } else {
        if args.resume {
            out::line(&format!(
                "{} seeds ran before",
                args.seeds.saturating_sub(tally.seeds)
            ));
        }
        tell(&tally, seconds, &missing, setup.without);
    }
    match planted {
        Some(bug) => planted::say(&bug, &tally),
        None => programme::gap(&name, &missing).into_iter().for_each(keep),
    }
    if tally.broken.is_empty() && missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs one block after the other until enough laws broke; `done` is told of each.
fn blocks(
    args: &Args,
    setup: &Setup,
    blocks: Vec<Range<u64>>,
    done: impl Fn(&Range<u64>, &Tally, f64),
) -> Tally {
    let mut whole = Tally::default();
    for block in blocks {
        let began = Instant::now();
        let stop_after = args.stop_after.max(1).saturating_sub(whole.broken.len());
        if stop_after == 0 {
            break;
        }
        let campaign = Campaign {
            from: block.start,
            seeds: block.end - block.start,
            threads: args.threads.max(1),
            stop_after,
            setup: setup.clone(),
        };
        let tally = watched(&campaign, whole.seeds, args.seeds);
        done(&block, &tally, began.elapsed().as_secs_f64());
        whole.merge(tally);
    }
    whole
}

/// What the results call a run of it.
fn configuration(without: Option<&str>) -> String {
    without.map_or_else(|| "all nets".to_owned(), |net| format!("without {net}"))
}

/// Says on a terminal how far it is.
fn watched(campaign: &Campaign, before: u64, of: u64) -> Tally {
    let began = Instant::now();
    let shown = std::io::stderr().is_terminal();
    let tally = campaign.run(|done| {
        if shown && done % 500 == 0 {
            let rate = done as f64 / began.elapsed().as_secs_f64();
            eprint!("\r{} of {of} seeds, {rate:.0} a second ", before + done);
            let _unseen = std::io::stderr().flush();
        }
    });
    if shown {
        eprintln!();
    }
    tally
}

fn replay(setup: &Setup) -> ExitCode {
    let told = Setup {
        told: true,
        ..setup.clone()
    };
    let report = run(&told);
    out::line(&report.trace);
    out::line(&format!(
        "hash {:016x}, again {:016x}",
        report.hash,
        run(setup).hash
    ));
    match report.broken {
        Some(broken) => {
            let seed = setup.seed;
            out::line(&format!(
                "seed {seed} breaks {}: {}",
                broken.law, broken.what
            ));
            ExitCode::FAILURE
        }
        None => {
            out::line(&format!("seed {} keeps every law", setup.seed));
            ExitCode::SUCCESS
        }
    }
}

/// What is said of each net: that the laws hold without it, or which law noticed. Fails where it is not as the
/// net says.
fn ablations(args: &Args) -> ExitCode {
    let mut as_said = true;
    for net in Net::ALL {
        let setup = Setup {
            without: Some(net),
            ..Setup::default()
        };
        let began = Instant::now();
        let asked = args.from..args.from + args.seeds;
        let tally = blocks(args, &setup, vec![asked], |_, _, _| {});
        let judged = ablation::judged(net, &tally);
        as_said &= judged.is_ok();
        let (Ok(said) | Err(said)) = &judged;
        out::line(&format!("{said}, {} seeds", tally.seeds));
        if let (Err(_), Some((seed, _))) = (&judged, tally.broken.first()) {
            out::line(&format!(
                "  replay it: {}",
                ablation::replay(*seed, Some(net))
            ));
        }
        let counts = programme::counts(&tally).into_iter();
        // A net whose absence is noticed is one: that law was not broken by Baton.
        let entry = Entry {
            kind: Kind::Simulation,
            name: configuration(Some(net.name())),
            seconds: began.elapsed().as_secs_f64(),
            counts: counts.filter(|(name, _)| !name.contains('.')).collect(),
            notes: vec![said.clone()],
            violations: judged.err().into_iter().collect(),
            ..Entry::default()
        };
        keep(entry);
    }
    if as_said {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tell(tally: &Tally, seconds: f64, missing: &[String], without: Option<Net>) {
    let rate = tally.seeds as f64 / seconds;
    out::line(&format!(
        "{} seeds in {seconds:.1} s, {rate:.0} a second; {} faults, {} calls, {} h of their own time",
        tally.seeds,
        tally.faults(),
        tally.calls,
        tally.simulated_ms / 3_600_000
    ));
    for (fault, times) in &tally.coverage.faults {
        out::line(&format!("  {:<24} {times}", fault.name()));
    }
    let listed = |counts: &std::collections::BTreeMap<&'static str, u64>| {
        let counts = counts.iter().map(|(what, seeds)| format!("{what} {seeds}"));
        counts.collect::<Vec<_>>().join(", ")
    };
    out::line(&format!(
        "  events, by seeds: {}",
        listed(&tally.coverage.events)
    ));
    out::line(&format!(
        "  statuses, by seeds: {}",
        listed(&tally.coverage.statuses)
    ));
    for (seed, broken) in &tally.broken {
        out::line(&format!(
            "seed {seed} breaks {}: {}",
            broken.law, broken.what
        ));
        let version = generate::VERSION;
        let again = ablation::replay(*seed, without);
        out::line(&format!("  replay it: {again}   (generator {version})"));
        out::line(&format!(
            "  keep it: `{seed} {version} {}` in tests/simulation/regressions.txt",
            broken.law
        ));
    }
    for what in missing {
        out::line(&format!("never reached: {what}"));
    }
}

/// Adds a run to the results of the long programmes.
fn keep(entry: Entry) {
    if let Err(error) = entry.append() {
        eprintln!("the result is not kept: {error}");
    }
}

fn json(tally: &Tally, seconds: f64, missing: &[String]) -> serde_json::Value {
    let faults = tally.coverage.faults.iter();
    let faults = faults.map(|(fault, times)| (fault.name().to_owned(), (*times).into()));
    let faults: serde_json::Map<_, _> = faults.collect();
    let broken = tally.broken.iter().map(|(seed, broken)| {
        serde_json::json!({ "seed": seed, "law": broken.law, "what": broken.what })
    });
    serde_json::json!({
        "kind": "simulation", "seeds": tally.seeds, "seconds": seconds, "faults": faults,
        "calls": tally.calls, "events": tally.coverage.events, "statuses": tally.coverage.statuses,
        "missing": missing, "violations": broken.collect::<Vec<_>>(), "generator": generate::VERSION,
    })
}
