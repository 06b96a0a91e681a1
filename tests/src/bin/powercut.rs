//! Cuts the power of a Baton on the embedded store again and again: `make powercut CUTS=500`.
//!
//! See `baton_tests::powercut`. Each life is kept as soon as it is over, and `--resume` leaves out those
//! that are kept. The exit code is 1 when anything was lost, doubled or left standing.

use baton_engine::store::Durability;
use baton_report::{Entry, KeepError, Kind};
use baton_tests::powercut::{self, Plan, Report};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    baton_report::begin();
    let Some((mut plan, resume)) = asked(std::env::args().skip(1)) else {
        eprintln!("usage: powercut [CUTS [SEED]] [--resume]");
        return ExitCode::from(2);
    };
    if resume {
        plan.done = done(plan.seed).min(plan.cuts);
        println!("{} cuts of seed {} were made before", plan.done, plan.seed);
    }
    let start = Instant::now();
    let mut life = Instant::now();
    let mut kept = Ok(());
    let report = powercut::run(plan, |report| {
        let seconds = std::mem::replace(&mut life, Instant::now()).elapsed();
        eprintln!("{}", told(report));
        let entry = entry(report, plan.seed, seconds.as_secs_f64());
        if let Err(error) = entry.append() {
            kept = Err(error);
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    println!("seed {} in {seconds:.0} s: {}", plan.seed, told(&report));
    for violation in &report.violations {
        println!("  {violation}");
    }
    ended(&report, kept)
}

/// What was asked for, and whether to go on; nothing where it cannot be read.
fn asked(words: impl Iterator<Item = String>) -> Option<(Plan, bool)> {
    let (flags, numbers): (Vec<String>, Vec<String>) =
        words.partition(|word| word.starts_with('-'));
    let resume = !flags.is_empty();
    let numbers: Option<Vec<u64>> = numbers.iter().map(|word| word.parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.len() <= 2)?;
    let plan = Plan {
        cuts: numbers.first().copied().unwrap_or(500),
        done: 0,
        seed: numbers.get(1).copied().unwrap_or(1),
        durability: Durability::Fsync,
    };
    flags
        .iter()
        .all(|flag| flag == "--resume")
        .then_some((plan, resume))
}

/// Cuts of this seed, in whole lives, that were made at this commit and lost nothing.
fn done(seed: u64) -> u64 {
    let runs = baton_report::ran_here(Kind::PowerCut);
    let of_seed = runs.iter().filter(|run| run.notes.contains(&note(seed)));
    let cuts = of_seed.map(|run| run.counts.get("cuts").copied().unwrap_or(0));
    cuts.filter(|cuts| *cuts == powercut::LIFE).sum()
}

fn told(report: &Report) -> String {
    format!(
        "{} power cuts ({} of them while opening), {} sagas, {} effects; answered sagas were looked \
         for {} times; {} violations",
        report.cuts,
        report.while_opening,
        report.sagas,
        report.effects,
        report.looked_for,
        report.violations.len()
    )
}

fn ended(report: &Report, kept: Result<(), KeepError>) -> ExitCode {
    if let Err(error) = kept {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::from(u8::from(!report.violations.is_empty()))
}

fn note(seed: u64) -> String {
    format!("seed {seed}")
}

/// One life, as the results of long programmes are kept.
fn entry(report: &Report, seed: u64, seconds: f64) -> Entry {
    let counts = [
        ("cuts", report.cuts),
        ("cuts while opening", report.while_opening),
        ("sagas", report.sagas),
        ("effects", report.effects),
    ];
    Entry {
        kind: Kind::PowerCut,
        name: "whole Baton on a disk in memory".to_owned(),
        seconds,
        counts: counts.map(|(name, count)| (name.to_owned(), count)).into(),
        notes: vec![note(seed)],
        violations: report.violations.clone(),
        ..Entry::default()
    }
}
