//! What each law is shown: something that breaks it, and the nearest thing that keeps it.

use super::made::{Made, NOW, WHO, at, begins, call, end, refusal, success};
use baton_engine::saga::Status;
use baton_engine::saga::event::{Cause, Event, Place};
use baton_engine::store::{Append, DueKind, Duty, Version};
use baton_shared::port::RecordKind;
use baton_shared::{Problem, StepId, Timestamp};
use baton_simulation::books::Books;
use baton_simulation::hands::Begins;
use baton_simulation::law::{End, Judgement, Law};
use baton_simulation::service::{Effect, Services};
use baton_simulation::store::Kept;
use baton_simulation::story::Story;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the law said of both.
pub(crate) struct Shown {
    pub(crate) broken: Judgement,
    pub(crate) kept: Judgement,
}

type Show = fn(&dyn Law) -> Shown;

/// By the law's name, in the order of the alphabet.
pub(crate) const CASES: &[(&str, Show)] = &[
    ("accepted_is_kept", accepted_is_kept),
    ("attempts_once", attempts_once),
    ("called_in_time", called_in_time),
    ("caused", caused),
    ("counts_are_true", counts_are_true),
    ("failing_starts_nothing", failing_starts_nothing),
    ("forward_is_told", forward_is_told),
    ("in_turn", in_turn),
    ("it_ends", it_ends),
    ("net_zero", net_zero),
    ("never_stuck", never_stuck),
    ("no_orphans", no_orphans),
    ("nobody_panics", nobody_panics),
    ("nothing_owed", nothing_owed),
    ("on_time", on_time),
    ("one_effect_per_key", one_effect_per_key),
    ("one_undo_at_a_time", one_undo_at_a_time),
    ("paced_tries", paced_tries),
    ("pivot_holds", pivot_holds),
    ("replay", replay),
    ("secrets_stay", secrets_stay),
    ("undo_apart", undo_apart),
    ("undo_needs_attempt", undo_needs_attempt),
    ("undone_stays", undone_stays),
    ("within_limits", within_limits),
];

fn a() -> StepId {
    StepId::new("a")
}

/// An attempt of it begins.
fn attempt(number: u32) -> Event {
    Event::AttemptStarted {
        node: a(),
        attempt: number,
        deadline: NOW,
    }
}

/// Answered, and never written down.
fn accepted_is_kept(law: &dyn Law) -> Shown {
    let made = Made::new();
    let id = made.saga.id().clone();
    Shown {
        broken: law.answered(&Books::default(), &id, &json!({})),
        kept: law.answered(&made.kept(), &id, &json!({})),
    }
}

/// A number that was given out already.
fn attempts_once(law: &dyn Law) -> Shown {
    let made = Made::new();
    let again = |number| made.asked(law, attempt(number));
    Shown {
        broken: again(1),
        kept: again(2),
    }
}

/// The worker's clock stands at the deadline.
fn called_in_time(law: &dyn Law) -> Shown {
    let made = Made::new();
    let call = call("s");
    let judged = |clock| {
        let begins = Begins {
            job: Some(&made.job),
            clock,
            ..begins(&call, None)
        };
        law.begins(&made.books, &begins)
    };
    let deadline = made.job.deadline;
    Shown {
        broken: judged(deadline),
        kept: judged(Timestamp(deadline.0 - 1)),
    }
}

/// A success that no worker reported.
fn caused(law: &dyn Law) -> Shown {
    let judged = |said: bool| {
        let mut made = Made::new();
        let outcome = made.outcome(1, success());
        if said {
            made.books.hands.tells(&Arc::new(outcome));
        }
        let done = made.told(success(), |event| matches!(event, Event::Completed { .. }));
        law.event(&made.books, &made.story, &done[0])
    };
    Shown {
        broken: judged(false),
        kept: judged(true),
    }
}

/// One more is shown than was heard of.
fn counts_are_true(law: &dyn Law) -> Shown {
    let (services, kept) = (Services::default(), Kept::default());
    let judged = |shown: &str| {
        let mut books = Books::default();
        books.counted.hears(WHO, "baton_sagas_submitted_total");
        books.counted.shows(WHO, shown, false);
        law.end(&books, &end(&services, &kept))
    };
    Shown {
        broken: judged("baton_sagas_submitted_total 2\n"),
        kept: judged("baton_sagas_submitted_total 1\n"),
    }
}

/// Another attempt of the main line, when the saga has failed.
fn failing_starts_nothing(law: &dyn Law) -> Shown {
    let judged = |failing: bool| {
        let mut made = Made::new();
        if failing {
            let problem = Problem::standard("communication", 409, "no");
            let cause = Cause::Error;
            made.story.take(at(Event::Failing { cause, problem }));
        }
        made.asked(law, attempt(2))
    };
    Shown {
        broken: judged(true),
        kept: judged(false),
    }
}

