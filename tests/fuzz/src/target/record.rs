//! Records as a store gives them back: a definition, the outcome of an attempt, a message of nobody. What
//! cannot be read is nothing, or is shown as what it is; what is read is written the same.

use super::{Target, text};
use baton_orchestrator::definitions::Deployed;
use baton_orchestrator::orphan::{Body, Orphan};
use baton_shared::{JobId, JobKind, Outcome, StepId, Timestamp};
use baton_worker::record;

pub(super) const TARGET: Target = Target {
    name: "record",
    run,
    seeds,
    words: &[
        "\"title\":",
        "\"source\":",
        "\"deployedAt\":",
        "\"reason\":",
        "\"lane\":\"dead\"",
        "\"body\":",
        "\"bodyBase64\":",
        "\"at\":",
        "\"job\":",
        "\"verdict\":",
        "\"is\":\"succeeded\"",
        "\"is\":\"accepted\"",
        "\"output\":",
        "\"attempt\":1",
        "\"startedAt\":",
        "18446744073709551615",
        "null",
        "{",
        "}",
        ",",
    ],
};

fn seeds() -> Vec<Vec<u8>> {
    vec![
        b"[".repeat(100_000),
        format!(
            "{{\"source\":\"{}\",\"deployedAt\":1}}",
            "x".repeat(1 << 20)
        )
        .into_bytes(),
    ]
}

fn run(bytes: &[u8]) {
    definition(bytes);
    orphan(bytes);
    result(bytes);
}

fn definition(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Deployed>(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&read).expect("plain data");
    let again: Deployed = serde_json::from_slice(&written).expect("what was read can be kept");
    assert_eq!(again.source, read.source);
    assert_eq!(again.title, read.title);
    assert_eq!(again.deployed_at, read.deployed_at);
}

/// Anything at all can be shown, so that somebody can drop it; and no byte of it is lost.
fn orphan(bytes: &[u8]) {
    let read = Orphan::decode(bytes);
    assert_eq!(Orphan::decode(&read.encode()), read);
    let letter = read.letter("key");
    assert_eq!(letter.id, "-/key");
    if serde_json::from_slice::<Orphan>(bytes).is_err() {
        assert!(letter.reason.contains("not readable"), "{}", letter.reason);
        let Body::Base64(kept) = &read.body else {
            panic!("bytes of unknown form are kept as bytes");
        };
        assert_eq!(*kept, baton_worker::base64::encode(bytes));
        assert_eq!(read.at, Timestamp(0));
    }
}

/// Only the outcome of the attempt that is asked for is an answer, and it is the whole of it.
fn result(bytes: &[u8]) {
    let outcome = serde_json::from_slice::<Outcome>(bytes).ok();
    let others = other();
    if let Some(outcome) = &outcome {
        let found = record::read(&outcome.job, bytes).expect("it is of this attempt");
        let found: Outcome = serde_json::from_str(found.get()).expect("an outcome");
        assert_eq!(found, *outcome);
    }
    let of_others = record::read(&others, bytes);
    let theirs = outcome.is_some_and(|outcome| outcome.job == others);
    assert_eq!(of_others.is_some(), theirs, "{}", text(bytes));
}

fn other() -> JobId {
    JobId {
        saga: "other".parse().expect("an id"),
        step: StepId::new("a"),
        kind: JobKind::Task,
        epoch: 0,
        round: 0,
        attempt: 1,
    }
}
