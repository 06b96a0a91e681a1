//! The thousandth step of a loop costs what the first did (DESIGN section 3).

mod common;

use baton_engine::saga::{self, Input, Submission};
use baton_shared::outcome::Verdict;
use baton_shared::{Outcome, Timestamp};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Iterations of the loop, and how many are taken together.
const ROUNDS: usize = 1_000;
const WINDOW: usize = 100;

/// The times of a decision (upper quartile) in the first and in the last iterations. Where `fails` names a
/// step, its calls are refused.
fn first_and_last(tasks: &str, fails: &str) -> (Duration, Duration) {
    let workflow = common::workflow(&format!(
        "do: [{{ each: {{ for: {{ in: '${{ [range({ROUNDS})] }}' }}, do: {tasks} }} }}]"
    ));
    let now = Timestamp(1_000_000);
    let submission = Submission {
        id: "s1".parse().expect("id"),
        input: Value::Null,
        traceparent: None,
    };
    let (mut saga, _) = saga::start(&workflow, submission, now).expect("starts");
    let mut times = Vec::new();
    loop {
        let next = saga.owed().next();
        let Some(job) = next else { break };
        let refused = !fails.is_empty() && job.step.as_str().starts_with(fails);
        let undoes = job.step.as_str().contains(":undo");
        let verdict = if refused && !undoes {
            Verdict::Unknown {
                problem: baton_shared::Problem::standard("communication", 500, "no"),
            }
        } else {
            Verdict::Succeeded {
                output: json!({ "id": 1 }),
            }
        };
        let outcome = Outcome {
            job,
            verdict,
            status: Some(200),
            redelivered: false,
            started_at: now,
            ended_at: now,
        };
        let began = Instant::now();
        saga::decide(&workflow, &mut saga, Input::Outcome(Box::new(outcome)), now)
            .expect("goes on");
        times.push(began.elapsed());
    }
    assert!(saga.status().is_final() && times.len() >= ROUNDS);
    let per_round = times.len() / ROUNDS;
    let window = WINDOW * per_round;
    let quartile = |window: &[Duration]| {
        let mut window = window.to_vec();
        window.sort();
        // Three quarters of a window are at most so dear; what is above is mostly not ours.
        window[window.len() * 3 / 4]
    };
    (
        quartile(&times[..window]),
        quartile(&times[times.len() - window..]),
    )
}

fn is_flat(tasks: &str, fails: &str) {
    // Another process may have had the processor; three tries all say the same only if it is so.
    let tries: Vec<_> = (0..3).map(|_| first_and_last(tasks, fails)).collect();
    let flat = tries.iter().any(|(first, last)| *last < first.mul_f64(1.8));
    assert!(flat, "first and last of {ROUNDS} rounds: {tries:?}");
}

#[test]
fn steps_with_compensations() {
    is_flat("[{ A: { call: s.do, compensate: s.undo } }]", "");
}

#[test]
fn composites_that_replace_what_is_below() {
    is_flat(
        "[{ K: { do: [{ A: { call: s.do, compensate: s.undo } }, { B: { call: s.do, compensate: s.undo } }], compensate: s.undo } }]",
        "",
    );
}

#[test]
fn blocks_that_catch() {
    is_flat(
        "[{ A: { call: s.do, compensate: s.undo } }, { t: { try: [{ B: { call: s.do, compensate: s.undo } }], catch: { do: [{ H: { call: s.do, compensate: s.undo } }] } } }]",
        "B",
    );
}

#[test]
fn competitions() {
    is_flat(
        "[{ race: { fork: { compete: true, branches: [{ A: { call: s.do, compensate: s.undo } }, { B: { call: s.do, compensate: s.undo } }] } } }]",
        "",
    );
}
