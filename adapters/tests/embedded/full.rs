//! Disks that say no: full ones heal, failed syncs do not.

use super::{append, inline, journal, write};
use baton_adapters::embedded::{RamDisk, Settings, Store};
use baton_engine::store::{AppendError, Store as _};
use baton_shared::port::StoreError;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SEGMENT: u32 = 2_000;

fn is_full(answer: &Result<(), AppendError>) -> bool {
    matches!(answer, Err(AppendError::Store(StoreError::Full(_))))
}

#[test]
fn a_full_disk_refuses_reads_on_and_heals() {
    for room in 0..700 {
        let disk = RamDisk::default();
        let store = inline(&disk, SEGMENT).expect("a new disk can be opened");
        disk.leave_room(Some(room));
        let mut kept = 0;
        let refused = loop {
            let answer = write(&store, append(&format!("s{kept}"), 0, b"events"));
            if answer.is_err() {
                break answer;
            }
            kept += 1;
        };
        assert!(is_full(&refused), "room {room}: {refused:?}");
        assert!(
            matches!(store.trouble(), Some(StoreError::Full(_))),
            "it says so"
        );
        assert_eq!(
            journal(&store, &format!("s{kept}")),
            None,
            "nothing half written is seen"
        );
        disk.leave_room(None);
        assert_eq!(
            write(&store, append("after", 0, b"x")),
            Ok(()),
            "room {room}: it heals"
        );
        assert_eq!(store.trouble(), None, "and says so");
        drop(store);
        let store = inline(&disk, SEGMENT).expect("a healed log opens");
        for nth in 0..kept {
            assert!(
                journal(&store, &format!("s{nth}")).is_some(),
                "s{nth} was answered"
            );
        }
        assert_eq!(
            journal(&store, &format!("s{kept}")),
            None,
            "s{kept} was refused"
        );
        assert!(
            journal(&store, "after").is_some(),
            "written after the refusal"
        );
    }
}

#[test]
fn what_cannot_be_cut_back_stops_writing_until_it_can() {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("a new disk can be opened");
    write(&store, append("a", 0, b"a")).expect("written");
    disk.leave_room(Some(50));
    disk.break_truncate(true);
    assert!(is_full(&write(&store, append("b", 0, b"b"))), "no room");
    disk.leave_room(None);
    assert!(
        write(&store, append("b", 0, b"b")).is_err(),
        "the torn end is in the way"
    );
    assert_eq!(
        journal(&store, "a"),
        Some((1, b"a".to_vec())),
        "reading goes on"
    );
    disk.break_truncate(false);
    assert_eq!(
        write(&store, append("b", 0, b"b")),
        Ok(()),
        "cut back, it goes on"
    );
    drop(store);
    let store = inline(&disk, SEGMENT).expect("the log is whole");
    assert_eq!(journal(&store, "b"), Some((1, b"b".to_vec())));
}

#[test]
fn a_failed_sync_is_never_tried_again() {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("a new disk can be opened");
    write(&store, append("a", 0, b"a")).expect("written");
    disk.break_sync(true);
    for attempt in 0..3 {
        let answer = write(&store, append("b", 0, b"b"));
        let Err(AppendError::Store(StoreError::Unavailable(why))) = answer else {
            panic!("attempt {attempt}: nobody knows whether it was kept: {answer:?}");
        };
        assert!(why.contains("restart"), "{why}");
        disk.break_sync(false);
    }
    assert!(store.trouble().is_some(), "it says so");
    assert_eq!(journal(&store, "b"), None, "what may be lost is not shown");
    assert_eq!(
        journal(&store, "a"),
        Some((1, b"a".to_vec())),
        "reading goes on"
    );
    drop(store);
    let store = inline(&disk, SEGMENT).expect("after a restart");
    assert_eq!(
        write(&store, append("c", 0, b"c")),
        Ok(()),
        "it writes again"
    );
}

/// Nobody appends while submissions are refused: the writer itself must notice the room.
#[tokio::test]
async fn a_full_disk_heals_by_itself() {
    let disk = RamDisk::default();
    let store = Store::open_on(Arc::new(disk.clone()), Settings::default()).expect("opened");
    disk.leave_room(Some(10));
    let refused = store.append(vec![append("a", 0, b"a")]).await.remove(0);
    assert!(is_full(&refused), "{refused:?}");
    assert!(store.trouble().is_some(), "it says so");
    disk.leave_room(None);
    let end = Instant::now() + Duration::from_secs(20);
    while store.trouble().is_some() {
        assert!(Instant::now() < end, "the trouble does not go away");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(store.append(vec![append("a", 0, b"a")]).await, vec![Ok(())]);
}
