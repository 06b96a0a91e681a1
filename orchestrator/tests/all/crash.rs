//! The driver dies at any await and another one goes on: every saga still ends, as it should.

use crate::fake::Client;
use crate::fake::run::{PATIENCE, Run, answered, id, submit};
use baton_engine::saga::Status;
use baton_orchestrator::driver::request::Reply;
use serde_json::json;
use std::collections::BTreeSet;
use std::task::Poll;

/// Runs `sagas` sagas to their end, with a new driver after every `every` polls, until `crashes`
/// have happened.
fn with_crashes(every: usize, crashes: usize, refuses: &[&'static str]) -> Run {
    let mut run = Run::new();
    run.worker.refuses = refuses.to_vec();
    let names = ["one", "two", "three"];
    let mut accepted = [false; 3];
    for _ in 0..=crashes {
        let mut life = run.life();
        let mut clients: Vec<Option<Client<Option<Reply>>>> = names
            .iter()
            .zip(accepted)
            .map(|(name, done)| {
                let client = submit(life.desk.clone(), id(name), json!({ "for": name }));
                (!done).then(|| Client::new(client))
            })
            .collect();
        for _ in 0..every {
            for (client, accepted) in clients.iter_mut().zip(&mut accepted) {
                if let Some(Poll::Ready(answer)) = client.as_mut().map(Client::poll) {
                    *accepted = answer.is_some();
                    *client = None;
                }
            }
            run.step(&mut life);
        }
        for (name, accepted) in names.iter().zip(accepted) {
            let there = run.world.store.kept().sagas.contains_key(&id(name));
            assert!(there || !accepted, "accepted and lost");
        }
    }
    let mut life = run.life();
    for name in names {
        let client = submit(life.desk.clone(), id(name), json!({ "for": name }));
        let reply = answered(&mut run, &mut life, Client::new(client));
        assert!(reply.is_some(), "the same submission is always fine");
    }
    run.finish(&mut life);
    run
}

#[test]
fn a_crash_at_any_await_loses_nothing() {
    for every in 1..160 {
        let run = with_crashes(every, 1, &[]);
        assert_eq!(
            run.statuses(),
            [Status::Completed; 3],
            "after {every} polls"
        );
        assert_eq!(run.worker.calls.len(), 12, "one key a step");
    }
}

#[test]
fn crashing_again_and_again_only_delays() {
    for every in [7, 13, 29, 61] {
        let run = with_crashes(every, 40, &[]);
        assert_eq!(
            run.statuses(),
            [Status::Completed; 3],
            "every {every} polls"
        );
        assert_eq!(run.worker.calls.len(), 12, "one key a step");
    }
}

#[test]
fn what_failed_is_undone_despite_crashes() {
    for every in (1..160).step_by(3) {
        let run = with_crashes(every, 2, &["bank/pay"]);
        assert_eq!(
            run.statuses(),
            [Status::Compensated; 3],
            "after {every} polls"
        );
    }
}

/// An outcome is for whoever takes it, and not for whoever published its job.
#[test]
fn news_of_what_another_orchestrator_began_is_not_ignored() {
    let mut run = Run::new();
    let (mut one, mut two) = (run.life(), run.life());
    let client = submit(one.desk.clone(), id("a"), json!({}));
    answered(&mut run, &mut one, Client::new(client)).expect("accepted");
    // One knows that the saga waits, for its time is near; two moves it on when that time has come.
    for _ in 0..PATIENCE {
        if run.statuses() == [Status::Waiting] && run.world.queue.is_quiet() {
            break;
        }
        run.step(&mut one);
    }
    assert_eq!(run.statuses(), [Status::Waiting]);
    for _ in 0..PATIENCE {
        if run.statuses() == [Status::Running] {
            break;
        }
        if !two.poll() {
            run.world.clock.tick();
        }
    }
    while two.poll() {}
    assert!(run.worker.work(&run.world), "the next jobs are out");
    run.finish(&mut one);
    assert_eq!(run.statuses(), [Status::Completed]);
    let attempts = run.worker.calls.values().map(BTreeSet::len);
    assert_eq!(attempts.max(), Some(1), "no outcome was taken and ignored");
}

#[test]
fn two_orchestrators_share_the_work() {
    let mut run = Run::new();
    let (mut one, mut two) = (run.life(), run.life());
    for (place, name) in ["a", "b", "c", "d", "e", "f"].into_iter().enumerate() {
        let life = if place % 2 == 0 { &mut one } else { &mut two };
        let client = submit(life.desk.clone(), id(name), json!({}));
        let reply = answered(&mut run, life, Client::new(client)).expect("accepted");
        assert!(reply.created);
    }
    for _ in 0..PATIENCE {
        if run.all_over() {
            break;
        }
        // Both want the same outcomes: whichever is polled first gets them.
        let polled = one.poll() | two.poll();
        if !run.worker.work(&run.world) && !polled {
            run.world.clock.tick();
        }
    }
    assert_eq!(run.statuses(), [Status::Completed; 6]);
    let attempts = run.worker.calls.values().map(BTreeSet::len);
    assert_eq!(attempts.max(), Some(1), "no outcome was taken and ignored");
}
