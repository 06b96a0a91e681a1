//! A torn end is cut; any other damage refuses to open and says where.

use super::{append, inline, journal, write};
use baton_adapters::embedded::{Disk, RamDisk, Store};
use baton_shared::port::StoreError;

const SEGMENT: u32 = 1_000;
const FIRST: &str = "00000001.log";

/// A disk with a few segments of one saga each transition.
fn written(sagas: usize) -> RamDisk {
    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("a new disk can be opened");
    for nth in 0..sagas {
        let saga = format!("s{nth}");
        write(&store, append(&saga, 0, saga.repeat(10).as_bytes())).expect("written");
    }
    disk
}

fn refusal(disk: &RamDisk) -> String {
    match inline(disk, SEGMENT).map(|_| ()) {
        Err(StoreError::Damaged(why)) => why,
        other => panic!("a damaged log must not open: {other:?}"),
    }
}

fn size(disk: &RamDisk, name: &str) -> usize {
    let sizes = disk.sizes();
    sizes
        .iter()
        .find(|(file, _)| file == name)
        .expect("the file is there")
        .1
}

fn open(disk: &RamDisk) -> Store {
    inline(disk, SEGMENT).expect("a torn end is cut")
}

#[test]
fn a_torn_end_is_cut_wherever_it_tore() {
    let (one, two) = (size(&written(1), FIRST), size(&written(2), FIRST));
    for tear in one..two {
        let disk = written(2);
        let file = disk.open(FIRST).expect("the segment");
        file.truncate(tear as u64).expect("cut");
        let store = open(&disk);
        assert_eq!(
            journal(&store, "s0"),
            Some((1, b"s0".repeat(10))),
            "whole before byte {tear}"
        );
        assert_eq!(journal(&store, "s1"), None, "not half there at byte {tear}");
        write(&store, append("s1", 0, b"again")).expect("it goes on");
        drop(store);
        assert_eq!(
            journal(&open(&disk), "s1"),
            Some((1, b"again".to_vec())),
            "and is kept"
        );
    }
}

#[test]
fn rubbish_and_zeros_at_the_end_are_cut() {
    for rubbish in [
        vec![0; 5_000],
        vec![0xa5; 3],
        (0..2_000_u32).map(|i| i as u8).collect(),
    ] {
        let disk = written(2);
        let file = disk.open(FIRST).expect("the segment");
        file.write_at(size(&disk, FIRST) as u64, &rubbish)
            .expect("written");
        let store = open(&disk);
        assert_eq!(
            journal(&store, "s1"),
            Some((1, b"s1".repeat(10))),
            "what was whole is there"
        );
    }
}

#[test]
fn a_last_segment_without_a_header_was_never_used() {
    let disk = written(2);
    for header in [&b""[..], b"BATO", &[0; 32]] {
        let file = disk.create("00000002.log").expect("a file");
        file.write_at(0, header).expect("written");
        let store = open(&disk);
        assert_eq!(
            journal(&store, "s1"),
            Some((1, b"s1".repeat(10))),
            "nothing is lost"
        );
    }
}

#[test]
fn damage_before_the_end_is_refused_with_its_place() {
    let frame = size(&written(1), FIRST);
    for byte in 32..frame {
        let disk = written(2);
        disk.damage(FIRST, byte);
        let why = refusal(&disk);
        assert!(
            why.contains(FIRST) && why.contains("byte 32"),
            "byte {byte}: {why}"
        );
        assert!(why.contains("restore"), "and says what to do: {why}");
    }
}

#[test]
fn damage_in_an_older_segment_is_refused_also_at_its_end() {
    let disk = written(20);
    assert!(disk.sizes().len() > 2, "several segments");
    disk.damage(FIRST, size(&disk, FIRST) - 1);
    assert!(refusal(&disk).contains(FIRST));
    let disk = written(20);
    disk.damage(FIRST, 3);
    assert!(refusal(&disk).contains("header"));
}

#[test]
fn a_missing_segment_is_refused() {
    let disk = written(20);
    disk.remove("00000002.log").expect("removed");
    let why = refusal(&disk);
    assert!(
        why.contains("00000002.log") && why.contains("missing"),
        "{why}"
    );

    let disk = RamDisk::default();
    let store = inline(&disk, SEGMENT).expect("a new disk can be opened");
    for seq in 0..20 {
        write(&store, append("a", seq, &[7; 60])).expect("written");
    }
    drop(store);
    disk.remove(FIRST).expect("removed");
    assert!(
        refusal(&disk).contains("saga a"),
        "a journal without its beginning is noticed"
    );
}

#[test]
fn a_renamed_segment_is_refused() {
    let disk = written(20);
    let bytes = {
        let file = disk.open(FIRST).expect("the segment");
        let mut bytes = vec![0; size(&disk, FIRST)];
        file.read_at(0, &mut bytes).expect("read");
        bytes
    };
    let file = disk.create("00000002.log").expect("overwritten");
    file.write_at(0, &bytes).expect("written");
    assert!(refusal(&disk).contains("another name"));
}

/// Bytes that rot while the store is open are noticed when they are read.
#[test]
fn rotten_bytes_are_not_handed_out() {
    let disk = written(1);
    let store = open(&disk);
    disk.damage(FIRST, size(&disk, FIRST) - 1);
    let answer = super::now(baton_engine::store::Store::load(
        &store,
        vec![super::id("s0")],
    ));
    assert!(
        matches!(answer[0], Err(StoreError::Damaged(_))),
        "{answer:?}"
    );
}
