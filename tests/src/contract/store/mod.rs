//! The laws of the port `Store`.

mod due;
mod journal;
mod lists;
mod sagas;
mod settle;

use super::law;
use baton_engine::store::{Append, AppendError, Due, DueKind, Duty, Row, Store, Version};
use baton_shared::{SagaId, Timestamp};

/// Runs every law. `make` gives an empty store each time: other sagas, due times or rows would be
/// found by the laws.
pub async fn exercise<S: Store>(make: impl AsyncFn() -> S) {
    exercise_journals(&make).await;
    exercise_due_times(&make).await;
    exercise_lists(&make).await;
}

async fn exercise_journals<S: Store>(make: &impl AsyncFn() -> S) {
    law("a saga is created once", make, journal::creates_once).await;
    law(
        "an append needs the right version",
        make,
        journal::stale_changes_nothing,
    )
    .await;
    law(
        "a repeated txid is answered like the first",
        make,
        journal::repetition,
    )
    .await;
    law("of racing appends one wins", make, journal::one_racer_wins).await;
    law(
        "transitions of a batch stand alone",
        make,
        journal::batch_is_independent,
    )
    .await;
    law(
        "what is not there loads as none",
        make,
        journal::missing_is_none,
    )
    .await;
    law(
        "a journal reads as it was written",
        make,
        journal::bytes_are_kept,
    )
    .await;
    law("a large journal is kept", make, journal::large_journal).await;
    law("every allowed id is its own saga", make, sagas::ids).await;
    law("a forgotten saga is gone", make, sagas::forget).await;
    law("2,000 sagas are kept apart", make, sagas::many_sagas).await;
}

async fn exercise_due_times<S: Store>(make: &impl AsyncFn() -> S) {
    law(
        "a timer comes due at its moment",
        make,
        due::timer_at_its_moment,
    )
    .await;
    law("a claim holds until its end", make, due::claim_holds).await;
    law("a limit loses nothing", make, due::limit).await;
    law("of racing claims one gets it", make, due::racing_claims).await;
    law(
        "an append replaces the timer",
        make,
        due::append_replaces_timer,
    )
    .await;
    law(
        "a stale append leaves due times",
        make,
        due::stale_leaves_due_times,
    )
    .await;
    law("a duty is owed, kept and cleared", make, due::duty).await;
    law("duty and timer stand apart", make, due::duty_and_timer).await;
    law("an expiry comes due", make, due::expiry).await;
    law("next_due is never too late", make, due::next_due).await;
    law("settle clears a duty", make, settle::clears_duty).await;
    law("settle replaces a timer", make, settle::replaces_timer).await;
    law(
        "settle of an older version is ignored",
        make,
        settle::stale_is_ignored,
    )
    .await;
    law(
        "settle of no saga is ignored",
        make,
        settle::missing_is_ignored,
    )
    .await;
}

async fn exercise_lists<S: Store>(make: &impl AsyncFn() -> S) {
    law("rows come newest first", make, lists::newest_first).await;
    law("a list shows the latest row", make, lists::latest_row).await;
    law("filters select", make, lists::filters).await;
    law("pages cover all rows once", make, lists::paging).await;
}

/// There is no such saga.
const NONE: Version = Version::NONE;

/// So many events, the last written by this transition.
fn v(seq: u64, txid: u64) -> Version {
    Version { seq, txid }
}

fn id(text: &str) -> SagaId {
    text.parse().expect("the suite's ids are valid")
}

fn at(ms: u64) -> Timestamp {
    Timestamp(ms)
}

fn row() -> Row {
    Row {
        workflow: "shop/order".into(),
        version: "1.0.0".into(),
        status: "running".into(),
        created_at: at(1_000),
        updated_at: at(1_000),
        held: 0,
    }
}

/// One event for `saga`, which must be at `expected`; no timer, no duty, no expiry.
fn append(saga: &str, expected: Version, txid: u64, events: &str) -> Append {
    Append {
        saga: id(saga),
        expected,
        txid,
        events: events.as_bytes().to_vec(),
        count: 1,
        row: row(),
        timer: None,
        duty: Duty::Keep,
        expires: None,
    }
}

/// Appends one transition that must succeed.
async fn write<S: Store>(store: &S, append: Append) {
    let what = format!("{append:?}");
    let answer = one(store, append).await;
    assert_eq!(answer, Ok(()), "the append is in order: {what}");
}

async fn one<S: Store>(store: &S, append: Append) -> Result<(), AppendError> {
    let mut answers = store.append(vec![append]).await;
    assert_eq!(answers.len(), 1, "one answer for one transition");
    answers.remove(0)
}

/// The journal of `saga`: its length and bytes.
async fn journal<S: Store>(store: &S, saga: &str) -> Option<(u64, Vec<u8>)> {
    let mut answers = store.load(vec![id(saga)]).await;
    assert_eq!(answers.len(), 1, "one answer for one load");
    let stored = answers.remove(0).expect("the store can be read");
    stored.map(|stored| (stored.version.seq, stored.events))
}

/// Claims what is due at `now`, sorted, so that no order is asked of the store.
async fn claim<S: Store>(store: &S, now: u64, until: u64) -> Vec<(String, DueKind)> {
    named(
        store
            .due(at(now), at(until), 1_000)
            .await
            .expect("due times can be claimed"),
    )
}

fn named(due: Vec<Due>) -> Vec<(String, DueKind)> {
    let mut named: Vec<_> = due
        .into_iter()
        .map(|due| (due.saga.as_str().to_owned(), due.what))
        .collect();
    named.sort();
    named
}

fn only(saga: &str, what: DueKind) -> Vec<(String, DueKind)> {
    vec![(saga.to_owned(), what)]
}
