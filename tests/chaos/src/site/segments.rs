//! What the embedded store holds of each saga, read off its files past Baton.
//!
//! ```text
//!   segment: 32 bytes | frame | frame | …     frame: 20 bytes, with its length from the 8th | entries
//!   entry 1: a stretch of a journal; 3: a saga is gone; 2, 4, 5: a timer, a record, a record is gone
//! ```
//!
//! The layout is that of `adapters/src/embedded/frame.rs` and `entry.rs`, written down a second time. A
//! stretch says where in its journal it ends, so one that was copied to another segment is known again;
//! two that say different things of one place are both kept, and make the journal longer than its version.

use crate::evidence::Journal;
use std::collections::BTreeMap;
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 20;

/// The journals that lie in a folder.
pub(super) fn journals(folder: &Path) -> BTreeMap<String, Journal> {
    let entries = std::fs::read_dir(folder).expect("the folder of the store");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
        .collect();
    files.sort();
    let mut sagas = Sagas::default();
    for file in files {
        let bytes = std::fs::read(&file).expect("a segment can be read");
        sagas.segment(&bytes);
    }
    sagas.journals()
}

/// By birth, which tells a saga from an earlier one of the same id.
#[derive(Default)]
struct Sagas(BTreeMap<u64, Saga>);

#[derive(Default)]
struct Saga {
    id: String,
    seq: u64,
    /// What is said of each place of the journal: once, where all is well.
    events: BTreeMap<u64, Vec<String>>,
}

impl Sagas {
    fn segment(&mut self, bytes: &[u8]) {
        let mut frames = Bytes(bytes.get(HEADER..).unwrap_or_default());
        while let Some(head) = frames.take(FRAME) {
            let length = Bytes(&head[8..]).word().unwrap_or(0);
            let payload = usize::try_from(length).ok().and_then(|n| frames.take(n));
            let mut entries = Bytes(payload.unwrap_or_default());
            while self.entry(&mut entries).is_some() {}
        }
    }

    fn entry(&mut self, bytes: &mut Bytes<'_>) -> Option<()> {
        match bytes.take(1)?[0] {
            1 => self.stretch(bytes),
            2 => bytes.take(8 + 4 + 1 + 8).map(drop),
            3 => {
                let birth = bytes.long()?;
                self.0.remove(&birth);
                Some(())
            }
            4 => {
                bytes.take(1)?;
                bytes.text()?;
                bytes.text().map(drop)
            }
            5 => {
                bytes.take(1)?;
                bytes.text().map(drop)
            }
            _ => None,
        }
    }

    fn stretch(&mut self, bytes: &mut Bytes<'_>) -> Option<()> {
        bytes.take(1)?;
        let birth = bytes.long()?;
        // The transition's name, two due times, and when it was created and changed.
        bytes.take(5 * 8)?;
        let (end, count) = (u64::from(bytes.word()?), u64::from(bytes.word()?));
        bytes.take(4)?;
        let id = String::from_utf8_lossy(bytes.text()?).into_owned();
        for _ in ["workflow", "version", "status"] {
            bytes.text()?;
        }
        let text = String::from_utf8_lossy(bytes.text()?).into_owned();
        let saga = self.0.entry(birth).or_default();
        (saga.id, saga.seq) = (id, saga.seq.max(end));
        for (nth, line) in (0..).zip(text.lines()) {
            let said = saga
                .events
                .entry((end + nth).saturating_sub(count))
                .or_default();
            if !said.iter().any(|known| known == line) {
                said.push(line.to_owned());
            }
        }
        Some(())
    }

    /// Of two sagas of one id the later counts.
    fn journals(self) -> BTreeMap<String, Journal> {
        let journal = |saga: Saga| Journal {
            seq: saga.seq,
            events: saga
                .events
                .into_values()
                .flatten()
                .map(|line| serde_json::from_str(&line).unwrap_or_default())
                .collect(),
        };
        let sagas = self.0.into_values();
        sagas.map(|saga| (saga.id.clone(), journal(saga))).collect()
    }
}

/// What is left to be read; numbers are little-endian, texts carry their length before them.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, many: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.0.split_at_checked(many)?;
        self.0 = left;
        Some(taken)
    }

    fn word(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.try_into().expect("four of them");
        Some(u32::from_le_bytes(bytes))
    }

    fn long(&mut self) -> Option<u64> {
        let bytes = self.take(8)?.try_into().expect("eight of them");
        Some(u64::from_le_bytes(bytes))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.word()?;
        self.take(usize::try_from(length).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &mut Vec<u8>, text: &str) {
        let length = u32::try_from(text.len()).expect("short");
        bytes.extend(length.to_le_bytes());
        bytes.extend(text.bytes());
    }

    /// The events of one transition, as they stand in a frame.
    fn stretch(birth: u64, end: u32, lines: &[&str]) -> Vec<u8> {
        let mut bytes = vec![1, 0];
        for number in [birth, 1, 2, 3, 4, 5] {
            bytes.extend(number.to_le_bytes());
        }
        let count = u32::try_from(lines.len()).expect("few");
        for number in [end, count, 0] {
            bytes.extend(number.to_le_bytes());
        }
        for part in ["s", "shop/order", "1.0.0", "running"] {
            text(&mut bytes, part);
        }
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        text(&mut bytes, &lines);
        bytes
    }

    /// A record, a timer, and a record that is gone.
    fn others() -> Vec<u8> {
        let mut bytes = vec![4, 1];
        text(&mut bytes, "key");
        text(&mut bytes, "value");
        bytes.push(2);
        bytes.extend([0; 21]);
        bytes.extend([5, 1]);
        text(&mut bytes, "key");
        bytes
    }

    fn read(frames: &[Vec<u8>]) -> BTreeMap<String, Journal> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = vec![0; HEADER];
        for frame in frames {
            let length = u32::try_from(frame.len()).expect("short");
            bytes.extend([0; 8]);
            bytes.extend(length.to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend(frame);
        }
        std::fs::write(folder.path().join("00000001.log"), bytes).expect("writable");
        std::fs::write(folder.path().join("lock"), "none").expect("writable");
        journals(folder.path())
    }

    #[test]
    fn stretches_make_a_journal() {
        let frame = [stretch(7, 2, &["1", "2"]), others(), stretch(7, 3, &["3"])].concat();
        let copied = stretch(7, 2, &["1", "2"]);
        let journal = &read(&[frame, copied])["s"];
        assert_eq!((journal.seq, journal.events.len()), (3, 3));
        assert_eq!(journal.events[2], 3);
    }

    #[test]
    fn two_decisions_on_one_state_are_both_seen() {
        let journal = &read(&[
            stretch(7, 1, &["1"]),
            stretch(7, 2, &["2"]),
            stretch(7, 2, &["4"]),
        ])["s"];
        assert_eq!((journal.seq, journal.events.len()), (2, 3));
    }

    #[test]
    fn what_is_forgotten_or_torn_is_not_there() {
        let mut gone = vec![3];
        gone.extend(7_u64.to_le_bytes());
        let torn = stretch(8, 1, &["1"]);
        let torn = torn[..torn.len() - 1].to_vec();
        assert!(read(&[stretch(7, 1, &["1"]), gone, torn]).is_empty());
    }
}
