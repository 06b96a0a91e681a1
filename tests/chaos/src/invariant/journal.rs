//! I16 and I17: what the store holds of a saga, read past Baton.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Journal, Saga};
use std::collections::BTreeMap;

pub(super) const ONE_WRITER: Law = Law {
    id: "I16",
    says: "no journal holds two decisions made on one state",
    binds: "Redis and the embedded store",
    check: one_writer,
};

pub(super) const WHOLE: Law = Law {
    id: "I17",
    says: "a journal is as long as its version says, and tells what the API shows",
    binds: "Redis and the embedded store",
    check: whole,
};

/// Who decides on a state that another has moved on starts what was started, or ends what had ended.
fn one_writer(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    for (saga, journal) in &evidence.journals {
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        for event in &journal.events {
            let once = match event["event"].as_str().unwrap_or_default() {
                "attemptStarted" => format!("attempt {} of {}", event["attempt"], event["node"]),
                once @ ("submitted" | "ended" | "failing" | "drained") => once.to_owned(),
                _ => continue,
            };
            *times.entry(once).or_default() += 1;
        }
        for (once, times) in times.into_iter().filter(|(_, times)| *times > 1) {
            let what = format!("its journal holds {once} {times} times");
            found.push(broken(&ONE_WRITER, saga, what, told(journal)));
        }
    }
    found
}

fn whole(evidence: &Evidence) -> Vec<Violation> {
    let absent = |saga: &&String| !evidence.journals.contains_key(*saga);
    let unknown = evidence.sagas.keys().filter(absent);
    let mut found: Vec<Violation> = unknown
        .map(|saga| broken(&WHOLE, saga, "the store holds nothing of it", Vec::new()))
        .collect();
    for (id, journal) in &evidence.journals {
        let mut say = |what: String| found.push(broken(&WHOLE, id, what, told(journal)));
        let events = journal.events.len() as u64;
        if events != journal.seq {
            say(format!("{events} events at version {}", journal.seq));
        }
        let first = journal.events.first().map(|event| &event["event"]);
        if first.is_none_or(|first| first != "submitted") {
            say(format!("it begins with {first:?}"));
        }
        if let Some(saga) = evidence.sagas.get(id) {
            let (told, shown) = (ending(journal), &*saga.status);
            if told.is_some_and(|told| told != shown) {
                say(format!("its journal ends {told:?}, the API shows {shown}"));
            }
            let (told, shown) = (attempts(journal), shown_attempts(saga));
            if told != shown {
                say(format!(
                    "its journal holds {told} attempts, the API shows {shown}"
                ));
            }
        }
    }
    found
}

fn ending(journal: &Journal) -> Option<&str> {
    let mut ended = journal
        .events
        .iter()
        .filter(|event| event["event"] == "ended");
    ended.next().and_then(|event| event["status"].as_str())
}

fn attempts(journal: &Journal) -> usize {
    let started = |event: &&serde_json::Value| event["event"] == "attemptStarted";
    journal.events.iter().filter(started).count()
}

fn shown_attempts(saga: &Saga) -> usize {
    saga.steps.iter().map(|step| step.attempts.len()).sum()
}

fn told(journal: &Journal) -> Vec<String> {
    journal.events.iter().map(ToString::to_string).collect()
}
