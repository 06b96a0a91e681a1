//! Cuts the power of a Baton on the embedded store again and again: `make powercut CUTS=500`.
//!
//! See `baton_tests::powercut`. The exit code is 1 when anything was lost, doubled or left standing.

use baton_engine::store::Durability;
use baton_report::{Entry, Kind};
use baton_tests::powercut;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let numbers: Option<Vec<u64>> = std::env::args()
        .skip(1)
        .map(|word| word.parse().ok())
        .collect();
    let Some(numbers) = numbers.filter(|numbers| numbers.len() <= 2) else {
        eprintln!("usage: powercut [CUTS [SEED]]");
        return ExitCode::from(2);
    };
    let plan = powercut::Plan {
        cuts: numbers.first().copied().unwrap_or(500),
        seed: numbers.get(1).copied().unwrap_or(1),
        durability: Durability::Fsync,
    };
    let start = Instant::now();
    let report = powercut::run(plan, |report| {
        eprintln!(
            "{} cuts, {} sagas, {} violations",
            report.cuts,
            report.sagas,
            report.violations.len()
        );
    });
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} power cuts ({} of them while opening) from seed {} in {seconds:.0} s: {} sagas, {} effects; \
         answered sagas were looked for {} times; {} violations",
        report.cuts,
        report.while_opening,
        plan.seed,
        report.sagas,
        report.effects,
        report.looked_for,
        report.violations.len()
    );
    for violation in &report.violations {
        println!("  {violation}");
    }
    if let Err(error) = entry(&report, plan.seed, seconds).append() {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    if report.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// As the results of long programmes are kept.
fn entry(report: &powercut::Report, seed: u64, seconds: f64) -> Entry {
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
        notes: vec![format!("seed {seed}")],
        violations: report.violations.clone(),
        ..Entry::default()
    }
}
