//! What Redis answers, in its own protocol: whatever stands under a key, it is read for what was written
//! or it is damage, and nothing that is readable is lost by what stands beside it.

use super::{Target, none};
use baton_adapters::redis::answer::{self, Page, Value};
use baton_engine::store::{AppendError, Due, DueKind, Version};
use baton_shared::SagaId;
use baton_shared::id::hex16;
use baton_shared::port::StoreError;

pub(super) const TARGET: Target = Target {
    name: "redis-answer",
    run,
    seeds: none,
    words: &[
        "*2\r\n",
        "*3\r\n",
        ":1\r\n",
        ":0\r\n",
        ":-1\r\n",
        "$-1\r\n",
        "$0\r\n\r\n",
        "$3\r\nt|a\r\n",
        "$3\r\nd|a\r\n",
        "+OK\r\n",
        "-OOM full\r\n",
        "_\r\n",
        "~1\r\n",
        "%1\r\n",
        "0000000000000001",
        "ffffffffffffffff",
        "\n0\n",
        "{\"workflow\":",
        "\"createdAt\":",
        "+",
    ],
};

fn run(bytes: &[u8]) {
    let Some(value) = answer::on_the_wire(bytes) else {
        return;
    };
    journal(value.clone());
    append(value.clone());
    due(&value);
    list(value);
}

fn journal(value: Value) {
    let saga: SagaId = "a".parse().expect("an id");
    let whole: Option<Vec<u8>> = answer::read(value.clone()).unwrap_or_default();
    match answer::stored(value, &saga) {
        Ok(Some(stored)) => {
            let mut again = head(stored.version).into_bytes();
            again.extend(stored.events);
            let whole = whole.expect("what was read was there");
            // Of the head's digits either case is read.
            assert!(again.eq_ignore_ascii_case(&whole));
        }
        Ok(None) => assert_eq!(whole, None, "what is there is not taken for nothing"),
        Err(error) => damaged(&error),
    }
}

/// Thirty-two digits, also for the version of what is not there.
fn head(version: Version) -> String {
    hex16(version.seq) + &hex16(version.txid)
}

fn append(value: Value) {
    match answer::appended(value) {
        Ok(()) => {}
        Err(AppendError::Stale { found }) => assert!(matches!(answer::head(found).len(), 0 | 32)),
        Err(AppendError::Store(error)) => damaged(&error),
    }
}

fn due(value: &Value) {
    let members: Vec<Vec<u8>> = answer::read(value.clone()).unwrap_or_default();
    match answer::due(value.clone()) {
        Ok(found) => {
            let mut rest = members.iter();
            for due in &found {
                let member = written(due);
                assert!(rest.any(|there| *there == member), "in order, none made up");
            }
        }
        Err(error) => damaged(&error),
    }
    // Beside others, each is read as it is read alone.
    let alone = |member: &Vec<u8>| {
        let one = Value::Array(vec![Value::BulkString(member.clone())]);
        answer::due(one).expect("a list of one")
    };
    let alone: Vec<Due> = members.iter().flat_map(alone).collect();
    if !members.is_empty() {
        assert_eq!(answer::due(value.clone()).expect("a list"), alone);
    }
}

fn written(due: &Due) -> Vec<u8> {
    let mark = match due.what {
        DueKind::Timer => "t",
        DueKind::Duty => "d",
        DueKind::Expiry => "x",
    };
    format!("{mark}|{}", due.saga).into_bytes()
}

fn list(value: Value) {
    let parts: Vec<Vec<u8>> = answer::read(value.clone()).unwrap_or_default();
    match answer::page(value) {
        Ok(Page { rows, next }) => {
            let behind = parts.len().saturating_sub(1);
            assert_eq!(rows.len() * 2, behind, "no row is left out");
            assert!(next.is_none_or(|next| !next.is_empty()));
        }
        Err(error) => damaged(&error),
    }
}

/// An answer that came is never an outage, and says what it is about.
fn damaged(error: &StoreError) {
    let StoreError::Damaged(why) = error else {
        panic!("not an outage: {error}");
    };
    assert!(!why.trim().is_empty());
}