/// All is quiet, and the saga runs.
fn it_ends(law: &dyn Law) -> Shown {
    let (services, kept) = (Services::default(), Kept::default());
    let judged = |over: bool| {
        let mut made = Made::new();
        if over {
            let outcome = made.outcome(1, success());
            for recorded in made.decide(outcome) {
                made.story.take(recorded);
            }
        }
        law.end(&made.kept(), &end(&services, &kept))
    };
    Shown {
        broken: judged(false),
        kept: judged(true),
    }
}

/// A saga that passed its pivot says that it went back.
fn pivot_holds(law: &dyn Law) -> Shown {
    let judged = |status| {
        let mut made = Made::new();
        made.story.take(at(Event::PivotPassed { node: a() }));
        let event = Event::Ended {
            status,
            output: Arc::new(json!(null)),
            standing: Vec::new(),
            problem: None,
        };
        made.asked(law, event)
    };
    Shown {
        broken: judged(Status::Compensated),
        kept: judged(Status::Completed),
    }
}

/// A compensation of a step that was never answered is told that it succeeded.
fn forward_is_told(law: &dyn Law) -> Shown {
    let made = Made::new();
    let told = |word: &str| {
        let step = &made.story.steps[&a()];
        let mut call = step.call.as_deref().expect("it is called").clone();
        call.input = Arc::new(json!({ "was": word }));
        let mut at_task = made.place_of("a");
        (at_task.place, at_task.parent) = (Place::Undo(1), None);
        let (node, call) = (StepId::new("a:undo"), Arc::new(call));
        made.asked(
            law,
            Event::StepStarted {
                node,
                at_task,
                call,
            },
        )
    };
    Shown {
        broken: told("succeeded"),
        kept: told("rejected"),
    }
}

fn effect(service: &str, times: u32, standing: bool) -> Services {
    let effect = Effect {
        service: service.to_owned(),
        saga: "s0".to_owned(),
        step: "a".to_owned(),
        times,
        standing,
        done_at: 1,
        undone_at: None,
    };
    let mut services = Services::default();
    services.effects.insert("s0:a".to_owned(), effect);
    services
}

/// What the saga went back over stands.
fn net_zero(law: &dyn Law) -> Shown {
    let judged = |standing| {
        let mut made = Made::new();
        made.story.ended = Some((Status::Compensated, Vec::new()));
        let (services, kept) = (effect("s", 1, standing), Kept::default());
        law.end(&made.kept(), &end(&services, &kept))
    };
    Shown {
        broken: judged(true),
        kept: judged(false),
    }
}

fn append(story: &Story) -> Append {
    Append {
        saga: story.saga.id().clone(),
        expected: Version::NONE,
        txid: 1,
        events: Vec::new(),
        count: story.journal.len() as u64,
        row: story.saga.row(),
        timer: None,
        duty: Duty::Keep,
        expires: None,
    }
}

/// Submitted, and nothing is asked of anybody.
fn never_stuck(law: &dyn Law) -> Shown {
    let made = Made::new();
    let (id, first) = (made.saga.id().clone(), made.story.journal[0].clone());
    let asleep = Story::new(id, first, made.volume.workflow.clone()).expect("it begins");
    Shown {
        broken: law.state(&asleep, &append(&asleep)),
        kept: law.state(&made.story, &append(&made.story)),
    }
}

/// The outcome of a saga that is there is kept as nobody's.
fn no_orphans(law: &dyn Law) -> Shown {
    let services = Services::default();
    let judged = |of: &str| {
        let mut kept = Kept::default();
        let body = json!({ "body": json!({ "saga": of }).to_string() });
        let body = serde_json::to_vec(&body).expect("plain data");
        kept.put(RecordKind::Orphan, "one", body);
        law.end(&Made::new().kept(), &end(&services, &kept))
    };
    Shown {
        broken: judged("s0"),
        kept: judged("nobody"),
    }
}

fn nobody_panics(law: &dyn Law) -> Shown {
    let (services, kept) = (Services::default(), Kept::default());
    let judged = |panics: &[String]| {
        let end = End {
            panics,
            ..end(&services, &kept)
        };
        law.end(&Books::default(), &end)
    };
    Shown {
        broken: judged(&["index out of bounds".to_owned()]),
        kept: judged(&[]),
    }
}

/// A message waits that nobody will fetch.
fn nothing_owed(law: &dyn Law) -> Shown {
    let (services, kept) = (Services::default(), Kept::default());
    let judged = |queue: Option<&str>| {
        let end = End {
            queue: queue.map(str::to_owned),
            ..end(&services, &kept)
        };
        law.end(&Books::default(), &end)
    };
    Shown {
        broken: judged(Some("1 in dead")),
        kept: judged(None),
    }
}

/// A timer that was due before everything was well, long after.
fn on_time(law: &dyn Law) -> Shown {
    let dues = BTreeMap::from([(DueKind::Timer, Timestamp(5_000))]);
    let judged = |now| {
        let mut made = Made::new();
        made.story.dues = vec![(DueKind::Timer, Timestamp(5_000))];
        made.books.healing.at = Some(Timestamp(7_000));
        made.books.now = now;
        law.dues(&made.books, &made.story, &dues)
    };
    Shown {
        broken: judged(9_000_000),
        kept: judged(7_000),
    }
}

