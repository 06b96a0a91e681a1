//! What people see of each attempt, whichever way it went.

mod common;

use baton_engine::saga::view::{SagaView, StepStatus};
use baton_engine::saga::{self, Decision, Input, Saga, Submission};
use baton_engine::workflow::Workflow;
use baton_shared::outcome::Verdict;
use baton_shared::{Outcome, Problem, Timestamp};
use serde_json::{Value, json};

fn begin(workflow: &Workflow, now: Timestamp) -> (Saga, Decision) {
    let submission = Submission {
        id: "s1".parse().expect("id"),
        input: Value::Null,
        traceparent: None,
    };
    saga::start(workflow, submission, now).expect("starts")
}

#[test]
fn each_attempt_has_the_status_that_came_back() {
    let task = "{ call: r.do, retry: { limit: { attempt: { count: 2 } }, delay: { seconds: 1 } } }";
    let workflow = common::workflow(&format!(
        "do: [{{ a: {task} }}, {{ b: {{ set: {{ n: 1 }} }} }}]"
    ));
    let mut now = Timestamp(1_000_000);
    let (mut saga, decision) = begin(&workflow, now);
    let mut journal = decision.events;
    let unknown = || Verdict::Unknown {
        problem: Problem::standard("communication", 500, "no"),
    };
    let good = Verdict::Succeeded { output: json!({}) };
    for (verdict, status) in [(unknown(), None), (unknown(), Some(500)), (good, Some(201))] {
        let outcome = Outcome {
            job: saga.owed().next().expect("a job is out"),
            verdict,
            status,
            redelivered: false,
            started_at: now,
            ended_at: now,
        };
        let came = Input::Outcome(Box::new(outcome));
        let decision = saga::decide(&workflow, &mut saga, came, now).expect("goes on");
        journal.extend(decision.events);
        if let Some(due) = saga.wake_at() {
            now = due;
            let decision = saga::decide(&workflow, &mut saga, Input::Tick, now).expect("goes on");
            journal.extend(decision.events);
        }
    }
    let view = SagaView::of(saga.id(), &journal).expect("a saga");
    let attempts = view.steps[0].attempts.iter();
    let seen: Vec<_> = attempts.map(|a| (a.status, a.http_status)).collect();
    let expected = [
        (StepStatus::Unknown, None),
        (StepStatus::Unknown, Some(500)),
        (StepStatus::Succeeded, Some(201)),
    ];
    assert_eq!(seen, expected);
    assert!(view.steps[1].attempts.is_empty(), "nobody answered a `set`");
}

/// A report that came before, as a block's next round falls due: the round begins, and not because of it.
#[test]
fn what_is_due_of_itself_makes_no_news_of_a_report() {
    let guarded = "{ try: [{ a: { call: s.do } }], catch: { retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }";
    let workflow = common::workflow(&format!("do: [{{ guarded: {guarded} }}]"));
    let mut now = Timestamp(1_000_000);
    let (mut saga, _) = begin(&workflow, now);
    let refused = Outcome {
        job: saga.owed().next().expect("a job is out"),
        verdict: Verdict::Rejected {
            retryable: false,
            retry_after_ms: None,
            problem: Problem::standard("communication", 422, "no"),
        },
        status: Some(422),
        redelivered: false,
        started_at: now,
        ended_at: now,
    };
    let came = Input::Outcome(Box::new(refused));
    let first = saga::decide(&workflow, &mut saga, came.clone(), now).expect("goes on");
    assert!(first.used, "it is news");

    let again = saga::decide(&workflow, &mut saga, came.clone(), now).expect("goes on");
    assert!(!again.used && again.events.is_empty(), "nothing is due yet");

    now = saga.wake_at().expect("the next round has its time");
    let again = saga::decide(&workflow, &mut saga, came, now).expect("goes on");
    assert!(!again.used, "it was known");
    assert!(!again.events.is_empty(), "the round begins");
}
