//! The laws of the run loop: crashed at every await point it still reports every job, truthfully.

mod world;

use baton_shared::port::Lane;
use baton_shared::{Outcome, Timestamp, Verdict};
use std::collections::BTreeMap;
use world::{Life, World, job, pools};

/// Jobs of two services, one sent twice, one unreadable message.
fn busy_world() -> (World, Vec<String>) {
    let world = World::default();
    let mut jobs: Vec<_> = (0..3).map(|n| job("pay", n)).collect();
    jobs.push(job("ship", 7));
    for job in &jobs {
        world.put(job);
    }
    let mut copy = job("pay", 0);
    copy.again = true;
    world.put(&copy);
    world.put_raw(
        Lane::Jobs("pay".parse().expect("a name")),
        b"{ not a job".to_vec(),
    );
    (world, jobs.iter().map(|job| job.id.to_string()).collect())
}

/// What must be true when everything is done with, however often the worker died.
fn check(world: &World, jobs: &[String]) {
    assert!(world.is_quiet(), "messages are left");
    let facts = world.facts();
    let mut said: BTreeMap<String, Vec<&Outcome>> = BTreeMap::new();
    for outcome in &facts.published {
        said.entry(outcome.job.to_string())
            .or_default()
            .push(outcome);
    }
    assert_eq!(
        said.keys().cloned().collect::<Vec<_>>(),
        jobs,
        "each job's outcome arrives"
    );
    for (job, outcomes) in said {
        assert!(
            outcomes.iter().all(|o| *o == outcomes[0]),
            "{job}: two answers: {outcomes:?}"
        );
        let recorded = serde_json::from_slice(&facts.records[&job]).expect("a record");
        assert_eq!(
            outcomes[0], &recorded,
            "{job}: what was said is what was recorded"
        );
    }
    assert_eq!(facts.effects.len(), jobs.len());
    assert_eq!(
        facts.dead,
        [b"{ not a job"],
        "the unreadable message is in the dead lane, once"
    );
}

#[test]
fn a_crash_at_any_await_point_loses_nothing() {
    let pools = pools(&[("pay", 2), ("ship", 1)]);
    let mut crashes = 0;
    for point in 0.. {
        let (world, jobs) = busy_world();
        world.facts().crash_at = Some(point);
        let life = world.live(&pools);
        world.facts().crash_at = None;
        if life != Life::Crashed {
            check(&world, &jobs);
            break;
        }
        crashes += 1;
        assert_eq!(world.live(&pools), Life::Still);
        check(&world, &jobs);
    }
    assert!(crashes > 25, "only {crashes} await points were found");
}

#[test]
fn two_crashes_at_any_points_lose_nothing() {
    let pools = pools(&[("pay", 2), ("ship", 1)]);
    let mut runs = 0;
    for first in 0.. {
        for second in 0.. {
            let (world, jobs) = busy_world();
            let lives = [first, second].map(|point| {
                world.facts().crash_at = Some(point);
                world.live(&pools)
            });
            world.facts().crash_at = None;
            assert_eq!(world.live(&pools), Life::Still);
            check(&world, &jobs);
            runs += 1;
            if lives[0] != Life::Crashed {
                assert!(runs > 500, "only {runs} runs");
                return;
            }
            if lives[1] != Life::Crashed {
                break;
            }
        }
    }
}

#[test]
fn a_redelivered_job_is_answered_from_the_record() {
    // Also after the deadline: what is known is better than what is not.
    for now in [5, job("pay", 1).deadline.0 + 1] {
        let (world, pools) = (World::default(), pools(&[("pay", 1)]));
        world.put(&job("pay", 1));
        assert_eq!(world.live(&pools), Life::Still);
        let mut again = job("pay", 1);
        again.again = true;
        world.facts().now = now;
        world.put(&again);
        assert_eq!(world.live(&pools), Life::Still);
        let facts = world.facts();
        assert_eq!(facts.calls.len(), 1, "the service is asked once");
        assert_eq!(facts.published.len(), 2);
        assert_eq!(facts.published[0], facts.published[1]);
    }
}

