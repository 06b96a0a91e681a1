//! Stories: a workflow, what reaches it, and everything that follows, as text files a person reads.
//!
//! ```text
//! do:                      the workflow's tasks
//! - a: { call: s.do, compensate: s.undo }
//! ----
//! > start                  what reaches the core
//!   StepStarted a          every event, every effect (`do`), then the status
//! ```
//!
//! `UPDATE_EXPECT=1 cargo test -p baton-engine --test stories` rewrites them; the diff is the review.

mod common;
mod story;

use baton_engine::saga::Recorded;
use baton_engine::saga::event;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use story::{NO_JOB, paths, play, tell};

#[test]
fn every_story_goes_as_written() {
    let paths = paths();
    assert!(paths.len() >= 20, "the worked examples are all there");
    let mut wrong = String::new();
    for path in paths {
        let written = std::fs::read_to_string(&path).expect("a story is text");
        let told = tell(&written);
        if told.contains(NO_JOB) {
            writeln!(
                wrong,
                "==== {} answers a job that was never sent:\n{told}",
                path.display()
            )
            .expect("text");
        }
        if told == written {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, told).expect("writable");
        } else {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            writeln!(wrong, "==== {name} goes differently:\n{told}").expect("text");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Not beside it: an update would change the files it reads.
    events_of_earlier_builds_are_readable();
}

/// A journal outlives the build that wrote it. `events.jsonl` holds an event of every kind and form
/// as some build wrote it; its lines are only ever added to (`UPDATE_EXPECT=1` adds what is new).
fn events_of_earlier_builds_are_readable() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events.jsonl");
    let mut written = std::fs::read_to_string(&path).unwrap_or_default();
    let known: Vec<Recorded> = event::decode(written.as_bytes()).expect("every line is read");
    for (line, known) in written.lines().zip(&known) {
        let now = event::encode(std::slice::from_ref(known));
        let now: Value = serde_json::from_slice(&now).expect("JSON");
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(now, line, "an event is written as it always was");
    }
    let mut kinds: Vec<String> = known.iter().map(kind).collect();
    let before = kinds.len();
    for path in paths() {
        let (_, journal) = play(&std::fs::read_to_string(&path).expect("a story is text"));
        for recorded in journal {
            if !kinds.contains(&kind(&recorded)) {
                kinds.push(kind(&recorded));
                let line = event::encode(std::slice::from_ref(&recorded));
                written.push_str(&String::from_utf8(line).expect("JSON is text"));
            }
        }
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, written).expect("writable");
    } else {
        assert_eq!(kinds.len(), before, "these are new: {:?}", &kinds[before..]);
    }
}

/// An event's name, with its form and its place where it has them.
fn kind(recorded: &Recorded) -> String {
    let event = serde_json::to_value(&recorded.event).expect("plain data");
    let place = match &event["atTask"]["place"] {
        Value::Object(_) => "undo",
        Value::String(place) => place.as_str(),
        _ => "",
    };
    let word = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let next = match &event["next"] {
        Value::Object(_) => "at",
        Value::String(next) => next.as_str(),
        _ => "",
    };
    let form = event["form"]["is"].as_str().unwrap_or_default();
    let words = [
        &word("event"),
        form,
        place,
        &word("cause"),
        &word("status"),
        &word("verdict"),
        next,
    ];
    words.join(" ")
}
