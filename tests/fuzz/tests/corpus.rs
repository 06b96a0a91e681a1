//! Every target on its whole corpus, and on mutations of it that follow from a seed.
//!
//! `BATON_MUTATIONS=10000 BATON_SEED=7 cargo test -p baton-fuzz` makes more of them, and others.

use baton_fuzz::luck::Luck;
use baton_fuzz::mutate::mutated;
use baton_fuzz::{TARGETS, Target, corpus, find};
use baton_shared::id::stable_hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Mutations of each input when nobody says.
const MUTATIONS: u64 = 40;
/// Larger inputs are not mutated so often: what they test is their size.
const LARGE: usize = 16 * 1024;
/// An input that takes longer hangs somewhere, also on a busy machine.
const SLOWEST: Duration = Duration::from_secs(60);
/// What the process may have used at most, in KiB: the largest input has a mebibyte.
const MEMORY: u64 = 1024 * 1024;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn all_inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let made = (target.seeds)().into_iter().enumerate();
    let made = made.map(|(nth, bytes)| (format!("made-{nth}"), bytes));
    corpus::inputs(target.name)
        .into_iter()
        .chain(made)
        .collect()
}

/// Runs one input; what it was is said when it breaks something.
fn try_one(target: &Target, name: &str, input: &[u8]) {
    let start = Instant::now();
    let broken = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let took = start.elapsed();
    if took > Duration::from_secs(1) {
        eprintln!("{} took {took:?} on {name}", target.name);
    }
    let shown = String::from_utf8_lossy(&input[..input.len().min(2_000)]).into_owned();
    assert!(broken.is_ok(), "{} broke on {name}:\n{shown}", target.name);
    assert!(
        took < SLOWEST,
        "{} took {took:?} on {name}:\n{shown}",
        target.name
    );
}

fn exercise(name: &str) {
    let target = find(name).expect("a target");
    let inputs = all_inputs(target);
    assert!(inputs.len() >= 3, "{name} has a corpus");
    for (name, input) in &inputs {
        try_one(target, name, input);
    }
    let seed = number("BATON_SEED").unwrap_or(1);
    let mutations = number("BATON_MUTATIONS").unwrap_or(MUTATIONS);
    for (nth, (name, input)) in inputs.iter().enumerate() {
        let times = if input.len() > LARGE { 2 } else { mutations };
        for time in 0..times {
            let of = format!("{seed} {name} {time}");
            let mut luck = Luck::new(stable_hash(of.as_bytes()));
            let other = &inputs[(nth + luck.below(inputs.len())) % inputs.len()].1;
            let spoiled = mutated(input, other, target.words, &mut luck);
            try_one(
                target,
                &format!("{name}, mutation {time} of seed {seed}"),
                &spoiled,
            );
        }
    }
    bounded(name);
}

/// The most this process ever had in memory, where the system tells.
fn bounded(name: &str) {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok());
    let peak = peak.expect("the kernel says how much");
    assert!(peak < MEMORY, "{name} took {peak} KiB");
}

macro_rules! targets {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            exercise($name);
        })*

        #[test]
        fn every_target_is_exercised() {
            let here = [$($name),*];
            let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, here);
        }
    };
}

targets! {
    answers: "answer",
    api_requests: "api",
    arguments: "arguments",
    catalogues: "catalogue",
    durations: "duration",
    expressions: "expression",
    headers: "headers",
    ids: "id",
    journals: "journal",
    log_entries: "log-entries",
    log_recovery: "log-recovery",
    jobs: "job",
    outcomes: "outcome",
    page_tokens: "page-token",
    records: "record",
    redis_answers: "redis-answer",
    retry_after: "retry-after",
    settings: "settings",
    traceparents: "traceparent",
    workflows: "workflow",
}

/// No two files are the same, and every name says what is nasty about it.
#[test]
fn the_corpus_is_tidy() {
    for target in TARGETS {
        let inputs = corpus::inputs(target.name);
        for (nth, (name, input)) in inputs.iter().enumerate() {
            let words = name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(
                words && name.contains('-'),
                "{}/{name}: name what it shows",
                target.name
            );
            let twin = inputs[..nth].iter().find(|(_, other)| other == input);
            assert!(twin.is_none(), "{}/{name} is there twice", target.name);
            assert!(
                input.len() <= 16 * 1024,
                "{name}: make large inputs in `seeds`"
            );
        }
    }
}
