//! The embedded store's log: recovery from damage, and entries that no writer of ours wrote.
//!
//! `log-recovery` writes a log as its first bytes say and damages it as the others do. What opens then
//! shows of every saga a beginning of what was written; what was merely cut off at the end opens.
//! `log-entries` seals the bytes into whole frames: the store opens or refuses, and if it opens,
//! everything in it can be listed and asked for.

use super::{Target, none};
use baton_adapters::embedded::{Disk, RamDisk, Settings, Store};
use baton_engine::store::{Append, Duty, Query, Row, Settled, Store as _, Version};
use baton_shared::port::{RecordKind, Records, StoreError};
use baton_shared::{SagaId, Timestamp, id::stable_hash};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const RECOVERY: Target = Target {
    name: "log-recovery",
    run: recovery,
    seeds: none,
    words: &[],
};
pub(super) const ENTRIES: Target = Target {
    name: "log-entries",
    run: entries,
    seeds: none,
    words: &[
        "\u{1}",
        "\u{2}",
        "\u{3}",
        "\u{4}",
        "\u{5}",
        "\0\0\0\0",
        "\u{7f}\u{7f}\u{7f}\u{7f}",
        "a",
    ],
};

/// Small enough that a handful of writes makes several.
const SEGMENT: u32 = 1_000;
/// Bytes of a segment's header, which is on the disk before anything is written after it.
const HEADER: usize = 32;
const NEVER: Timestamp = Timestamp(u64::MAX - 1);

fn open(disk: &RamDisk) -> Result<Store, StoreError> {
    let settings = Settings {
        inline: true,
        segment_bytes: SEGMENT,
        ..Settings::default()
    };
    Store::open_on(Arc::new(disk.clone()), settings)
}

fn now<T>(answer: impl Future<Output = T>) -> T {
    answer
        .now_or_never()
        .expect("an inline store answers at once")
}

fn id(nth: u8) -> SagaId {
    format!("s{nth}").parse().expect("an id")
}

fn append(saga: u8, expected: u64, events: Vec<u8>) -> Append {
    Append {
        saga: id(saga),
        expected: Version {
            seq: expected,
            txid: expected,
        },
        txid: expected + 1,
        events,
        count: 1,
        row: Row {
            workflow: "x/y".to_owned(),
            version: "1.0.0".to_owned(),
            status: "running".to_owned(),
            created_at: Timestamp(1),
            updated_at: Timestamp(1),
            held: 0,
        },
        timer: (expected % 2 == 1).then_some(Timestamp(expected)),
        duty: Duty::Owed(Timestamp(5)),
        expires: None,
    }
}

/// The first byte says how many writes; each takes two: which saga, and how long. The rest are acts of
/// damage, four bytes each.
fn recovery(bytes: &[u8]) {
    let Some((count, rest)) = bytes.split_first() else {
        return;
    };
    let writes = usize::from(count % 32) * 2;
    let (writes, acts) = rest.split_at(writes.min(rest.len()));
    let disk = RamDisk::default();
    let written = write(&disk, writes);
    let mut only_cut = true;
    for act in acts.chunks_exact(4).take(8) {
        only_cut &= damage(&disk, act);
    }
    match open(&disk) {
        Ok(store) => {
            whole(&store, &written);
            drop(store);
            let store = open(&disk).expect("what was opened once opens again");
            whole(&store, &written);
        }
        Err(StoreError::Damaged(why)) => {
            assert!(!only_cut, "a cut end is no damage: {why}");
            assert!(why.contains("restore"), "it says what to do: {why}");
        }
        Err(other) => panic!("a disk that works: {other}"),
    }
}

fn write(disk: &RamDisk, writes: &[u8]) -> BTreeMap<u8, Vec<Vec<u8>>> {
    let store = open(disk).expect("a new disk");
    let mut written: BTreeMap<u8, Vec<Vec<u8>>> = BTreeMap::new();
    for (nth, write) in writes.chunks_exact(2).enumerate() {
        let (saga, length) = (write[0] % 8, usize::from(write[1]));
        let journal = written.entry(saga).or_default();
        let events = format!("<{nth}>").into_bytes().repeat(length / 4 + 1);
        let seq = journal.len() as u64;
        let answer = now(store.append(vec![append(saga, seq, events.clone())])).remove(0);
        answer.expect("a disk that works");
        journal.push(events);
        if write[0] & 0x80 != 0 {
            let key = format!("k{saga}");
            let put = store.put_new(RecordKind::Definition, &key, vec![saga; length]);
            now(put).expect("a disk that works");
        }
    }
    written
}

