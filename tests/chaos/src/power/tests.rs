//! What a power cut leaves, by notes written down here; and the recorder itself, under a shell.

use super::*;

const SEEDS: u64 = 60;

/// A folder and its second names, as the recorder leaves them.
struct Disk {
    folder: tempfile::TempDir,
    kept: tempfile::TempDir,
    before: BTreeMap<String, u64>,
}

impl Disk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            kept: tempfile::tempdir().expect("a folder"),
            before: BTreeMap::new(),
        }
    }

    /// A file that was there from the start.
    fn old(mut self, name: &str, size: usize) -> Self {
        self.before.insert(name.to_owned(), size as u64);
        self.file(Some(name), name, size)
    }

    /// A file of ones under its second name, and where it still has one under its first.
    fn file(self, name: Option<&str>, second: &str, size: usize) -> Self {
        let first = name.map(|name| self.folder.path().join(name));
        let paths = first.into_iter().chain([self.kept.path().join(second)]);
        for path in paths {
            fs::write(path, vec![1; size]).expect("writable");
        }
        self
    }

    fn record(&self, notes: &str) -> Record {
        read(Record::of(&self.before), notes)
    }

    /// What is found, by each of some seeds.
    fn found(&self, notes: &str) -> Vec<Found> {
        let found = |seed| {
            let mut chance = Chance::of(seed, &[]);
            let mut record = self.record(notes);
            let found = record.found(self.folder.path(), self.kept.path(), &mut chance);
            found.expect("all of it reads")
        };
        (0..SEEDS).map(found).collect()
    }
}

fn read(mut record: Record, notes: &str) -> Record {
    record.read(&notes.replace(' ', "\t"));
    record
}

fn names(found: &Found) -> Vec<&str> {
    found.files.keys().map(String::as_str).collect()
}

/// Whether some seed finds these names.
fn some(all: &[Found], expected: &[&str]) -> bool {
    all.iter().any(|found| names(found) == expected)
}

#[test]
fn what_was_synced_stays_and_the_rest_is_cut_or_has_holes() {
    let disk = Disk::new()
        .old("log", 1_000)
        .file(Some("log"), "log", 9_000);
    let found = disk.found("begin 1 log 3000\nsynced 1\nbegin 2 log 9000\n");
    for found in &found {
        let log = &found.files["log"];
        assert!(log.len() >= 3_000 && log[..3_000].iter().all(|byte| *byte == 1));
        let zeros = log.iter().filter(|byte| **byte == 0).count();
        assert_eq!(found.taken.bytes as usize, 9_000 - log.len() + zeros);
    }
    let whole = |found: &&Found| found.files["log"].len() == 9_000;
    assert!(found.iter().any(|found| whole(&found)), "with holes");
    assert!(!found.iter().all(|found| whole(&found)), "or cut");
    let again = disk.found("begin 1 log 3000\nsynced 1\nbegin 2 log 9000\n");
    assert_eq!(found, again, "the seed decides");
}

#[test]
fn a_sync_vouches_for_what_was_there_when_it_began() {
    let disk = Disk::new().old("log", 0).file(Some("log"), "log", 800);
    let found = disk.found("begin 1 log 100\nbegin 2 log 800\nsynced 1\n");
    assert!(found.iter().any(|found| found.files["log"].len() < 700));
    assert!(found.iter().all(|found| found.files["log"].len() >= 100));
}

#[test]
fn a_lying_disk_loses_the_end_of_what_was_synced() {
    let disk = Disk::new().old("log", 100).file(Some("log"), "log", 8_000);
    let record = Record::of(&disk.before).on_a_lying_disk();
    let mut record = read(record, "begin 1 log 8000\nsynced 1\n");
    let mut chance = Chance::of(1, &[]);
    let found = record.found(disk.folder.path(), disk.kept.path(), &mut chance);
    let log = &found.expect("it reads").files["log"];
    assert!((100..8_000).contains(&log.len()) && log.iter().all(|byte| *byte == 1));
    assert_eq!(record.syncs, 0);
}

