//! Laws of many sides, each side shown what it must not accept and the nearest thing that it must.

use super::made::{Made, NOW, WHO, at, begins, call, end, law, refusal, success};
use baton_engine::saga::Event;
use baton_engine::store::{Append, DueKind, Duty, Version};
use baton_shared::{StepId, Timestamp};
use baton_simulation::books::Books;
use baton_simulation::fault::Net;
use baton_simulation::service::Services;
use baton_simulation::store::Kept;
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn what_nobody_said_is_not_believed() {
    for verdict in [success(), refusal()] {
        let mut made = Made::new();
        let outcome = made.outcome(1, verdict.clone());
        let events = made.decide(outcome);
        let broken = made.judged("caused", events).expect_err("nobody said it");
        assert!(broken.contains("which nobody said"), "{broken}");

        let mut made = Made::new();
        let outcome = made.outcome(1, verdict);
        made.books.hands.tells(&Arc::new(outcome.clone()));
        let events = made.decide(outcome);
        assert_eq!(made.judged("caused", events), Ok(()));
    }
}

#[test]
fn a_message_that_comes_again_finds_nothing_that_waits() {
    let mut made = Made::new();
    let outcome = made.outcome(1, refusal());
    made.books.hands.tells(&Arc::new(outcome.clone()));
    let mut events = made.decide(outcome);
    let again = events[0].clone();
    events.push(again);
    let broken = made
        .judged("caused", events)
        .expect_err("it is booked twice");
    assert!(broken.contains("nobody waits for it"), "{broken}");
}

#[test]
fn what_is_due_is_not_left_lying() {
    let mut made = Made::new();
    let dues = BTreeMap::from([(DueKind::Timer, Timestamp(5_000))]);
    made.story.dues = vec![(DueKind::Timer, Timestamp(5_000))];
    made.books.healing.poll_ms = 1_000;
    let judged = |made: &mut Made, at: Option<u64>, now: u64| {
        made.books.healing.at = at.map(Timestamp);
        made.books.now = now;
        law("on_time").dues(&made.books, &made.story, &dues)
    };
    assert_eq!(
        judged(&mut made, None, 9_000_000),
        Ok(()),
        "it is not well yet"
    );
    // A restart, a slow operation, a claim, the work, and a pause of a second.
    assert_eq!(judged(&mut made, Some(7_000), 47_000), Ok(()));
    let broken = judged(&mut made, Some(7_000), 47_001).expect_err("too late");
    assert!(broken.contains("Timer was due"), "{broken}");
    made.books.healing.astray_ms = 200_000;
    assert_eq!(judged(&mut made, Some(7_000), 247_000), Ok(()));
}

#[test]
fn a_duty_that_is_taken_away_is_not_waited_for() {
    let mut made = Made::new();
    let dues = BTreeMap::from([(DueKind::Duty, Timestamp(0))]);
    made.story.dues = vec![(DueKind::Duty, Timestamp(0))];
    made.books.healing.at = Some(Timestamp(0));
    made.books.now = 9_000_000;
    law("on_time")
        .dues(&made.books, &made.story, &dues)
        .expect_err("nobody published it");
    made.books.healing.without = Some(Net::Duty);
    assert_eq!(law("on_time").dues(&made.books, &made.story, &dues), Ok(()));
}

#[test]
fn no_more_calls_than_a_service_takes_are_under_way() {
    let mut books = Books::default();
    let one = call("r");
    let judged = |books: &Books| law("within_limits").begins(books, &begins(&one, None));
    assert_eq!(judged(&books), Ok(()));
    books.hands.begins(WHO, &one);
    let broken = judged(&books).expect_err("r takes one at once");
    assert!(broken.contains("beside 1 others of r"), "{broken}");
    books.hands.ends(WHO, &one);
    assert_eq!(judged(&books), Ok(()));
}

#[test]
fn copies_of_a_job_do_not_flood_the_queue() {
    let made = Made::new();
    let (mut books, job) = (Books::default(), Arc::new(made.job));
    let mut flood = || {
        let judged = law("within_limits").queued(&books, &job);
        books.hands.queued(&job, 0);
        judged
    };
    // As decided, and for what may have been claimed before.
    for _ in 0..6 {
        assert_eq!(flood(), Ok(()));
    }
    flood().expect_err("no claim has ended");
    books.clock = 60_000;
    assert_eq!(law("within_limits").queued(&books, &job), Ok(()));
}

#[test]
fn a_turn_does_not_grow_without_end() {
    let mut made = Made::new();
    let mut turn = |events: usize| {
        (0..events).for_each(|_| made.story.journal.push(at(Event::Overdue)));
        made.story.journal.push(at(Event::Yielded));
        let append = Append {
            saga: made.saga.id().clone(),
            expected: Version::NONE,
            txid: 1,
            events: Vec::new(),
            count: made.story.journal.len() as u64,
            row: made.saga.row(),
            timer: None,
            duty: Duty::Keep,
            expires: None,
        };
        law("within_limits").state(&made.story, &append)
    };
    assert_eq!(turn(1_000), Ok(()));
    assert_eq!(turn(1_000), Ok(()), "two turns are one transition");
    turn(1_200).expect_err("nothing stops it");
}

