//! What a frame's payload says: one entry after another, each of one kind.
//!
//! Numbers are little-endian; texts carry their length before them. An entry's bulk (events, a
//! record's value) is its last part, so that it can be found on the disk without decoding the rest.

use baton_engine::store::Row;
use baton_shared::Timestamp;
use baton_shared::port::RecordKind;

/// One fact of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    /// A stretch of a saga's journal, and the saga as it was when this was written.
    Events(Events<'a>),
    /// The timer of a saga of this length was settled.
    Timer {
        birth: u64,
        seq: u32,
        timer: Option<Timestamp>,
    },
    /// A saga is gone, with everything of this birth.
    Forget { birth: u64 },
    /// A record has a value.
    Put {
        kind: RecordKind,
        key: &'a str,
        value: &'a [u8],
    },
    /// A record is gone.
    Remove { kind: RecordKind, key: &'a str },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Events<'a> {
    /// Tells a saga from an earlier one of the same id.
    pub birth: u64,
    pub saga: &'a str,
    /// The journal's length after these events, and how many they are.
    pub end: u32,
    pub count: u32,
    pub standing: Standing<'a>,
    pub events: &'a [u8],
}

/// A saga beside its journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing<'a> {
    pub txid: u64,
    pub timer: Option<Timestamp>,
    pub owed: bool,
    pub expires: Option<Timestamp>,
    pub workflow: &'a str,
    pub version: &'a str,
    pub status: &'a str,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub held: u32,
}

impl<'a> Standing<'a> {
    pub(super) fn new(row: &'a Row) -> Self {
        Self {
            txid: 0,
            timer: None,
            owed: false,
            expires: None,
            workflow: &row.workflow,
            version: &row.version,
            status: &row.status,
            created_at: row.created_at,
            updated_at: row.updated_at,
            held: row.held,
        }
    }
}

const EVENTS: u8 = 1;
const TIMER: u8 = 2;
const FORGET: u8 = 3;
const PUT: u8 = 4;
const REMOVE: u8 = 5;

const HAS_TIMER: u8 = 1;
const OWED: u8 = 2;
const EXPIRES: u8 = 4;

impl Entry<'_> {
    /// Adds the entry to `out`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Events(events) => events.encode(out),
            Self::Timer { birth, seq, timer } => {
                out.push(TIMER);
                out.extend_from_slice(&birth.to_le_bytes());
                out.extend_from_slice(&seq.to_le_bytes());
                out.push(u8::from(timer.is_some()));
                out.extend_from_slice(&timer.unwrap_or_default().0.to_le_bytes());
            }
            Self::Forget { birth } => {
                out.push(FORGET);
                out.extend_from_slice(&birth.to_le_bytes());
            }
            Self::Put { kind, key, value } => {
                out.push(PUT);
                out.push(kind_number(*kind));
                put_bytes(out, key.as_bytes());
                put_bytes(out, value);
            }
            Self::Remove { kind, key } => {
                out.push(REMOVE);
                out.push(kind_number(*kind));
                put_bytes(out, key.as_bytes());
            }
        }
    }
}

impl Events<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let standing = &self.standing;
        out.push(EVENTS);
        let flags = [
            (standing.timer.is_some(), HAS_TIMER),
            (standing.owed, OWED),
            (standing.expires.is_some(), EXPIRES),
        ];
        out.push(
            flags
                .iter()
                .filter(|(set, _)| *set)
                .map(|(_, flag)| flag)
                .sum(),
        );
        let numbers = [
            self.birth,
            standing.txid,
            standing.timer.unwrap_or_default().0,
            standing.expires.unwrap_or_default().0,
            standing.created_at.0,
            standing.updated_at.0,
        ];
        for number in numbers {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for number in [self.end, self.count, standing.held] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for text in [
            self.saga,
            standing.workflow,
            standing.version,
            standing.status,
        ] {
            put_bytes(out, text.as_bytes());
        }
        put_bytes(out, self.events);
    }
}