#[test]
fn a_job_that_is_called_anew_says_so() {
    let (world, pools) = (World::default(), pools(&[("pay", 5)]));
    let mut again = job("pay", 1);
    again.again = true;
    world.put(&again);
    world.put(&job("pay", 2));
    assert_eq!(world.live(&pools), Life::Still);
    let facts = world.facts();
    let said: BTreeMap<_, _> = facts
        .published
        .iter()
        .map(|o| (o.job.step.to_string(), o.redelivered))
        .collect();
    assert_eq!(
        said,
        BTreeMap::from([("step1".into(), true), ("step2".into(), false)])
    );
    assert!(
        facts
            .calls
            .iter()
            .all(|(id, again)| *again == id.contains("step1"))
    );
}

#[test]
fn another_copys_outcome_is_what_is_sent() {
    let (world, pools) = (World::default(), pools(&[("pay", 1)]));
    let job = job("pay", 1);
    let earlier = Outcome {
        job: job.id.clone(),
        verdict: Verdict::Succeeded {
            output: "earlier".into(),
        },
        status: Some(201),
        redelivered: false,
        started_at: Timestamp(1),
        ended_at: Timestamp(2),
    };
    let bytes = serde_json::to_vec(&earlier).expect("plain data");
    world.facts().records.insert(job.id.to_string(), bytes);
    world.put(&job);
    assert_eq!(world.live(&pools), Life::Still);
    assert_eq!(world.facts().published, [earlier]);
}

#[test]
fn a_job_past_its_deadline_is_not_called() {
    let (world, pools) = (World::default(), pools(&[("pay", 1)]));
    let job = job("pay", 1);
    world.facts().now = job.deadline.0;
    world.put(&job);
    assert_eq!(world.live(&pools), Life::Still);
    let facts = world.facts();
    assert!(facts.calls.is_empty());
    let Verdict::Unknown { problem } = &facts.published[0].verdict else {
        panic!("not unknown")
    };
    assert_eq!(problem.title, "deadline passed before the call");
    assert!(problem.kind.ends_with("/timeout"));
}

#[test]
fn copies_of_a_job_under_way_are_not_called_beside_it() {
    let (world, pools) = (World::default(), pools(&[("pay", 10)]));
    for again in [false, true, true] {
        let mut job = job("pay", 1);
        job.again = again;
        world.put(&job);
    }
    assert_eq!(world.live(&pools), Life::Still);
    assert!(world.is_quiet());
    let facts = world.facts();
    assert_eq!((facts.calls.len(), facts.published.len()), (1, 1));
}

#[test]
fn each_service_has_its_own_limit() {
    let (world, pools) = (World::default(), pools(&[("pay", 3), ("ship", 1)]));
    for n in 0..20 {
        world.put(&job("pay", n));
        world.put(&job("ship", 100 + n));
    }
    assert_eq!(world.live(&pools), Life::Still);
    let facts = world.facts();
    assert_eq!(facts.published.len(), 40);
    let most: Vec<_> = facts
        .most_under_way
        .iter()
        .map(|(s, n)| (s.as_str(), *n))
        .collect();
    assert_eq!(most, [("pay", 3), ("ship", 1)]);
}

#[test]
fn a_stalled_service_does_not_hold_up_another() {
    let (world, pools) = (World::default(), pools(&[("pay", 2), ("ship", 2)]));
    world.facts().service_stalls = true;
    for n in 0..10 {
        world.put(&job("pay", n));
    }
    let mut late = job("ship", 50);
    late.deadline = Timestamp(0);
    world.put(&late);
    assert_eq!(world.live(&pools), Life::Still);
    let facts = world.facts();
    assert_eq!(
        facts.published.len(),
        1,
        "the job that needs no call gets through"
    );
    assert_eq!(facts.published[0].job, late.id);
}

#[test]
fn what_finishes_together_is_published_together() {
    let (world, pools) = (World::default(), pools(&[("pay", 64)]));
    for n in 0..64 {
        world.put(&job("pay", n));
    }
    assert_eq!(world.live(&pools), Life::Still);
    let facts = world.facts();
    assert_eq!(facts.batches.iter().sum::<usize>(), 64);
    assert!(facts.batches.len() <= 8, "{:?}", facts.batches);
}

#[test]
fn a_queue_or_a_store_that_fails_is_waited_for() {
    let (world, pools) = (World::default(), pools(&[("pay", 2)]));
    {
        let mut facts = world.facts();
        (
            facts.failing_publishes,
            facts.failing_records,
            facts.failing_rejects,
        ) = (9, 7, 3);
    }
    for n in 0..4 {
        world.put(&job("pay", n));
    }
    world.put_raw(Lane::Jobs("pay".parse().expect("a name")), b"[]".to_vec());
    assert_eq!(world.live(&pools), Life::Still);
    assert!(world.is_quiet());
    let facts = world.facts();
    assert_eq!(
        (facts.published.len(), facts.calls.len(), facts.dead.len()),
        (4, 4, 1)
    );
    assert!(facts.now > 100, "it paused between its tries");
}

