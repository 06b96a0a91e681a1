//! Laws that no planted bug breaks can be broken all the same: each is shown what it must not accept, and
//! the nearest thing that it must.

use baton_engine::saga::{self, Effect, Event, Input, Recorded, Submission};
use baton_engine::store::{Append, DueKind, Duty, Version};
use baton_shared::{Job, Outcome, Problem, Timestamp, Verdict};
use baton_simulation::books::Books;
use baton_simulation::fault::Net;
use baton_simulation::hands::Begins;
use baton_simulation::law::{End, LAWS, Law};
use baton_simulation::library::{self, Volume};
use baton_simulation::service::{Call, Services};
use baton_simulation::store::Kept;
use baton_simulation::story::Story;
use baton_simulation::world::Who;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_000_000);
const WHO: Who = Who {
    process: 0,
    life: 1,
};

fn law(name: &str) -> &'static dyn Law {
    let mut laws = LAWS.iter();
    *laws.find(|law| law.name() == name).expect("a law")
}

/// A saga of one call, whose first attempt is out.
struct Made {
    volume: Arc<Volume>,
    saga: saga::Saga,
    job: Job,
    story: Story,
    books: Books,
}

impl Made {
    fn new() -> Self {
        let volume = library::volume(4);
        let submission = Submission {
            id: "s0".parse().expect("a plain id"),
            input: json!({}),
            traceparent: None,
        };
        let (saga, decision) =
            saga::start(&volume.workflow, submission, NOW).expect("it takes any input");
        let Effect::Dispatch(job) = decision.effects.into_iter().next().expect("a call");
        let mut events = decision.events.into_iter();
        let first = events.next().expect("a submission");
        let id = saga.id().clone();
        let mut story = Story::new(id, first, volume.workflow.clone()).expect("it begins");
        events.for_each(|recorded| story.take(recorded));
        Self {
            volume,
            saga,
            job: *job,
            story,
            books: Books::default(),
        }
    }

    fn outcome(&self, attempt: u32, verdict: Verdict) -> Outcome {
        let mut job = self.job.id.clone();
        job.attempt = attempt;
        Outcome {
            job,
            verdict,
            status: Some(200),
            redelivered: false,
            started_at: NOW,
            ended_at: NOW,
        }
    }

    /// What the core makes of it.
    fn decide(&mut self, outcome: Outcome) -> Vec<Recorded> {
        let input = Input::Outcome(Box::new(outcome));
        let decision = saga::decide(&self.volume.workflow, &mut self.saga, input, NOW);
        decision.expect("outcomes are not refused").events
    }

    /// What the law says of these events, one after the other.
    fn judged(mut self, name: &str, events: Vec<Recorded>) -> Result<(), String> {
        for recorded in events {
            law(name).event(&self.books, &self.story, &recorded)?;
            self.story.take(recorded);
        }
        Ok(())
    }
}

fn success() -> Verdict {
    let output = json!({ "key": "k" });
    Verdict::Succeeded { output }
}

fn refusal() -> Verdict {
    let problem = Problem::standard("communication", 409, "no");
    Verdict::Rejected {
        retryable: true,
        retry_after_ms: None,
        problem,
    }
}

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

fn call(service: &str) -> Call {
    Call {
        service: service.to_owned(),
        method: "POST".to_owned(),
        path: "/do".to_owned(),
        query: String::new(),
        body: Vec::new(),
        key: "key".to_owned(),
        saga: "s0".to_owned(),
        step: "a".to_owned(),
        attempt: 1,
        compensates: None,
    }
}

fn begins<'a>(call: &'a Call, credentials: Option<&'a str>) -> Begins<'a> {
    Begins {
        who: WHO,
        call,
        job: None,
        clock: NOW,
        credentials,
    }
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
    let at = |event| Recorded { at: NOW, event };
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
        let end = End {
            services: &services,
            kept: &kept,
            queue: None,
            out_of_time: None,
            panics: &[],
        };
        law("counts_are_true").end(&books, &end)
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
