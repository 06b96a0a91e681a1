//! What the embedded store and queue promise beyond their ports: power cuts, damage, full disks,
//! restarts, space.

mod damage;
mod full;
mod power;
mod queue;
mod restart;
mod space;

use baton_adapters::embedded::{RamDisk, Settings, Store};
use baton_engine::store::{Append, AppendError, Due, DueKind, Duty, Row, Store as _, Version};
use baton_shared::port::StoreError;
use baton_shared::{SagaId, Timestamp};
use futures_util::FutureExt;
use std::sync::Arc;

/// The end of time: everything is due.
const EVER: Timestamp = Timestamp(u64::MAX - 1);

fn id(text: &str) -> SagaId {
    text.parse().expect("the tests' ids are valid")
}

fn append(saga: &str, expected: u64, events: &[u8]) -> Append {
    Append {
        saga: id(saga),
        expected: version(expected),
        txid: expected + 1,
        events: events.to_vec(),
        count: 1,
        row: row("running"),
        timer: None,
        duty: Duty::Keep,
        expires: None,
    }
}

/// What a journal of single events is at: each transition is named by its length.
fn version(seq: u64) -> Version {
    Version { seq, txid: seq }
}

fn row(status: &str) -> Row {
    Row {
        workflow: "shop/order".into(),
        version: "1.0.0".into(),
        status: status.into(),
        created_at: Timestamp(1_000),
        updated_at: Timestamp(1_000),
        held: 0,
    }
}

/// A store that writes on the caller's thread, so that every answer is there at once.
fn inline(disk: &RamDisk, segment_bytes: u32) -> Result<Store, StoreError> {
    let settings = Settings {
        inline: true,
        segment_bytes,
        ..Settings::default()
    };
    Store::open_on(Arc::new(disk.clone()), settings)
}

fn now<T>(answer: impl Future<Output = T>) -> T {
    answer
        .now_or_never()
        .expect("an inline store answers at once")
}

fn write(store: &Store, append: Append) -> Result<(), AppendError> {
    now(store.append(vec![append])).remove(0)
}

/// A journal's length and bytes.
fn journal(store: &Store, saga: &str) -> Option<(u64, Vec<u8>)> {
    let stored = now(store.load(vec![id(saga)]))
        .remove(0)
        .expect("the store can be read");
    stored.map(|stored| (stored.version.seq, stored.events))
}

fn claim(store: &Store, at: Timestamp) -> Vec<(String, DueKind)> {
    let due: Vec<Due> = now(store.due(at, EVER, 1_000_000)).expect("due times can be claimed");
    let mut due: Vec<_> = due
        .into_iter()
        .map(|due| (due.saga.as_str().to_owned(), due.what))
        .collect();
    due.sort();
    due
}
