//! Each law sees what breaks it, and says nothing of a saga that went as it should.

use super::metrics::Counted;
use super::{LAWS, judge};
use crate::client::{Came, Kind, Op};
use crate::evidence::{Evidence, Journal, Saga, by_saga};
use crate::orphan::Orphan;
use crate::plan::Plan;
use baton_ledger::record::{Effect, Line, Verdict};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a run left, before it is read.
struct Told {
    view: Value,
    lines: Vec<Line>,
    log: Vec<Op>,
    letters: Vec<Value>,
    /// What the scenario itself put into queues.
    sent: Vec<Orphan>,
    queued: BTreeMap<String, u64>,
    trapped: u64,
    due: BTreeSet<String>,
    lost: BTreeSet<String>,
    journal: Vec<Value>,
    leaks: Vec<String>,
    authorized: u64,
    counted: String,
    whole: bool,
    /// Its log.
    said: String,
    peak: u64,
}

/// A five-step saga whose second step was refused: both are undone, the last first.
fn sound() -> Told {
    let undone = Effect::Undone;
    Told {
        view: json!({
            "id": "s", "workflow": "chaos/five-tombstones", "status": "compensated", "pivot": null,
            "steps": [
                step("a", None, "succeeded", 0),
                step("b", None, "rejected", 10),
                step("b:undo", Some("b"), "succeeded", 20),
                step("a:undo", Some("a"), "succeeded", 30),
            ],
        }),
        lines: vec![
            line("a", None, Effect::Applied, Verdict::Ok),
            line("b", None, Effect::Refused, Verdict::Refused),
            line("b:undo", Some("b"), Effect::Nothing, Verdict::Absent),
            line("a:undo", Some("a"), undone, Verdict::Ok),
        ],
        log: vec![
            op(Kind::Submit, Came::Invoke, "s", ""),
            op(Kind::Submit, Came::Ok, "s", "201 s"),
            op(Kind::Conflict, Came::Fail, "s", "409"),
            op(Kind::Seen, Came::Ok, "s", "running"),
            op(Kind::Seen, Came::Ok, "s", "compensated"),
        ],
        letters: Vec::new(),
        sent: Vec::new(),
        queued: BTreeMap::new(),
        trapped: 0,
        due: BTreeSet::new(),
        lost: BTreeSet::new(),
        journal: vec![
            json!({ "event": "submitted" }),
            started("a"),
            started("b"),
            json!({ "event": "failing" }),
            started("b:undo"),
            started("a:undo"),
            json!({ "event": "ended", "status": "compensated" }),
        ],
        leaks: Vec::new(),
        authorized: 4,
        counted: COUNTED.to_owned(),
        whole: true,
        said: String::new(),
        peak: 60 * 1024,
    }
}