/// Whether it left what a power cut may leave: the last file cut, or with a torn end.
fn damage(disk: &RamDisk, act: &[u8]) -> bool {
    let files = disk.sizes();
    let Some((name, size)) = files.get(usize::from(act[1]) % files.len().max(1)) else {
        return false;
    };
    let last = files.iter().all(|(other, _)| other <= name);
    if *size == 0 {
        return last;
    }
    let place = usize::from(u16::from_le_bytes([act[2], act[3]])) % size;
    let file = disk.open(name).expect("it is there");
    match act[0] % 5 {
        0 => {
            disk.damage(name, place);
            false
        }
        1 => {
            file.truncate(place as u64).expect("a disk that works");
            last
        }
        2 => {
            let end = vec![act[2]; usize::from(act[3]) + 1];
            file.write_at(*size as u64, &end)
                .expect("a disk that works");
            // More after half a header is nothing that a power cut leaves.
            last && *size >= HEADER
        }
        3 => {
            disk.remove(name).expect("it is there");
            // Without any file there is a new store.
            false
        }
        _ => {
            file.write_at(place as u64, act).expect("a disk that works");
            false
        }
    }
}

/// Every saga there is a beginning of what was written of it.
fn whole(store: &Store, written: &BTreeMap<u8, Vec<Vec<u8>>>) {
    let rows = now(store.list(everything())).expect("it can be listed");
    let known = |saga: &SagaId| written.keys().any(|nth| id(*nth) == *saga);
    assert!(rows.iter().all(|(saga, _)| known(saga)), "{rows:?}");
    for (nth, journal) in written {
        let stored = now(store.load(vec![id(*nth)]))
            .remove(0)
            .expect("it can be read");
        let Some(stored) = stored else { continue };
        let length = usize::try_from(stored.version.seq).expect("short");
        assert!(length <= journal.len(), "nothing is made up");
        assert_eq!(stored.events, journal[..length].concat(), "saga {nth}");
        // And it goes on from there.
        let next = now(store.append(vec![append(*nth, stored.version.seq + 7, vec![1])])).remove(0);
        next.expect_err("a journal has no gaps");
    }
}

fn everything() -> Query {
    Query {
        limit: 1_000,
        ..Query::default()
    }
}

/// Frames are apart by `|`.
fn entries(bytes: &[u8]) {
    let disk = RamDisk::default();
    let file = disk.create("00000001.log").expect("a file");
    file.write_at(0, &segment(bytes))
        .expect("a disk that works");
    let store = match open(&disk) {
        Ok(store) => store,
        Err(StoreError::Damaged(why)) => {
            assert!(why.contains("restore"), "{why}");
            return;
        }
        Err(other) => panic!("a disk that works: {other}"),
    };
    let rows = now(store.list(everything())).expect("it can be listed");
    let due = now(store.due(NEVER, NEVER, 1_000)).expect("it can be asked");
    let _next = now(store.next_due()).expect("it can be asked");
    for (saga, row) in rows {
        let stored = now(store.load(vec![saga.clone()]))
            .remove(0)
            .expect("it can be read");
        let at = stored.expect("it is listed").version;
        let settled = Settled {
            saga: saga.clone(),
            at,
            duty: true,
            timer: Some(None),
        };
        now(store.settle(vec![settled])).expect("it can be settled");
        let next = Append {
            saga: saga.clone(),
            row,
            expected: at,
            ..append(0, at.seq, vec![b'\n'])
        };
        // The last event's number may be the largest there is.
        let _may_be_full = now(store.append(vec![next])).remove(0);
        now(store.forget(saga)).expect("it can be forgotten");
    }
    for kind in [RecordKind::Definition, RecordKind::Orphan] {
        for (key, _) in now(store.scan(kind, None, 1_000)).expect("it can be listed") {
            now(store.get(kind, &key)).expect("it can be read");
            now(store.remove(kind, &key)).expect("it can be removed");
        }
    }
    drop((due, store));
    open(&disk)
        .map(drop)
        .expect("what was opened once opens again");
}

const SALT: u64 = 99;

/// A segment as its description in the store's own sources has it, written anew here.
fn segment(bytes: &[u8]) -> Vec<u8> {
    let mut segment = b"BATONLOG".to_vec();
    segment.extend(1_u32.to_le_bytes());
    segment.extend(1_u32.to_le_bytes());
    segment.extend(SALT.to_le_bytes());
    segment.extend(crc32fast::hash(&segment).to_le_bytes());
    segment.extend([0; 4]);
    for payload in bytes.split(|byte| *byte == b'|') {
        let offset = u32::try_from(segment.len()).expect("short");
        segment.extend(head(payload, offset));
        segment.extend(payload);
    }
    segment
}

fn head(payload: &[u8], offset: u32) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short");
    let crc = crc32fast::hash(payload);
    let mut place = SALT.to_le_bytes().to_vec();
    for part in [1, offset, length, offset, crc] {
        place.extend(u32::to_le_bytes(part));
    }
    let mut head = stable_hash(&place).to_le_bytes().to_vec();
    for part in [length, offset, crc] {
        head.extend(part.to_le_bytes());
    }
    head
}
