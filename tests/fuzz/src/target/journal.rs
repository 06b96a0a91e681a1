//! Journals as a store gives them back: what is read is written the same, and any sequence of readable
//! events can be folded, looked at and moved on without a panic. `Saga::apply` is total, and no event
//! is believed to fit the one before.

use super::{Target, text};
use baton_engine::saga::event::{decode, encode};
use baton_engine::saga::view::SagaView;
use baton_engine::saga::{Recorded, Saga};
use baton_shared::SagaId;

pub(super) const TARGET: Target = Target {
    name: "journal",
    run,
    seeds,
    words: &[
        "\"event\":\"submitted\"",
        "\"event\":\"entered\"",
        "\"event\":\"iterated\"",
        "\"event\":\"completed\"",
        "\"event\":\"failed\"",
        "\"event\":\"stepStarted\"",
        "\"event\":\"attemptStarted\"",
        "\"event\":\"paused\"",
        "\"event\":\"ended\"",
        "\"node\":\":main\"",
        "\"node\":",
        "\"parent\":",
        "\"index\":",
        "\"at\":",
        "\"atTask\":",
        "\"next\":",
        "\"form\":",
        "18446744073709551615",
        "4294967295",
        "null",
        "true",
        "\n",
    ],
};

fn seeds() -> Vec<Vec<u8>> {
    vec![b"\n".repeat(100_000), b"[".repeat(100_000)]
}

fn run(bytes: &[u8]) {
    let id: SagaId = "a".parse().expect("an id");
    match decode(bytes) {
        Ok(events) => {
            assert_eq!(decode(&encode(&events)).as_ref(), Ok(&events));
            fold(&id, &events);
        }
        Err(why) => assert!(why.starts_with("event "), "{why}"),
    }
    // The readable lines alone: one broken line does not spare the fold the others.
    let lines = text(bytes);
    let readable = lines
        .lines()
        .filter_map(|line| decode(line.as_bytes()).ok());
    fold(&id, &readable.flatten().collect::<Vec<_>>());
}

fn fold(id: &SagaId, events: &[Recorded]) {
    let saga = Saga::replay(id.clone(), events);
    let view = SagaView::of(id, events);
    assert_eq!(
        saga.is_some(),
        view.is_some(),
        "both begin with a submission"
    );
    let (Some(saga), Some(view)) = (saga, view) else {
        return;
    };
    assert_eq!(saga.seq(), events.len() as u64);
    let _derived = (saga.row(), saga.wake_at(), saga.is_over());
    let _owed = (
        saga.outstanding(),
        saga.owed().count(),
        saga.would_undo().count(),
    );
    let _shown = (
        view.dead_letters(),
        serde_json::to_string(&view).expect("plain data"),
    );
}