/// What one orchestrator counts of it.
const COUNTED: &str = "\
# TYPE baton_sagas_submitted_total counter
baton_sagas_submitted_total 1
baton_sagas_ended_total{status=\"compensated\"} 1
baton_attempts_total{kind=\"task\",verdict=\"succeeded\"} 1
baton_attempts_total{kind=\"task\",verdict=\"rejected\"} 1
baton_attempts_total{kind=\"compensation\",verdict=\"succeeded\"} 2
baton_saga_duration_seconds_sum 0.031
baton_saga_duration_seconds_count 1
baton_dead_letters_open 0
baton_refusals_total{reason=\"conflict\"} 1
";

fn started(node: &str) -> Value {
    json!({ "event": "attemptStarted", "node": node, "attempt": 1 })
}

fn step(name: &str, compensates: Option<&str>, status: &str, second: u32) -> Value {
    let http = if status == "rejected" { 422 } else { 200 };
    json!({
        "name": name, "compensates": compensates, "status": status, "service": "tombstones",
        "idempotencyKey": format!("s:{name}"), "attempts": [attempt(second, status, http)],
    })
}

fn attempt(second: u32, status: &str, http: u32) -> Value {
    json!({
        "number": 1,
        "startedAt": format!("2026-01-01T00:00:{second:02}Z"),
        "endedAt": format!("2026-01-01T00:00:{:02}Z", second + 1),
        "status": status, "httpStatus": http,
    })
}

fn line(step: &str, undoes: Option<&str>, effect: Effect, verdict: Verdict) -> Line {
    Line {
        arrived: 0,
        at_ms: 0,
        service: "tombstones".to_owned(),
        undo: undoes.is_some(),
        key: format!("s:{step}"),
        saga: "s".to_owned(),
        step: step.to_owned(),
        attempt: 1,
        compensates: undoes.map(|step| format!("s:{step}")),
        deadline: String::new(),
        body: "00".to_owned(),
        effect,
        verdict,
        said: String::new(),
    }
}

fn op(kind: Kind, came: Came, saga: &str, note: &str) -> Op {
    Op {
        at_ms: 0,
        kind,
        came,
        saga: saga.to_owned(),
        workflow: String::new(),
        note: note.to_owned(),
    }
}

/// The laws that this breaks.
fn broken(told: Told) -> Vec<&'static str> {
    let mut of_sagas = by_saga(&told.lines);
    let lines = of_sagas.remove("s").unwrap_or_default();
    let saga = Saga::read(&told.view, lines).expect("a workflow of ours");
    let evidence = Evidence {
        healed_ms: 10_000,
        plan: Plan {
            orphans: told.sent,
            ..Plan::embedded()
        },
        lines: told.lines,
        log: told.log,
        sagas: BTreeMap::from([("s".to_owned(), saga)]),
        letters: told.letters,
        queued: told.queued,
        trapped: told.trapped,
        due: told.due,
        journals: Some(("s".to_owned(), journal(&told.journal)))
            .filter(|_| !told.journal.is_empty())
            .into_iter()
            .collect(),
        lost: told.lost,
        counted: BTreeMap::from([(
            "orchestrator-0".to_owned(),
            Counted::read(
                told.whole,
                Some(&*told.counted).filter(|text| !text.is_empty()),
                &told.said,
            ),
        )]),
        leaks: told.leaks,
        authorized: told.authorized,
        peaks: BTreeMap::from([("worker-0".to_owned(), told.peak)]),
    };
    judge(&evidence)
        .into_iter()
        .map(|found| found.law)
        .collect()
}

#[test]
fn a_sound_saga_breaks_nothing() {
    assert_eq!(broken(sound()), Vec::<&str>::new());
}

/// As the store holds it, where its head is right.
fn journal(events: &[Value]) -> Journal {
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    Journal::read(&format!("{:016x}{:016x}{lines}", 7, 1))
}

/// What breaks a law, and little else.
type Break = fn(&mut Told);

const BREAKS: [(&str, Break); 35] = [
    ("I1", |told| told.view["status"] = json!("running")),
    ("I1", |told| told.view["status"] = json!("suspended")),
    ("I1", |told| {
        told.view["steps"][3]["status"] = json!("running")
    }),
    ("I2", |told| told.log[3].note = "completed".to_owned()),
    ("I3", |told| {
        told.log
            .push(op(Kind::Submit, Came::Ok, "gone", "201 gone"))
    }),
    ("I3", |told| {
        told.log[1] = op(Kind::Submit, Came::Fail, "s", "422 no")
    }),
    ("I4", |told| {
        told.log.push(op(Kind::Submit, Came::Ok, "s", "201 s"))
    }),
    ("I4", |told| told.log[1].note = "201 other".to_owned()),
    ("I4", |told| told.log[2].came = Came::Ok),
    ("I5", |told| {
        let again = Line {
            body: "01".to_owned(),
            ..told.lines[0].clone()
        };
        told.lines.insert(1, again);
    }),
    ("I5", |told| {
        let again = Line {
            key: "s:a:2".to_owned(),
            effect: Effect::None,
            ..told.lines[0].clone()
        };
        told.lines.insert(1, again);
    }),
    ("I5", |told| {
        told.lines.insert(1, told.lines[0].clone());
    }),
    ("I6", |told| told.lines.swap(0, 1)),
    ("I7", |told| told.lines[3].effect = Effect::Nothing),
    ("I7", |told| {
        told.view["status"] = json!("completed");
        told.view["steps"] = json!([step("a", None, "succeeded", 0)]);
        told.lines.truncate(1);
        told.lines[0].effect = Effect::None;
    }),
    ("I8", |told| {
        told.view["steps"][2]["compensates"] = json!("c")
    }),
    ("I8", |told| {
        told.lines[2].compensates = Some("s:c".to_owned())
    }),
    ("I9", |told| told.lines.swap(2, 3)),
    ("I10", |told| {
        let late = attempt(40, "rejected", 422);
        told.view["steps"][1]["attempts"]
            .as_array_mut()
            .expect("a list")
            .push(late);
    }),
    ("I11", |told| {
        told.view["steps"].as_array_mut().expect("a list").remove(2);
        told.lines.remove(2);
    }),
    ("I12", |told| told.view["pivot"] = json!("b")),
    ("I13", |told| {
        let many = vec![attempt(0, "unknown", 500); 6];
        told.view["steps"][0]["attempts"] = json!(many);
    }),
    ("I14", |told| {
        told.queued.insert("baton.jobs.final".to_owned(), 1);
    }),
    ("I14", |told| {
        told.due.insert("d|s".to_owned());
    }),
    ("I16", |told| told.journal[5] = started("b:undo")),
    ("I17", |told| {
        told.journal.remove(3);
    }),
    ("I17", |told| told.journal[6]["status"] = json!("completed")),
    ("I17", |told| {
        told.journal[5] = json!({ "event": "drained" })
    }),
    ("I17", |told| told.journal.clear()),
    ("I18", |told| {
        told.lines.remove(3);
    }),
    ("I18", |told| told.lines[1].said = "500".to_owned()),
    ("I19", |told| told.leaks.push("worker-0.log".to_owned())),
    ("I19", |told| told.authorized = 0),
    ("I20", |told| told.peak = 1024 * 1024),
    ("I15", |told| {
        told.view["workflow"] = json!("chaos/rest-tombstones")
    }),
];

#[test]
fn a_wait_may_last_until_all_is_well_and_a_minute_more() {
    let last = 10_000 + 60_000;
    for (called, breaks) in [
        (1_499, true),
        (1_500, false),
        (last, false),
        (last + 1, true),
    ] {
        let mut told = sound();
        told.view["workflow"] = json!("chaos/rest-tombstones");
        told.lines[1].at_ms = called;
        assert_eq!(broken(told).contains(&"I15"), breaks, "{called}");
    }
}

#[test]
fn every_law_sees_what_breaks_it() {
    for (n, (law, breaks)) in BREAKS.iter().enumerate() {
        let mut told = sound();
        breaks(&mut told);
        let found = broken(told);
        assert!(
            found.contains(law),
            "break {n} of {law} was not seen; seen were {found:?}"
        );
    }
    let mut redirected = sound();
    redirected.trapped = 1;
    assert_eq!(broken(redirected), ["R1"]);
    let mut orphaned = sound();
    orphaned
        .letters
        .push(json!({ "id": "-/1", "saga": null, "reason": "unreadable" }));
    orphaned.counted += "baton_orphans_total 1\n";
    assert_eq!(broken(orphaned), ["I22"]);
    assert_eq!(broken(of_a_lost_saga()), Vec::<&str>::new());
    let mut orphans = of_a_lost_saga();
    orphans.letters[0]["reason"] = json!("there is no saga `other`");
    assert_eq!(broken(orphans), ["I22"]);
}

/// What a scenario sent is shown whole, once, and hides no other.
#[test]
fn an_orphan_is_what_was_sent_and_no_other() {
    let shown = |bodies: &[&str]| {
        let mut told = sound();
        told.sent = vec![Orphan::Bytes(b"[]".to_vec())];
        for body in bodies {
            let message = json!({ "body": body });
            let orphan = json!({ "saga": null, "reason": "unreadable", "message": message });
            told.letters.push(orphan);
        }
        let count = bodies.len();
        told.counted += &format!("baton_orphans_total {count}\n");
        broken(told)
    };
    assert_eq!(shown(&["[]"]), Vec::<&str>::new());
    assert_eq!(shown(&[]), ["I22"], "what was sent is nowhere");
    assert_eq!(shown(&["[]", "[]"]), ["I22"], "it is there twice");
    assert_eq!(shown(&["[]", "an outcome"]), ["I22"], "another is there");
    assert_eq!(shown(&["[ ]"]), ["I22", "I22"], "it is not whole");
}

/// Exact where every process counted from the beginning; else no more than there was.
#[test]
fn counters_are_held_to_what_happened() {
    let is_broken = |told: Told| match *broken(told) {
        [] => false,
        ref found => found.iter().all(|law| *law == "I23"),
    };
    for (counter, once) in [
        ("baton_sagas_submitted_total", 1),
        ("baton_sagas_ended_total{status=\"compensated\"}", 1),
        ("{kind=\"task\",verdict=\"rejected\"}", 1),
        ("{kind=\"compensation\",verdict=\"succeeded\"}", 2),
    ] {
        let counts = |times: u64| counting(counter, once, times);
        let killed = |told: Told| Told {
            whole: false,
            ..told
        };
        let unsure = |told: Told| Told {
            said: "WARN saga put off saga=s why=store unavailable: timed out".to_owned(),
            ..told
        };
        assert!(is_broken(counts(once - 1)), "{counter}");
        assert!(is_broken(counts(once + 1)), "{counter}");
        assert!(!is_broken(killed(counts(once - 1))), "{counter}");
        assert!(is_broken(killed(counts(once + 1))), "{counter}");
        assert!(!is_broken(unsure(counts(once - 1))), "{counter}");
        assert!(is_broken(unsure(counts(once + 1))), "{counter}");
    }
    let with = |line: &str| Told {
        counted: format!("{COUNTED}{line}\n"),
        whole: false,
        ..sound()
    };
    assert!(is_broken(with("baton_dead_letters_open 1")));
    assert!(is_broken(with("baton_store_losses_total 1")));
    let unknown = "baton_attempts_total{kind=\"task\",verdict=\"unknown\"} 1";
    assert!(is_broken(with(unknown)));
    let mut silent = sound();
    silent.counted.clear();
    assert!(is_broken(silent));
    let mut refused = sound();
    let told = op(Kind::Cancel, Came::Fail, "s", "409 saga-final it is over");
    refused.log.push(told);
    assert!(is_broken(refused));
}

/// Its deadline had booked it as unknown when the success was heard: the step is done, the attempt stays.
#[test]
fn a_success_heard_late_is_counted() {
    let mut told = sound();
    let attempt = &mut told.view["steps"][0]["attempts"][0];
    attempt["status"] = json!("unknown");
    attempt["httpStatus"] = Value::Null;
    assert_eq!(broken(told), Vec::<&str>::new());
}

/// One counter says another number; durations are counted beside the ends.
fn counting(counter: &str, once: u64, times: u64) -> Told {
    let mut told = sound();
    let mut count = |counter: &str| {
        let (is, says) = (
            format!("{counter} {once}\n"),
            format!("{counter} {times}\n"),
        );
        assert!(told.counted.contains(&is), "{is}");
        told.counted = told.counted.replace(&is, &says);
    };
    count(counter);
    if counter.contains("ended") {
        count("duration_seconds_count");
    }
    told
}

/// An outcome came of a saga that the store had lost.
fn of_a_lost_saga() -> Told {
    let mut told = sound();
    told.lost.insert("gone".to_owned());
    let letter = json!({ "id": "-/1", "saga": null, "reason": "there is no saga `gone`" });
    told.letters.push(letter);
    told.counted += "baton_orphans_total 1\n";
    told
}

#[test]
fn every_law_is_broken_somewhere_here() {
    let tried: Vec<&str> = BREAKS
        .iter()
        .map(|(law, _)| *law)
        .chain(["R1", "I22", "I23"])
        .collect();
    let untried: Vec<&str> = LAWS
        .iter()
        .map(|law| law.id)
        .filter(|law| !tried.contains(law))
        .collect();
    assert!(untried.is_empty(), "{untried:?}");
}

/// Refusals that prove that nothing happened spare the undo: there it would be the mistake.
#[test]
fn a_final_refusal_is_not_undone() {
    let mut told = sound();
    told.view["workflow"] = json!("chaos/five-final");
    assert_eq!(broken(told), ["I11"]);
}

/// Nobody listened: the attempt has no call, and no answer either.
#[test]
fn an_attempt_without_an_answer_needs_no_call() {
    let mut told = sound();
    let mut refused = attempt(0, "rejected", 422);
    refused["httpStatus"] = Value::Null;
    refused["number"] = json!(0);
    let attempts = told.view["steps"][0]["attempts"].as_array_mut();
    attempts.expect("a list").insert(0, refused);
    told.journal.insert(1, started("a"));
    told.journal[1]["attempt"] = json!(0);
    let found = broken(told);
    assert!(!found.contains(&"I18"), "{found:?}");
}

/// Without tombstones a call may land after its undo, and nobody can prevent it.
#[test]
fn a_late_call_is_excused_only_where_no_tombstones_are_kept() {
    let late = |workflow: &str| {
        let mut told = sound();
        told.view["workflow"] = json!(workflow);
        told.lines[0].effect = Effect::None;
        told.lines
            .push(line("a", None, Effect::Applied, Verdict::Ok));
        broken(told)
    };
    assert_eq!(late("chaos/five-tombstones"), ["I7"]);
    assert_eq!(late("chaos/five-honest"), Vec::<&str>::new());
}
