//! The driver dies at any await and another one goes on: every saga still ends, as it should.

use crate::fake::worker::Worker;
use crate::fake::{Client, Life, Ports, World};
use baton_engine::saga::{Saga, Status, event};
use baton_orchestrator::Settings;
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::driver::request::{Reply, Submit};
use baton_shared::catalogue::Catalogue;
use baton_shared::port::{Clock, Lane, StoreError};
use baton_shared::{
    Envelope, JobId, JobKind, Outcome, Partition, SagaId, StepId, Timestamp, Verdict,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

pub(crate) const TRIP: &str = "
document: { dsl: '1.0.3', namespace: test, name: trip, version: '1.0.0' }
do:
  - hotel:
      call: http
      with: { method: post, endpoint: http://hotel/book }
      compensate: { call: http, with: { method: post, endpoint: http://hotel/cancel } }
  - pause:
      wait: { seconds: 3 }
  - both:
      fork:
        branches:
          - flight:
              call: http
              with: { method: post, endpoint: http://flight/book }
              compensate: { call: http, with: { method: post, endpoint: http://flight/cancel } }
          - car:
              call: http
              with: { method: post, endpoint: http://car/book }
              compensate: { call: http, with: { method: post, endpoint: http://car/cancel } }
  - pay:
      call: http
      with: { method: post, endpoint: http://bank/pay }
";

/// More steps than any run here needs.
const PATIENCE: usize = 20_000;

struct Run {
    world: World,
    worker: Worker,
    seed: u64,
}

impl Run {
    fn new() -> Self {
        let world = World::default();
        let definitions = Definitions::new(world.ports(), Catalogue::default());
        let mut deployed = Client::new(async move {
            definitions.deploy(TRIP).await.expect("deploys");
        });
        while deployed.poll().is_pending() {}
        Self {
            world,
            worker: Worker::default(),
            seed: 0,
        }
    }

    fn life(&mut self) -> Life {
        self.seed += 1;
        self.world.start(self.seed, World::settings())
    }

    /// Everything that can happen without time passing, then time.
    fn step(&mut self, life: &mut Life) {
        let polled = life.poll();
        let worked = self.worker.work(&self.world);
        if !polled && !worked {
            self.world.clock.tick();
        }
    }

    /// Lets `life` run until all sagas are over.
    fn finish(&mut self, life: &mut Life) {
        for _ in 0..PATIENCE {
            if self.all_over() {
                return;
            }
            self.step(life);
        }
        panic!("stuck: {:?}", self.statuses());
    }

    /// Lets `life` run until every message is acknowledged.
    fn settle(&mut self, life: &mut Life) {
        for _ in 0..PATIENCE {
            if self.world.queue.is_quiet() {
                return;
            }
            self.step(life);
        }
        panic!("some message is never acknowledged");
    }

    fn sagas(&self) -> Vec<Saga> {
        let kept = self.world.store.kept();
        let replay = |(id, saga): (&SagaId, &crate::fake::store::KeptSaga)| {
            let journal = event::decode(&saga.events).expect("journal reads");
            assert_eq!(journal.len() as u64, saga.seq);
            Saga::replay(id.clone(), &journal).expect("not empty")
        };
        kept.sagas.iter().map(replay).collect()
    }

    fn all_over(&self) -> bool {
        self.sagas().iter().all(Saga::is_over)
    }

    fn statuses(&self) -> Vec<Status> {
        self.sagas().iter().map(Saga::status).collect()
    }
}

fn id(text: &str) -> SagaId {
    text.parse().expect("id")
}

async fn submit(desk: Arc<Desk<Ports>>, saga: SagaId, input: Value) -> Option<Reply> {
    let workflow = desk.shared.definitions.resolve("trip", None).await.ok()?;
    let submit = Submit {
        workflow,
        pinned: false,
        input,
        traceparent: None,
    };
    desk.submit(saga, submit).await.ok()
}

/// Drives until the client has its answer.
fn answered<T>(run: &mut Run, life: &mut Life, mut client: Client<T>) -> T {
    for _ in 0..PATIENCE {
        if let Poll::Ready(answer) = client.poll() {
            return answer;
        }
        run.step(life);
    }
    panic!("no answer");
}

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

#[test]
fn a_store_that_is_away_delays_and_loses_nothing() {
    let mut run = Run::new();
    let mut life = run.life();
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    while !run.worker.work(&run.world) {
        life.poll();
    }
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
    let mut run = Run::new();
    let mut life = run.life();
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    run.finish(&mut life);
    let traces = &run.worker.traces;
    let part = |place: usize| -> BTreeSet<String> {
        let traces = traces.iter().flatten();
        traces
            .map(|trace| trace.split('-').nth(place).expect("part").to_owned())
            .collect()
    };
    assert_eq!(part(1).len(), 1, "one trace");
    assert_eq!(part(2).len(), traces.len(), "a span for each job");
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
    use baton_shared::port::RecordKind;
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