#[test]
fn a_new_file_may_be_gone_until_its_folder_is_synced() {
    let disk = Disk::new().file(Some("new"), "1", 10);
    let made = "created 1 new\nbegin 2 new 10\nsynced 2\n";
    let found = disk.found(made);
    assert!(some(&found, &[]) && some(&found, &["new"]));
    let synced = disk.found(&format!("{made}begin 3 . 0\nsynced 3\n"));
    assert!(synced.iter().all(|found| names(found) == ["new"]));
    let late = disk.found(&format!("begin 3 . 0\n{made}synced 3\n"));
    assert!(some(&late, &[]), "it was made after the sync began");
}

#[test]
fn a_removed_file_may_be_back_until_its_folder_is_synced() {
    let mut disk = Disk::new().file(None, "old", 10);
    disk.before.insert("old".to_owned(), 10);
    let found = disk.found("removing 1 old\n");
    assert!(some(&found, &[]) && some(&found, &["old"]));
    let back = found.iter().find(|found| names(found) == ["old"]);
    assert_eq!(back.expect("some").files["old"], [1; 10]);
    let synced = disk.found("removing 1 old\nbegin 2 . 0\nsynced 2\n");
    assert!(synced.iter().all(|found| names(found).is_empty()));
    let failed = disk.found("removing 1 old\nfailed 1\n");
    assert!(failed.iter().all(|found| names(found) == ["old"]));
}

#[test]
fn a_rename_happened_or_did_not() {
    let disk = Disk::new().old("a", 10).old("b", 20);
    let found = disk.found("renaming 1 a b\n");
    assert!(some(&found, &["b"]) && some(&found, &["a", "b"]));
    for found in found {
        let size = if names(&found) == ["b"] { 10 } else { 20 };
        assert_eq!(found.files["b"].len(), size);
    }
}

#[test]
fn a_file_that_nobody_noted_may_be_there_or_not() {
    let disk = Disk::new();
    fs::write(disk.folder.path().join("new"), [1; 10]).expect("writable");
    let found = disk.found("");
    assert!(some(&found, &[]) && some(&found, &["new"]));
}

#[test]
fn a_shorter_file_may_be_written_again() {
    let disk = Disk::new().old("log", 100);
    let again = disk.record("cut log 50\nwrote log 50\nwrote log 60\n");
    assert_eq!(again.overwritten, 0);
    assert_eq!(disk.record("wrote log 99\n").overwritten, 1);
    let begun = disk.record("begin 1 log 100\ncut log 50\nsynced 1\nwrote log 60\n");
    assert_eq!(begun.overwritten, 0, "the sync vouches for 50 bytes");
}

#[test]
fn half_a_line_is_none() {
    let disk = Disk::new().old("log", 100);
    let record = disk.record("begin 1 log 100\nsynced 1");
    assert_eq!(record.syncs, 0);
}

/// What a process does through libc is noted, in order; what it does elsewhere is not.
#[test]
fn the_recorder_notes_what_a_process_does() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path().canonicalize().expect("it is there");
    let (root, kept) = (home.join("data"), home.join("kept"));
    for folder in [&root, &kept] {
        fs::create_dir(folder).expect("writable");
    }
    let notes = home.join("notes");
    let script = "cd data; echo one > a; echo two >> a; sync a; sync .; mv a b; rm b; echo > ../c; \
                  rm ../c; truncate -s 5 d";
    let ran = Command::new("sh")
        .args(["-ec", script])
        .current_dir(&home)
        .env("LD_PRELOAD", compile(&home).expect("cc is there"))
        .env("BATON_POWER_ROOT", &root)
        .env("BATON_POWER_RECORD", &notes)
        .env("BATON_POWER_KEPT", &kept)
        .status();
    assert!(ran.expect("a shell").success());
    let noted = fs::read_to_string(notes).expect("notes");
    // Each process counts its tokens from nothing.
    let without_tokens = noted.lines().map(|line| {
        let words: Vec<&str> = line.split('\t').collect();
        match *words {
            ["cut", ..] => words.join(" "),
            [what, _, ref rest @ ..] => [&[what], rest].concat().join(" "),
            _ => line.to_owned(),
        }
    });
    let expected = [
        "created a",
        "begin a 8",
        "synced",
        "begin . 0",
        "synced",
        "renaming a b",
        "removing b",
        "created d",
        "cut d 5",
    ];
    assert_eq!(without_tokens.collect::<Vec<_>>(), expected);
}
