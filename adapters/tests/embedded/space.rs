//! Space is given back, and nothing with it.

use super::{EVER, append, claim, id, inline, journal, now, row, version, write};
use baton_adapters::embedded::{RamDisk, Store};
use baton_engine::store::{Append, DueKind, Settled, Store as _};
use baton_shared::Timestamp;
use baton_shared::port::{RecordKind, Records};

const SEGMENT: u32 = 2_000;

fn used(disk: &RamDisk) -> usize {
    disk.sizes().iter().map(|(_, size)| size).sum()
}

fn check(store: &Store) {
    for nth in (0..200).step_by(20) {
        let saga = format!("s{nth}");
        let events = [saga.repeat(5), saga.repeat(3)].concat().into_bytes();
        assert_eq!(
            journal(store, &saga),
            Some((2, events)),
            "`{saga}` stays whole"
        );
    }
    assert_eq!(journal(store, "s1"), None, "the forgotten stay forgotten");
    for nth in 0..10 {
        let kept = now(store.get(RecordKind::Orphan, &format!("r{nth}"))).expect("read");
        let expected = (nth % 2 == 0).then(|| vec![nth; 50]);
        assert_eq!(kept, expected, "record {nth}");
    }
    let timers: Vec<_> = claim(store, EVER)
        .into_iter()
        .filter(|(_, kind)| *kind == DueKind::Timer)
        .collect();
    assert_eq!(
        timers.len(),
        9,
        "each but the settled one has its timer: {timers:?}"
    );
}

#[test]
fn the_living_are_kept_and_the_dead_give_their_space() {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("opened");
    for nth in 0..10 {
        let key = format!("r{nth}");
        now(store.put_new(RecordKind::Orphan, &key, vec![nth; 50])).expect("kept");
    }
    for (seq, times) in [(0, 5), (1, 3)] {
        for nth in 0..200 {
            let saga = format!("s{nth}");
            let timer = Some(Timestamp(100 + nth));
            let events = saga.repeat(times);
            let transition = Append {
                timer,
                ..append(&saga, seq, events.as_bytes())
            };
            write(&store, transition).expect("written");
        }
    }
    let settled = Settled {
        saga: id("s20"),
        at: version(2),
        duty: false,
        timer: Some(None),
    };
    now(store.settle(vec![settled])).expect("settled");
    let before = used(&disk);
    for nth in (0..200).filter(|nth| nth % 20 != 0) {
        now(store.forget(id(&format!("s{nth}")))).expect("forgotten");
    }
    for nth in (1..10).step_by(2) {
        now(store.remove(RecordKind::Orphan, &format!("r{nth}"))).expect("removed");
    }
    let after = used(&disk);
    assert!(
        after < before / 4,
        "of {before} bytes {after} are left, a tenth is live"
    );
    check(&store);
    drop(store);
    check(&inline(&disk, SEGMENT).expect("opened again"));
}

/// Years of work in one small folder: what lives through it all is copied many times.
#[test]
fn space_is_bounded_by_what_lives() {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("opened");
    write(&store, append("elder", 0, b"born first")).expect("written");
    for nth in 0..3_000 {
        let saga = format!("s{nth}");
        write(&store, append(&saga, 0, &[b'x'; 100])).expect("written");
        let done = Append {
            row: row("completed"),
            ..append(&saga, 1, &[b'y'; 100])
        };
        write(&store, done).expect("written");
        now(store.forget(id(&saga))).expect("forgotten");
        if nth % 100 == 0 {
            let seq = 1 + nth / 100;
            write(&store, append("elder", seq, b", still here")).expect("written");
        }
    }
    assert!(
        used(&disk) < 10 * SEGMENT as usize,
        "{} bytes for one live saga",
        used(&disk)
    );
    let events = [b"born first".to_vec(), b", still here".repeat(30)].concat();
    assert_eq!(journal(&store, "elder"), Some((31, events.clone())));
    drop(store);
    let store = inline(&disk, SEGMENT).expect("opened again");
    assert_eq!(journal(&store, "elder"), Some((31, events)));
    // An id that was forgotten may be used again, and is another saga.
    write(&store, append("s1", 0, b"new")).expect("written");
    drop(store);
    let store = inline(&disk, SEGMENT).expect("and again");
    assert_eq!(journal(&store, "s1"), Some((1, b"new".to_vec())));
}
