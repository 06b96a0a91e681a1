//! Opening again: everything answered is there, and everybody who may owe something does.

use super::{EVER, append, claim, id, inline, journal, now, row, version, write};
use baton_adapters::embedded::{RamDisk, Settings, Store};
use baton_engine::store::{Append, DueKind, Duty, Settled, Store as _};
use baton_shared::Timestamp;
use baton_shared::port::{RecordKind, Records};
use std::time::{Duration, Instant};

const SEGMENT: u32 = 4_000;

#[test]
fn who_may_owe_something_does_at_once() {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("opened");
    let later = Timestamp(5_000);
    let done = |saga, duty| Append {
        duty,
        row: row("completed"),
        ..append(saga, 0, b"x")
    };
    write(
        &store,
        Append {
            timer: Some(later),
            ..append("live", 0, b"x")
        },
    )
    .expect("written");
    write(
        &store,
        Append {
            timer: Some(later),
            ..done("final-timer", Duty::Clear)
        },
    )
    .expect("ok");
    write(&store, done("final-owing", Duty::Owed(later))).expect("written");
    write(
        &store,
        Append {
            expires: Some(later),
            ..done("final", Duty::Clear)
        },
    )
    .expect("written");
    assert_eq!(
        claim(&store, Timestamp(4_999)),
        vec![],
        "nothing is due yet"
    );
    drop(store);

    let store = inline(&disk, SEGMENT).expect("opened again");
    let owing = ["final-owing", "live"].map(|saga| (saga.to_owned(), DueKind::Duty));
    assert_eq!(
        claim(&store, Timestamp(0)),
        owing,
        "duties of live and owing sagas are due"
    );
    let expected = [
        ("final".to_owned(), DueKind::Expiry),
        ("final-timer".to_owned(), DueKind::Timer),
        ("live".to_owned(), DueKind::Timer),
    ];
    assert_eq!(claim(&store, later), expected, "the rest at its moment");
}

#[test]
fn a_claim_is_forgotten_and_a_settled_timer_is_not() {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("opened");
    for saga in ["claimed", "settled", "without"] {
        let timer = Some(Timestamp(100));
        let transition = Append {
            timer,
            row: row("completed"),
            ..append(saga, 0, b"x")
        };
        write(&store, transition).expect("written");
    }
    assert_eq!(
        claim(&store, Timestamp(100)).len(),
        3,
        "claimed until the end of time"
    );
    let settled = |saga, timer| Settled {
        saga: id(saga),
        at: version(1),
        duty: false,
        timer: Some(timer),
    };
    let batch = vec![
        settled("settled", Some(Timestamp(300))),
        settled("without", None),
    ];
    now(store.settle(batch)).expect("settled");
    drop(store);
    let store = inline(&disk, SEGMENT).expect("opened again");
    let expected = [("claimed".to_owned(), DueKind::Timer)];
    assert_eq!(claim(&store, Timestamp(299)), expected, "it comes again");
    let expected = [("settled".to_owned(), DueKind::Timer)];
    assert_eq!(
        claim(&store, Timestamp(300)),
        expected,
        "at the moment it was settled to"
    );
    assert_eq!(
        claim(&store, Timestamp(10_000)),
        vec![],
        "and none where none was wanted"
    );
}

/// As after `kill -9`: the files as they lie there while the store is open.
#[tokio::test]
async fn a_killed_process_loses_nothing_answered() {
    let root = tempfile::tempdir().expect("a folder");
    let store = Store::open(&root.path().join("a"), Settings::default()).expect("opened");
    for seq in 0..50 {
        let answer = store.append(vec![append("a", seq, b"event ")]).await;
        assert_eq!(answer, vec![Ok(())]);
    }
    let value = b"source".to_vec();
    store
        .put_new(RecordKind::Definition, "ns/n@1", value.clone())
        .await
        .expect("kept");
    let copy = root.path().join("b");
    std::fs::create_dir(&copy).expect("a folder");
    for entry in std::fs::read_dir(root.path().join("a")).expect("the folder") {
        let entry = entry.expect("a file");
        std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("copied");
    }
    let store = Store::open(&copy, Settings::default()).expect("opened");
    let stored = store
        .load(vec![id("a")])
        .await
        .remove(0)
        .expect("read")
        .expect("there");
    assert_eq!(
        (stored.version.seq, stored.events),
        (50, b"event ".repeat(50))
    );
    assert_eq!(
        store.get(RecordKind::Definition, "ns/n@1").await,
        Ok(Some(value))
    );
}

