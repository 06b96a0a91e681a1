//! When a publication is noted in the store: only where nothing else would replace its duty.

use crate::fake::run::{PATIENCE, Run, answered, id, submit};
use crate::fake::{Client, Life, World};
use baton_engine::saga::Status;
use baton_engine::store::DueKind;
use baton_orchestrator::driver::drive;
use baton_shared::port::Clock;
use futures_util::FutureExt;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

fn started() -> (Run, Life) {
    let mut run = Run::new();
    let mut life = run.life();
    let client = submit(life.desk.clone(), id("one"), json!({}));
    answered(&mut run, &mut life, Client::new(client)).expect("accepted");
    (run, life)
}

fn owes(run: &Run) -> bool {
    let kept = run.world.store.kept();
    kept.sagas[&id("one")].due.contains_key(&DueKind::Duty)
}

#[test]
fn what_is_answered_at_once_is_never_noted() {
    let (mut run, mut life) = started();
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed]);
    assert_eq!(run.world.store.kept().noted, 0);
    assert!(!owes(&run), "the last transition owes nothing");
}

#[test]
fn what_is_out_for_long_is_noted_once_and_not_sent_again() {
    let (mut run, mut life) = started();
    let settings = World::settings();
    let begun = run.world.clock.now();
    // The service thinks for a minute.
    while run.world.clock.now().since(begun) < Duration::from_mins(1) {
        if !life.poll() {
            run.world.clock.tick();
        }
        let calm = run.world.clock.now().since(begun);
        if calm < settings.settle_after {
            assert!(owes(&run), "not yet: it may be answered any moment");
        }
        assert!(
            !owes(&run) || calm < settings.duty_after,
            "long before it is due"
        );
    }
    assert_eq!(run.world.store.kept().noted, 1);
    run.finish(&mut life);
    assert_eq!(run.statuses(), [Status::Completed]);
    assert_eq!(run.worker.again, 0);
}

/// A driver that is told to stop as soon as a saga was accepted and this holds; it has ended after that.
fn stopped_when(run: &mut Run, mut holds: impl FnMut(&mut Run) -> bool) {
    let (shared, desk, requests) = run.world.parts(World::settings());
    let (stop, stopped) = oneshot::channel::<()>();
    let mut driver = Client::new(async move {
        let stop = stopped.map(|_told| ());
        drive(&shared, requests, stop)
            .await
            .expect("the queue is there");
    });
    let mut client = Client::new(submit(Arc::new(desk), id("one"), json!({})));
    let mut accepted = false;
    let held = (0..PATIENCE).any(|_| {
        assert!(driver.poll().is_pending(), "nobody told it to stop");
        accepted |= !accepted && client.poll().is_ready();
        accepted && holds(run)
    });
    assert!(held, "it comes to that");
    stop.send(()).expect("it listens");
    let ended = (0..PATIENCE).any(|_| driver.poll().is_ready());
    assert!(ended, "it stops");
}

/// The next orchestrator on this store has nothing to send again.
#[test]
fn what_is_published_is_noted_before_the_driver_ends() {
    let mut run = Run::new();
    stopped_when(&mut run, |run| {
        let published = run.world.queue.job_lanes().len() == 1;
        assert!(!published || owes(run), "just published");
        published
    });
    assert!(!owes(&run), "and leaves nothing to send again");
}

/// The next orchestrator has nothing to decide again.
#[test]
fn what_is_under_way_when_the_driver_ends_is_done_with() {
    let mut run = Run::new();
    stopped_when(&mut run, |run| {
        run.worker.work(&run.world);
        // An outcome is in hand.
        run.world.queue.out() == 1
    });
    let queue = &run.world.queue;
    assert_eq!((queue.out(), queue.again()), (0, 0), "nothing comes again");
}
