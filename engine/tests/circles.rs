//! A saga that runs in circles comes to an end, and one that runs long is not in the way of others.

mod common;

use baton_engine::saga::{self, Event, Input, Saga, Status, Submission};
use baton_engine::workflow::Workflow;
use baton_shared::outcome::Verdict;
use baton_shared::{Outcome, Timestamp};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_000_000);

fn start(workflow: &Workflow) -> (Saga, usize) {
    start_with(workflow, Value::Null)
}

fn start_with(workflow: &Workflow, input: Value) -> (Saga, usize) {
    let submission = Submission {
        id: "s1".parse().expect("id"),
        input,
        traceparent: None,
    };
    let (saga, decision) = saga::start(workflow, submission, NOW).expect("starts");
    (saga, decision.events.len())
}

/// Ticks for as long as the saga is due; gives the number of turns.
fn run(workflow: &Workflow, saga: &mut Saga) -> usize {
    run_seeing(workflow, saga, |_| {})
}

fn run_seeing(workflow: &Workflow, saga: &mut Saga, mut see: impl FnMut(&Event)) -> usize {
    for turns in 0..200 {
        if saga.wake_at().is_none_or(|at| at > NOW) {
            return turns;
        }
        let decision = saga::decide(workflow, saga, Input::Tick, NOW).expect("a tick");
        assert!(
            !decision.events.is_empty(),
            "it is due, and nothing follows"
        );
        assert!(decision.events.len() < 5_100, "a turn yields");
        decision
            .events
            .iter()
            .for_each(|recorded| see(&recorded.event));
    }
    panic!("it never rests");
}

fn succeed(workflow: &Workflow, saga: &mut Saga) {
    let job = saga.owed().next().expect("a call is out");
    let outcome = Outcome {
        job,
        verdict: Verdict::Succeeded { output: json!({}) },
        status: Some(200),
        redelivered: false,
        started_at: NOW,
        ended_at: NOW,
    };
    saga::decide(workflow, saga, Input::Outcome(Box::new(outcome)), NOW).expect("an outcome");
}

#[test]
fn a_loop_of_local_tasks_fails() {
    let workflow =
        common::workflow("do: [{ a: { set: { n: 1 } } }, { b: { set: { n: 2 }, then: a } }]");
    let (mut saga, events) = start(&workflow);
    assert!((1_000..1_100).contains(&events), "the first turn yields");
    assert!(run(&workflow, &mut saga) > 10);
    assert_eq!(saga.status(), Status::Faulted);
    assert!(
        saga.seq() < 101_000,
        "the journal is bounded: {}",
        saga.seq()
    );
}

#[test]
fn no_catch_takes_it() {
    let workflow = common::workflow(
        "do: [{ t: { try: [{ a: { set: { n: 1 }, then: b } }, { b: { set: { n: 2 }, then: a } }], catch: { then: t } } }]",
    );
    let (mut saga, _) = start(&workflow);
    run(&workflow, &mut saga);
    assert_eq!(saga.status(), Status::Faulted);
}

#[test]
fn after_the_pivot_it_is_held_and_may_go_on_for_another_while() {
    let workflow = common::workflow(
        "do: [{ P: { call: s.do, pivot: true } }, { a: { set: { n: 1 } } }, { b: { set: { n: 2 }, then: a } }]",
    );
    let (mut saga, _) = start(&workflow);
    succeed(&workflow, &mut saga);
    let mut held = None;
    run_seeing(&workflow, &mut saga, |event| {
        if let Event::TaskHeld { node, .. } = event {
            held = Some(node.clone());
        }
    });
    assert_eq!(saga.status(), Status::Suspended);
    assert_eq!(saga.row().held, 1);
    let input = Input::Retry {
        step: held.expect("the letter names its step"),
        input: None,
    };
    saga::decide(&workflow, &mut saga, input, NOW).expect("a retry");
    run(&workflow, &mut saga);
    assert_eq!(saga.status(), Status::Suspended, "and is held again");
}

#[test]
fn a_wait_in_the_loop_lets_it_live() {
    let workflow = common::workflow(
        "do: [{ a: { set: { n: 1 } } }, { b: { wait: { seconds: 1 }, then: a } }]",
    );
    let (mut saga, _) = start(&workflow);
    let mut now = NOW;
    for _ in 0..60_000 {
        now = saga.wake_at().expect("it waits");
        saga::decide(&workflow, &mut saga, Input::Tick, now).expect("a tick");
    }
    assert_eq!(saga.status(), Status::Waiting);
    assert!(saga.seq() > 100_000);
    assert!(now > NOW);
}

/// A rollback of local compensations alone yields as well, and goes on.
#[test]
fn a_long_rollback_yields_and_goes_on() {
    let workflow = common::workflow(
        "do: [{ each: { for: { in: '${ [range(3000)] }' }, do: [{ K: { do: [{ a: { set: { n: 1 } } }], compensate: { set: { gone: true } } } }] } }, \
         { fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } } }]",
    );
    let (mut saga, _) = start(&workflow);
    run(&workflow, &mut saga);
    assert_eq!(saga.status(), Status::Compensated);
}

/// Few events may carry much: 64 of them 4 MiB.
#[test]
fn a_turn_yields_after_so_many_bytes() {
    let workflow =
        common::workflow("do: [{ a: { set: '${ . }' } }, { b: { set: '${ . }', then: a } }]");
    let (_, events) = start_with(&workflow, json!("x".repeat(64 * 1024)));
    assert!((60..80).contains(&events), "{events} events");
}

/// Few events may be much work: one that burns 0.7 of what an expression may leaves room for two more.
#[test]
fn a_turn_yields_after_so_much_work() {
    let workflow = common::workflow(
        "do: [{ a: { set: '${ [range(20000)] | length }' } }, { b: { set: { n: 1 }, then: a } }]",
    );
    let (_, events) = start(&workflow);
    assert_eq!(events, 7);
}
