//! Jobs and outcomes on the wire: what is read is the same when written and read again, also when it
//! holds the strangest texts and numbers; what is not of ours is refused, and named where it can be.

use super::{Target, text};
use baton_shared::message::Body;
use baton_shared::request::Take;
use baton_shared::{
    Envelope, Job, JobId, JobKind, MessageError, Outcome, Partition, Problem, Request, SagaId,
    ServiceName, StepId, Timestamp, Verdict,
};
use serde_json::{Value, json};
use std::fmt::Debug;

pub(super) const JOB: Target = Target {
    name: "job",
    run: job,
    seeds: deep,
    words: &WORDS,
};
pub(super) const OUTCOME: Target = Target {
    name: "outcome",
    run: outcome,
    seeds: deep,
    words: &WORDS,
};
const WORDS: [&str; 22] = [
    "\"v\":1",
    "\"v\":2",
    "\"type\":",
    "\"baton.job\"",
    "\"baton.outcome\"",
    "\"body\":",
    "\"deadline\":",
    "\"is\":\"succeeded\"",
    "\"is\":\"accepted\"",
    "\"output\":",
    "\"saga\":",
    "\"step\":",
    "\"kind\":\"task\"",
    "\"retryAfterMs\":",
    "\"redelivered\":true",
    "null",
    ",",
    "{",
    "}",
    "[",
    "\\u0000",
    "1e308",
];

fn deep() -> Vec<Vec<u8>> {
    let outcome = made_outcome("");
    let text = String::from_utf8(Envelope::new(outcome).encode()).expect("JSON");
    [90, 120, 130, 100_000]
        .map(|levels| {
            let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            text.replace("\"given\"", &value).into_bytes()
        })
        .to_vec()
}

fn job(bytes: &[u8]) {
    read::<Job>(bytes);
    kept(&Envelope::new(made_job(&text(bytes))));
}

fn outcome(bytes: &[u8]) {
    read::<Outcome>(bytes);
    kept(&Envelope::new(made_outcome(&text(bytes))));
}

/// Whatever these bytes are.
fn read<T: Body + Debug + PartialEq>(bytes: &[u8]) {
    match Envelope::<T>::decode(bytes) {
        Ok(envelope) => {
            assert_eq!((envelope.v, envelope.kind.as_str()), (1, T::KIND));
            kept(&envelope);
        }
        Err(error) => {
            let whole: Option<Value> = serde_json::from_slice(bytes).ok();
            if whole.is_none() {
                // A future message's body may be anything, its head is read all the same.
                let headed = matches!(error, MessageError::Version(_) | MessageError::Kind { .. });
                assert!(headed || matches!(error, MessageError::Unreadable(_)));
            }
            assert!(!error.to_string().is_empty());
        }
    }
}

fn kept<T: Body + Debug + PartialEq>(envelope: &Envelope<T>) {
    let again = Envelope::<T>::decode(&envelope.encode());
    assert_eq!(again.as_ref(), Ok(envelope));
}

/// A job with `text` wherever a text of any kind may be.
fn made_job(text: &str) -> Job {
    let (one, other) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let pair = || (one.to_owned(), other.to_owned());
    Job {
        id: made_id(text),
        service: ServiceName::http(),
        operation: Some(one.to_owned()),
        key: text.to_owned(),
        compensates: Some(other.to_owned()),
        request: Request {
            method: one.to_owned(),
            target: text.to_owned(),
            query: vec![pair(), pair()],
            headers: vec![pair()],
            body: Some(text.to_owned()),
            take: Take::Response,
            redirect: text.len() % 2 == 1,
        },
        timeout_ms: number(text),
        deadline: Timestamp(number(other)),
        partition: Partition(u16::MAX),
        again: text.len() % 3 == 1,
    }
}

fn made_outcome(text: &str) -> Outcome {
    let problem = || Problem {
        kind: text.to_owned(),
        status: number(text).to_le_bytes()[0].into(),
        title: text.to_owned(),
        detail: Some(text.to_owned()),
        instance: None,
    };
    let output = serde_json::from_str(text).unwrap_or_else(|_| match text {
        "" => json!("given"),
        text => json!({ text: text }),
    });
    let verdict = match number(text) % 4 {
        0 => Verdict::Succeeded { output },
        1 => Verdict::Accepted,
        2 => Verdict::Unknown { problem: problem() },
        _ => Verdict::Rejected {
            retryable: true,
            retry_after_ms: Some(number(text)),
            problem: problem(),
        },
    };
    Outcome {
        job: made_id(text),
        verdict,
        status: Some(u16::MAX),
        redelivered: text.len() % 2 == 1,
        started_at: Timestamp(number(text)),
        ended_at: Timestamp(u64::MAX),
    }
}

fn made_id(text: &str) -> JobId {
    JobId {
        saga: "a".parse::<SagaId>().expect("an id"),
        step: StepId::new(text),
        kind: JobKind::Compensation,
        epoch: u32::MAX,
        round: 0,
        attempt: 1,
    }
}

/// Any number, the same for the same text; 0 for none.
fn number(text: &str) -> u64 {
    match text {
        "" => 0,
        text => baton_shared::id::stable_hash(text.as_bytes()),
    }
}