/// Reads entries off a payload; ends early, with [`Entries::is_done`] false, at what is no entry.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    left: &'a [u8],
    size: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Self {
        Self {
            left: payload,
            size: payload.len(),
        }
    }

    /// How far into the payload has been read: after `next`, the end of the entry it gave.
    pub(super) fn position(&self) -> usize {
        self.size - self.left.len()
    }

    pub(super) fn is_done(&self) -> bool {
        self.left.is_empty()
    }

    fn entry(&mut self) -> Option<Entry<'a>> {
        match self.byte()? {
            EVENTS => self.events().map(Entry::Events),
            TIMER => {
                let (birth, seq) = (self.long()?, self.word()?);
                let (set, timer) = (self.byte()? != 0, Timestamp(self.long()?));
                Some(Entry::Timer {
                    birth,
                    seq,
                    timer: set.then_some(timer),
                })
            }
            FORGET => Some(Entry::Forget {
                birth: self.long()?,
            }),
            PUT => {
                let (kind, key) = (self.kind()?, self.text()?);
                Some(Entry::Put {
                    kind,
                    key,
                    value: self.bytes()?,
                })
            }
            REMOVE => Some(Entry::Remove {
                kind: self.kind()?,
                key: self.text()?,
            }),
            _ => None,
        }
    }

    fn events(&mut self) -> Option<Events<'a>> {
        let flags = self.byte()?;
        let (birth, txid) = (self.long()?, self.long()?);
        let (timer, expires) = (Timestamp(self.long()?), Timestamp(self.long()?));
        let (created_at, updated_at) = (Timestamp(self.long()?), Timestamp(self.long()?));
        let (end, count, held) = (self.word()?, self.word()?, self.word()?);
        let saga = self.text()?;
        let standing = Standing {
            txid,
            timer: (flags & HAS_TIMER != 0).then_some(timer),
            owed: flags & OWED != 0,
            expires: (flags & EXPIRES != 0).then_some(expires),
            workflow: self.text()?,
            version: self.text()?,
            status: self.text()?,
            created_at,
            updated_at,
            held,
        };
        Some(Events {
            birth,
            saga,
            end,
            count,
            standing,
            events: self.bytes()?,
        })
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, left) = self.left.split_first_chunk()?;
        self.left = left;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn word(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.word()? as usize;
        let (bytes, left) = self.left.split_at_checked(length)?;
        self.left = left;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn kind(&mut self) -> Option<RecordKind> {
        KINDS.get(usize::from(self.byte()?)).copied()
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let before = self.left;
        let entry = self.entry();
        if entry.is_none() {
            self.left = before;
        }
        entry
    }
}

/// Kinds by their number in the log: add only at the end.
const KINDS: [RecordKind; 3] = [
    RecordKind::Result,
    RecordKind::Definition,
    RecordKind::Orphan,
];

fn kind_number(kind: RecordKind) -> u8 {
    match kind {
        RecordKind::Result => 0,
        RecordKind::Definition => 1,
        RecordKind::Orphan => 2,
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("what is kept is bounded far below 4 GiB");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_as_they_were_written() {
        let standing = Standing {
            txid: 5,
            timer: Some(Timestamp(6)),
            owed: true,
            expires: None,
            workflow: "shop/order",
            version: "1.0.0",
            status: "running",
            created_at: Timestamp(7),
            updated_at: Timestamp(8),
            held: 9,
        };
        let events = Events {
            birth: 1,
            saga: "a",
            end: 4,
            count: 2,
            standing,
            events: b"\0\xffevents",
        };
        let (kind, key) = (RecordKind::Orphan, "key");
        let entries = vec![
            Entry::Events(events),
            Entry::Timer {
                birth: 1,
                seq: 4,
                timer: None,
            },
            Entry::Timer {
                birth: 1,
                seq: 4,
                timer: Some(Timestamp(0)),
            },
            Entry::Forget { birth: u64::MAX },
            Entry::Put {
                kind,
                key,
                value: b"",
            },
            Entry::Remove { kind, key },
        ];
        let mut payload = Vec::new();
        entries.iter().for_each(|entry| entry.encode(&mut payload));
        let mut read = Entries::new(&payload);
        assert_eq!(read.by_ref().collect::<Vec<_>>(), entries);
        assert!(read.is_done());
        for cut in 1..payload.len() {
            let mut read = Entries::new(&payload[..cut]);
            let whole = read.by_ref().count();
            assert!(whole < entries.len(), "a cut payload has fewer entries");
        }
    }

    #[test]
    fn kinds_keep_their_numbers() {
        for kind in KINDS {
            assert_eq!(KINDS[usize::from(kind_number(kind))], kind);
        }
    }
}