#[test]
fn a_folder_is_opened_once() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("data");
    let first = Store::open(&folder, Settings::default()).expect("opened");
    let clone = first.clone();
    drop(first);
    let Err(refused) = Store::open(&folder, Settings::default()) else {
        panic!("a folder in use was opened");
    };
    let told = refused.to_string();
    assert!(
        told.contains("in use") && told.contains(&folder.display().to_string()),
        "{told}"
    );
    drop(clone);
    assert!(
        Store::open(&folder, Settings::default()).is_ok(),
        "let go with the last handle"
    );
}

/// What ran is asked first what it owes, however many wait: else nothing moves until all were read.
#[test]
fn who_ran_is_asked_before_those_that_wait() {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("opened");
    for (saga, status, duty) in [
        ("parked", "waiting", Duty::Clear),
        ("asked", "suspended", Duty::Clear),
        ("ran", "running", Duty::Clear),
        ("undid", "compensating", Duty::Clear),
        ("woken", "waiting", Duty::Owed(Timestamp(5_000))),
    ] {
        let one = Append {
            duty,
            row: row(status),
            ..append(saga, 0, b"x")
        };
        write(&store, one).expect("written");
    }
    drop(store);
    let store = inline(&disk, SEGMENT).expect("opened again");
    let mut asked = Vec::new();
    for at in [0, 1] {
        asked.push(claim(&store, Timestamp(at)).len());
    }
    assert_eq!(
        asked,
        [3, 2],
        "those that ran or owe, then those that stand still"
    );
}

#[test]
fn twenty_thousand_sagas_open_soon() {
    let disk = RamDisk::default();
    let store = inline(&disk, 64 * 1024 * 1024).expect("opened");
    for chunk in 0..80 {
        let sagas = (0..250).map(|nth| format!("saga-{chunk}-{nth}"));
        for seq in 0..3 {
            let batch = sagas
                .clone()
                .map(|saga| append(&saga, seq, &[b'x'; 300]))
                .collect();
            let answers = now(store.append(batch));
            assert!(answers.iter().all(Result::is_ok), "written");
        }
    }
    drop(store);
    let start = Instant::now();
    let store = inline(&disk, 64 * 1024 * 1024).expect("opened again");
    let took = start.elapsed();
    assert_eq!(claim(&store, EVER).len(), 20_000, "each owes");
    assert_eq!(journal(&store, "saga-79-249"), Some((3, vec![b'x'; 900])));
    // A debug build on a busy machine: an order above what it takes, far below one scan a saga.
    assert!(took < Duration::from_secs(10), "opening took {took:?}");
}

#[test]
fn all_durabilities_keep_over_an_orderly_end() {
    use baton_engine::store::Durability;
    for durability in [Durability::Memory, Durability::Second, Durability::Fsync] {
        for inline in [true, false] {
            let disk = RamDisk::default();
            let settings = Settings {
                durability,
                inline,
                ..Settings::default()
            };
            let open = || Store::open_on(std::sync::Arc::new(disk.clone()), settings);
            let store = open().expect("opened");
            assert_eq!(store.durability(), durability);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .expect("a runtime");
            let answers = runtime.block_on(store.append(vec![append("a", 0, b"x")]));
            assert_eq!(answers, vec![Ok(())]);
            drop(store);
            let store = open().expect("opened again");
            assert_eq!(
                journal(&store, "a"),
                Some((1, b"x".to_vec())),
                "{durability:?} {inline}"
            );
        }
    }
}
