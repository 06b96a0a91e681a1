//! Store, queue or messages fail: nothing accepted is lost, and nobody else is stopped.

use crate::fake::run::{PATIENCE, Run, TRIP, answered, id, submit};
use crate::fake::{Client, Life, World};
use baton_engine::saga::Status;
use baton_orchestrator::Settings;
use baton_orchestrator::metrics::Known;
use baton_shared::port::{Clock, Lane, RecordKind, StoreError};
use baton_shared::{Envelope, JobId, JobKind, Outcome, Partition, StepId, Timestamp, Verdict};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// One orchestrator, which has accepted the saga `one`.
fn begun() -> (Run, Life) {
    let mut run = Run::new();
    let mut life = run.life();
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    (run, life)
}

/// The same, and the outcome of its first call is at the queue.
fn called() -> (Run, Life) {
    let (mut run, mut life) = begun();
    while !run.worker.work(&run.world) {
        life.poll();
    }
    (run, life)
}

#[test]
fn a_lost_answer_of_the_store_is_asked_for_again() {
    let mut run = Run::new();
    let mut life = run.life();
    run.world.store.kept().lose_answers = 2;
    let client = submit(life.desk.clone(), id("one"), json!({}));
    let reply = answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    assert!(
        reply.created,
        "the repetition of the append is answered like the first"
    );
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed]);
}

/// What the store wrote and did not say so is counted by who wrote it, when it reads the saga again: where the store
/// was asked in vain, and where somebody else moved on from there before it was asked again.
#[test]
fn what_was_written_unheard_is_counted_once_it_is_read() {
    let counted = |lost: usize, overtaken: bool| {
        let (mut run, mut life) = called();
        run.world.store.kept().lose_answers = lost;
        if overtaken {
            while run.world.store.kept().lose_answers > 0 {
                life.poll();
            }
            let mut kept = run.world.store.kept();
            kept.sagas.get_mut(&id("one")).expect("it is there").txid += 1;
        }
        run.finish(&mut life);
        assert_eq!(run.statuses(), [Status::Completed]);
        let text = life.desk.shared.metrics.render(Known::default());
        let told = |line: &&str| line.starts_with("baton_") && line.contains("_total");
        text.lines()
            .filter(told)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let heard = counted(0, false);
    assert!(
        heard
            .iter()
            .any(|line| line.starts_with("baton_attempts_total")),
        "{heard:#?}"
    );
    assert_eq!(counted(1, false), heard, "the repetition says so");
    assert_eq!(counted(3, false), heard, "asked three times in vain");
    assert_eq!(counted(1, true), heard, "somebody else moved it on");
}

#[test]
fn a_store_that_is_away_delays_and_loses_nothing() {
    let (mut run, mut life) = called();
    // The outcome is there, and cannot be written for a while.
    run.world.store.kept().fail = 30;
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed]);
    run.settle(&mut life);
    assert_eq!(run.worker.calls.len(), 4);
    let attempts = run.worker.calls.values().map(BTreeSet::len);
    assert_eq!(
        attempts.max(),
        Some(1),
        "the outcome was kept, not waited out"
    );
}

#[test]
fn a_failed_publication_is_repeated_when_its_duty_is_due() {
    let mut run = Run::new();
    let mut life = run.life();
    run.world.queue.lanes().fail = 2;
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed]);
    assert!(run.worker.again > 0, "the repetition says so");
}

/// A failover to a copy that lagged behind, or an emptied store: what it had acknowledged is gone.
/// Nobody can bring it back; it must not go unsaid.
#[test]
fn a_store_that_lost_what_it_acknowledged_is_noticed() {
    let (mut run, mut life) = begun();
    let older = run.world.store.kept().sagas.clone();
    let seq = |run: &Run| run.world.store.kept().sagas[&id("one")].seq;
    let (before, mut polls) = (seq(&run), 0);
    while seq(&run) == before {
        run.step(&mut life);
        polls += 1;
        assert!(polls < PATIENCE, "the saga does not move");
    }
    assert_eq!(life.desk.shared.metrics.lost(), 0);
    run.world.store.kept().sagas = older;
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed], "it goes on from there");
    assert_eq!(life.desk.shared.metrics.lost(), 1);
}

/// What was lost was replaced by as many events: the length alone would not tell.
#[test]
fn another_journal_of_the_same_length_is_not_appended_to() {
    let (mut run, mut life) = begun();
    let loads = run.world.store.kept().loads;
    let mut kept = run.world.store.kept();
    kept.sagas.get_mut(&id("one")).expect("it is there").txid += 1;
    drop(kept);
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed], "decided anew on it");
    assert_eq!(run.world.store.kept().loads, loads + 1);
    assert_eq!(life.desk.shared.metrics.lost(), 1, "and said");
}

#[test]
fn nothing_is_accepted_while_store_or_queue_are_in_trouble() {
    let mut run = Run::new();
    let mut life = run.life();
    run.world.store.kept().trouble = Some(StoreError::Full("no room".to_owned()));
    let client = submit(life.desk.clone(), id("one"), json!({}));
    assert!(answered(&mut run, &mut life, Client::new(client)).is_none());
    assert!(run.world.store.kept().sagas.is_empty());
}

#[test]
fn another_input_under_a_used_id_is_a_conflict() {
    let mut run = Run::new();
    let mut life = run.life();
    for (input, fine, created) in [(1, true, true), (1, true, false), (2, false, false)] {
        let client = submit(life.desk.clone(), id("one"), json!({ "n": input }));
        let reply = answered(&mut run, &mut life, Client::new(client));
        assert_eq!(reply.is_some(), fine);
        assert_eq!(reply.is_some_and(|reply| reply.created), created);
    }
}