/// A service that keeps keys does one of them twice; one that keeps none may.
fn one_effect_per_key(law: &dyn Law) -> Shown {
    let judged = |service| {
        let (services, kept) = (effect(service, 2, true), Kept::default());
        law.end(&Books::default(), &end(&services, &kept))
    };
    Shown {
        broken: judged("k"),
        kept: judged("p"),
    }
}

/// The last event is not in the journal, and the state has it.
fn replay(law: &dyn Law) -> Shown {
    let (services, kept) = (Services::default(), Kept::default());
    let judged = |lost: usize| {
        let mut made = Made::new();
        let keep = made.story.journal.len() - lost;
        made.story.journal.truncate(keep);
        law.end(&made.kept(), &end(&services, &kept))
    };
    Shown {
        broken: judged(1),
        kept: judged(0),
    }
}

/// A call without the token that its service asks for.
fn secrets_stay(law: &dyn Law) -> Shown {
    let call = call("s");
    let judged = |token| law.begins(&Books::default(), &begins(&call, token));
    Shown {
        broken: judged(None),
        kept: judged(Some("Bearer token-Y2FuYXJ5LTRmMWM5")),
    }
}

/// A step is undone while its own attempt is out.
fn undo_apart(law: &dyn Law) -> Shown {
    let judged = |out: bool| {
        let mut made = Made::new();
        let mut at_task = made.place_of("a");
        at_task.place = Place::Undo(1);
        let node = StepId::new("a:undo");
        made.story.steps.entry(node.clone()).or_default().at = Some(at_task);
        if !out {
            made.story.out.clear();
        }
        let event = Event::AttemptStarted {
            node,
            attempt: 1,
            deadline: NOW,
        };
        made.asked(law, event)
    };
    Shown {
        broken: judged(true),
        kept: judged(false),
    }
}

/// A compensation starts in the rollback while another one is out. Side by side are those that began before it.
fn one_undo_at_a_time(law: &dyn Law) -> Shown {
    let judged = |early: bool| {
        let mut made = Made::new();
        made.story.drained = true;
        for (record, node) in [(1, "a:undo"), (2, "b:undo")] {
            let mut at_task = made.place_of("a");
            at_task.place = Place::Undo(record);
            let step = made.story.steps.entry(StepId::new(node)).or_default();
            step.at = Some(at_task);
            if early {
                made.story.early.insert(record);
            }
        }
        made.story.undoing.insert(StepId::new("b:undo"));
        let event = Event::AttemptStarted {
            node: StepId::new("a:undo"),
            attempt: 1,
            deadline: NOW,
        };
        made.asked(law, event)
    };
    Shown {
        broken: judged(false),
        kept: judged(true),
    }
}

fn undo_of(step: &str) -> Event {
    Event::UndoStarted {
        record: 1,
        node: StepId::new(format!("{step}:undo")),
        bare: true,
    }
}

/// The second of six is undone while only the first was tried.
fn undo_needs_attempt(law: &dyn Law) -> Shown {
    let made = Made::of_six();
    Shown {
        broken: made.asked(law, undo_of("b")),
        kept: made.asked(law, undo_of("a")),
    }
}

/// The first of six is out, and the second starts.
fn in_turn(law: &dyn Law) -> Shown {
    let mut made = Made::of_six();
    let starts = |event: &Event| matches!(event, Event::StepStarted { .. });
    let second = made.told(success(), starts).swap_remove(0);
    let early = Made::of_six();
    Shown {
        broken: law.event(&early.books, &early.story, &second),
        kept: law.event(&made.books, &made.story, &second),
    }
}

/// A retry a millisecond before its service's policy, which says a second.
fn paced_tries(law: &dyn Law) -> Shown {
    let mut made = Made::new();
    made.told(refusal(), |event| {
        matches!(event, Event::RetryScheduled { .. })
    });
    let after = |ms| {
        let due = Timestamp(NOW.0 + ms);
        made.asked(law, Event::RetryScheduled { node: a(), due })
    };
    Shown {
        broken: after(999),
        kept: after(1_000),
    }
}

/// Another attempt of an epoch that is being undone, and of one that is not.
fn undone_stays(law: &dyn Law) -> Shown {
    let judged = |epoch| {
        let mut made = Made::new();
        let step = made.story.steps.get_mut(&a()).expect("it began");
        step.undone_epochs.insert(epoch);
        made.asked(law, attempt(2))
    };
    Shown {
        broken: judged(0),
        kept: judged(1),
    }
}

/// Somebody is refused as one too many where there is room.
fn within_limits(law: &dyn Law) -> Shown {
    let books = Books::default();
    Shown {
        broken: law.refused(&books, 1, 2),
        kept: law.refused(&books, 2, 2),
    }
}