#[test]
fn nobody_is_kept_out_while_there_is_room() {
    let mut books = Books::default();
    for _ in 0..3 {
        books.asks(WHO);
    }
    books.answers(WHO, Some(2));
    assert_eq!(books.broken, None, "two others wait");
    books.answers(WHO, Some(2));
    let broken = books.broken.expect("one waits, and two may");
    assert_eq!(broken.law, "within_limits");
}

#[test]
fn a_call_brings_its_credentials_and_nothing_else_has_them() {
    let books = Books::default();
    let judged = |service, credentials| {
        let call = call(service);
        law("secrets_stay").begins(&books, &begins(&call, credentials))
    };
    let token = "Bearer token-Y2FuYXJ5LTRmMWM5";
    assert_eq!(judged("s", Some(token)), Ok(()));
    assert_eq!(judged("f", None), Ok(()));
    judged("s", None).expect_err("s asks for a token");
    judged("s", Some("Bearer")).expect_err("and for this one");
    judged("f", Some(token)).expect_err("f asks for none");
    for (place, said) in [
        ("a message", "\"canary-4f1c9Y2FuYXJ5LTRmMWM5\""),
        ("a record", token),
    ] {
        let mut books = Books::default();
        books.seen(place, b"nothing of the kind");
        assert_eq!(books.broken, None);
        books.seen(place, said.as_bytes());
        assert_eq!(books.broken.expect("it is told").law, "secrets_stay");
    }
}

#[test]
fn what_is_counted_is_what_was_heard() {
    let submitted = "baton_sagas_submitted_total";
    let judged = |heard: u32, shown: &str, died: bool| {
        let mut books = Books::default();
        (0..heard).for_each(|_| books.counted.hears(WHO, submitted));
        books.counted.shows(WHO, shown, died);
        let (services, kept) = (Services::default(), Kept::default());
        law("counts_are_true").end(&books, &end(&services, &kept))
    };
    assert_eq!(judged(2, "baton_sagas_submitted_total 2\n", false), Ok(()));
    assert_eq!(
        judged(2, "baton_sagas_submitted_total 1\n", true),
        Ok(()),
        "it died"
    );
    judged(2, "baton_sagas_submitted_total 1\n", false).expect_err("one is missing");
    judged(2, "", false).expect_err("nothing is counted");
    judged(1, "baton_sagas_submitted_total 2\n", true).expect_err("one is made up");
    judged(
        0,
        "baton_attempts_total{kind=\"task\",verdict=\"accepted\"} 1\n",
        false,
    )
    .expect_err("nobody said so");
    judged(0, "baton_step_duration_seconds_count 1\n", true).expect_err("of no report");
    judged(0, "baton_store_losses_total 1\n", false).expect_err("nothing was lost");
    judged(0, "baton_unreadable_total 1\n", false).expect_err("all can be read");
}

#[test]
fn a_retry_keeps_to_the_whole_time_of_its_policy() {
    let mut made = Made::new();
    made.told(refusal(), |event| {
        matches!(event, Event::RetryScheduled { .. })
    });
    // Nothing was said of it, so past the pivot it is retried for a day; the catalogue's word is for before.
    made.story.pivot = true;
    let after = |made: &Made, ms: u64| {
        let (node, due) = (StepId::new("a"), Timestamp(NOW.0 + ms));
        made.asked(law("paced_tries"), Event::RetryScheduled { node, due })
    };
    assert_eq!(after(&made, 86_400_000), Ok(()));
    let broken = after(&made, 86_400_001).expect_err("the day is over");
    assert!(broken.contains("after Some"), "{broken}");
    after(&made, 499).expect_err("half a second is the least");
    assert_eq!(after(&made, 500), Ok(()));
}

#[test]
fn nothing_starts_below_what_is_being_undone() {
    let mut made = Made::new();
    let attempt = || Event::AttemptStarted {
        node: StepId::new("a"),
        attempt: 2,
        deadline: NOW,
    };
    let block = StepId::new("block");
    let mut hangs = made.place_of("a");
    hangs.parent = Some(block.clone());
    let steps = &mut made.story.steps;
    steps.get_mut(&StepId::new("a")).expect("it began").at = Some(hangs);
    steps.entry(block.clone()).or_default();
    assert_eq!(made.asked(law("undone_stays"), attempt()), Ok(()));
    made.story.steps.entry(block).or_default().undone = true;
    made.asked(law("undone_stays"), attempt())
        .expect_err("the block around it is being undone");
}