#[test]
fn jobs_carry_the_trace_on() {
    let (mut run, mut life) = begun();
    run.finish(&mut life);
    let traces = &run.worker.traces;
    let part = |place: usize| -> BTreeSet<String> {
        let traces = traces.iter().flatten();
        traces
            .map(|trace| trace.split('-').nth(place).expect("part").to_owned())
            .collect()
    };
    assert_eq!(part(1).len(), 1, "one trace");
    assert_eq!(part(2).len(), 1, "every job hangs below the saga's span");
}

/// A success of a saga that never was.
fn stray_outcome() -> Vec<u8> {
    let job = JobId {
        saga: id("nobody"),
        step: StepId::new("hotel"),
        kind: JobKind::Task,
        epoch: 0,
        round: 0,
        attempt: 1,
    };
    let outcome = Outcome {
        job,
        verdict: Verdict::Succeeded { output: json!({}) },
        status: Some(200),
        redelivered: false,
        started_at: Timestamp(1),
        ended_at: Timestamp(2),
    };
    Envelope::new(outcome).encode()
}

#[test]
fn what_nobody_can_use_is_kept_whole_and_stops_nobody() {
    let mut run = Run::new();
    let mut life = run.life();
    let outcomes = Lane::Outcomes(Partition(0));
    let poison: [&[u8]; 5] = [
        b"",
        b"not json",
        &[0xff, 0xfe],
        b"{\"v\":9,\"type\":\"baton.outcome\",\"body\":{}}",
        b"{\"v\":1,\"type\":\"baton.job\",\"body\":{}}",
    ];
    run.world.queue.put(outcomes.clone(), stray_outcome(), None);
    for body in poison {
        run.world.queue.put(outcomes.clone(), body.to_vec(), None);
        run.world.queue.put(Lane::Dead, body.to_vec(), None);
    }
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    run.finish(&mut life);
    run.settle(&mut life);
    let orphans = run.world.store.records_of(RecordKind::Orphan);
    assert_eq!(orphans.len(), 2 * poison.len() + 1, "each is kept");
    let kept = |text: &str| {
        orphans
            .iter()
            .any(|(_, value)| String::from_utf8_lossy(value).contains(text))
    };
    assert!(kept("not json") && kept("there is no saga `nobody`"));
}

#[test]
fn a_timer_of_our_own_does_not_wait_for_the_next_poll() {
    let mut run = Run::new();
    let settings = Settings {
        poll: Duration::from_secs(3600),
        ..World::settings()
    };
    let mut life = run.world.start(1, settings);
    for _ in 0..10 {
        life.poll();
    }
    let from = run.world.clock.now();
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    run.finish(&mut life);
    let took = run.world.clock.now().since(from);
    assert!(
        took < Duration::from_secs(5),
        "it waits 3 s by itself, and took {took:?}"
    );
}

#[test]
fn a_finished_saga_is_forgotten_after_its_retention() {
    let mut run = Run::new();
    let settings = Settings {
        retention: Duration::from_secs(3600),
        ..World::settings()
    };
    let mut life = run.world.start(1, settings);
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    run.finish(&mut life);
    let over = run.world.clock.now();
    while run.world.clock.now().since(over) < Duration::from_secs(3598) {
        run.step(&mut life);
    }
    assert_eq!(run.statuses(), [Status::Completed], "kept until then");
    for _ in 0..PATIENCE {
        if run.world.store.kept().sagas.is_empty() {
            return;
        }
        run.step(&mut life);
    }
    panic!("still there");
}

#[test]
fn who_waits_is_told_at_once() {
    let mut run = Run::new();
    let settings = Settings {
        poll: Duration::from_secs(3600),
        ..World::settings()
    };
    let mut life = run.world.start(1, settings);
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    let from = run.world.clock.now();
    let (desk, deadline) = (life.desk.clone(), from.after(Duration::from_secs(60)));
    let waiting = Client::new(async move { desk.wait(&id("one"), deadline).await });
    let view = answered(&mut run, &mut life, waiting).expect("is there");
    assert_eq!(view.status(), Status::Completed);
    let took = run.world.clock.now().since(from);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_saga_without_its_definition_waits_for_it_and_stops_nobody() {
    let (mut run, life) = begun();
    let mine = (RecordKind::Definition, "test/trip@1.0.0".to_owned());
    let lost = run
        .world
        .store
        .kept()
        .records
        .remove(&mine)
        .expect("is there");

    drop(life);
    let mut life = run.life();
    let desk = life.desk.clone();
    let other = TRIP.replace("namespace: test", "namespace: other");
    let deploy = async move { desk.shared.definitions.deploy(&other).await.is_ok() };
    assert!(answered(&mut run, &mut life, Client::new(deploy)));
    let client = submit(life.desk.clone(), id("two"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    let desk = life.desk.clone();
    let reported = || {
        !desk
            .shared
            .metrics
            .render(Known::default())
            .contains("baton_unreadable_total 0\n")
    };
    for _ in 0..PATIENCE {
        if run.statuses()[1] == Status::Completed && reported() {
            break;
        }
        run.step(&mut life);
    }
    assert_eq!(run.statuses(), [Status::Running, Status::Completed]);
    assert!(reported(), "nobody has to guess why it stands still");

    run.world.store.kept().records.insert(mine, lost);
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed; 2]);
}