#[test]
fn future_messages_and_wrong_lanes_are_refused_whole() {
    let (world, pools) = (World::default(), pools(&[("pay", 2), ("ship", 2)]));
    let lane = || Lane::Jobs("pay".parse().expect("a name"));
    let good = serde_json::to_value(baton_shared::Envelope::new(job("pay", 1))).expect("JSON");
    let mut newer = good.clone();
    newer["v"] = 2.into();
    let mut other = good.clone();
    other["type"] = "baton.outcome".into();
    let mut lacking = good.clone();
    lacking["body"]
        .as_object_mut()
        .expect("an object")
        .remove("key");
    let strays: Vec<Vec<u8>> = [newer, other, lacking]
        .iter()
        .map(|value| value.to_string().into_bytes())
        .chain([b"\xff\x00".to_vec(), Vec::new()])
        .chain([baton_shared::Envelope::new(job("ship", 2)).encode()])
        .collect();
    for stray in &strays {
        world.put_raw(lane(), stray.clone());
    }
    world.put(&job("pay", 3));
    assert_eq!(world.live(&pools), Life::Still);
    let facts = world.facts();
    let mut dead = facts.dead.clone();
    dead.sort();
    let mut strays = strays;
    strays.sort();
    assert_eq!(dead, strays);
    assert_eq!(facts.published.len(), 1);
}

#[test]
fn a_panicking_caller_is_one_unknown_outcome() {
    let (world, pools) = (World::default(), pools(&[("pay", 1)]));
    world.facts().panics_on = Some(job("pay", 1).key);
    for n in 0..3 {
        world.put(&job("pay", n));
    }
    assert_eq!(world.live(&pools), Life::Still);
    let facts = world.facts();
    let unknown = facts
        .published
        .iter()
        .filter(|o| matches!(o.verdict, Verdict::Unknown { .. }));
    assert_eq!((facts.published.len(), unknown.count()), (3, 1));
}

#[test]
fn shutdown_finishes_what_is_under_way_and_leaves_the_rest() {
    let (world, pools) = (World::default(), pools(&[("pay", 2)]));
    for n in 0..6 {
        world.put(&job("pay", n));
    }
    // Asked to stop as the second call begins: two are under way, two wait in the worker.
    world.facts().stop_at_call = Some(2);
    assert_eq!(world.live(&pools), Life::Returned);
    {
        let mut facts = world.facts();
        assert_eq!((facts.calls.len(), facts.published.len()), (2, 2));
        (facts.shutdown, facts.stop_at_call) = (false, None);
    }
    assert_eq!(world.live(&pools), Life::Still);
    assert!(world.is_quiet());
    assert_eq!(world.facts().published.len(), 6);
}

#[test]
fn shutdown_does_not_wait_for_a_store_or_queue_that_is_away() {
    for store in [true, false] {
        let (world, pools) = (World::default(), pools(&[("pay", 2)]));
        {
            let mut facts = world.facts();
            let failing = if store {
                &mut facts.failing_records
            } else {
                &mut facts.failing_publishes
            };
            *failing = usize::MAX;
            facts.stop_at_call = Some(1);
        }
        world.put(&job("pay", 1));
        assert_eq!(world.live(&pools), Life::Returned);
        assert!(!world.is_quiet(), "the job stays unacknowledged");
        {
            let mut facts = world.facts();
            (
                facts.failing_records,
                facts.failing_publishes,
                facts.shutdown,
            ) = (0, 0, false);
            facts.stop_at_call = None;
        }
        assert_eq!(world.live(&pools), Life::Still);
        assert!(world.is_quiet());
        let facts = world.facts();
        assert_eq!((facts.published.len(), facts.effects.len()), (1, 1));
        // Recorded before it could not be published: then the second life calls nobody.
        assert_eq!(facts.calls.len(), if store { 2 } else { 1 });
    }
}

#[test]
fn the_loop_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}
    let world = std::sync::Arc::new(World::default());
    let pools = pools(&[("pay", 1)]);
    let worker =
        baton_worker::Worker::new(world.clone(), world.clone(), world.clone(), world, pools);
    is_send(&worker.run(async {}));
}
