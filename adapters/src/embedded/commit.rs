//! One commit: what callers asked for since the last, decided against the index, written as one frame,
//! synced once, applied, and answered.
//!
//! ```text
//!   waiting ops ─ plan ─► entries ─ write, sync ─► apply to the index ─► answer
//!                  └─► stale, repeated, already there: answered at once
//! ```
//!
//! An op that touches what an earlier op of the same commit changes waits for the next commit, and so
//! does all behind it: each op is decided against what is known to be kept.

use super::entry::{Entry, Events, Standing};
use super::frame::FRAME;
use super::log::{Log, Written};
use super::open::place;
use super::saga::Place;
use super::state::{Reading, State};
use baton_engine::store::{Append, AppendError, DueKind, Duty, Version};
use baton_shared::port::{RecordKind, StoreError};
use baton_shared::{SagaId, Timestamp};
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// A commit takes no more ops beyond this many bytes.
const COMMIT_BYTES: usize = 4 * 1024 * 1024;
/// The largest transition or record.
const BULK_MAX: usize = 256 * 1024 * 1024;

/// Something a caller asked for.
pub(super) enum Op {
    Append(Append, oneshot::Sender<Result<(), AppendError>>),
    Forget(SagaId, oneshot::Sender<Result<(), StoreError>>),
    Put(
        RecordKind,
        String,
        Vec<u8>,
        oneshot::Sender<Result<Option<Vec<u8>>, StoreError>>,
    ),
    Remove(RecordKind, String, oneshot::Sender<Result<(), StoreError>>),
    /// A settled timer: nobody waits for it, and it is synced with whatever comes next.
    Timer {
        birth: u64,
        seq: u32,
        timer: Option<Timestamp>,
    },
}

/// An op that will be written, and what it needs of the index.
enum Planned {
    Append {
        op: Append,
        reply: oneshot::Sender<Result<(), AppendError>>,
        birth: u64,
        owed: bool,
    },
    Forget {
        birth: u64,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    Put {
        key: (RecordKind, String),
        value: Vec<u8>,
        reply: PutReply,
    },
    Remove {
        key: (RecordKind, String),
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    Timer {
        birth: u64,
        seq: u32,
        timer: Option<Timestamp>,
    },
}

/// What one commit plans: ops to write, and values to read back for those who came second.
#[derive(Default)]
struct Plan {
    write: Vec<Planned>,
    had: Vec<(Reading, PutReply)>,
    bytes: usize,
    sagas: HashSet<SagaId>,
    records: HashSet<(RecordKind, String)>,
}

type PutReply = oneshot::Sender<Result<Option<Vec<u8>>, StoreError>>;

/// Takes ops off the front of `waiting` and commits them. `trouble` says what became of it before
/// anybody is answered: who was refused finds out why.
pub(super) fn commit(
    waiting: &mut VecDeque<Op>,
    state: &Mutex<State>,
    trouble: &Mutex<Option<StoreError>>,
    log: &mut Log,
    sync: bool,
) {
    let mut plan = Plan::default();
    {
        let mut state = lock(state);
        while let Some(op) = waiting.pop_front() {
            if let Some(op) = plan.take(op, &mut state) {
                waiting.push_front(op);
                break;
            }
        }
    }
    for (reading, reply) in plan.had {
        let mut value = Vec::new();
        let read = reading.read(&mut value);
        answer(reply, read.map(|()| Some(value)));
    }
    if plan.write.is_empty() {
        return;
    }
    let mut frame = Vec::with_capacity(FRAME as usize + plan.bytes + plan.write.len() * 256);
    frame.resize(FRAME as usize, 0);
    let ranges = encode(&plan.write, &mut frame);
    let awaited = plan
        .write
        .iter()
        .any(|planned| !matches!(planned, Planned::Timer { .. }));
    let mut written = log.write(&mut frame);
    if sync && awaited {
        written = written.and_then(|written| log.sync().map(|()| written));
    }
    *lock(trouble) = written.as_ref().err().cloned();
    match written {
        Ok(written) => {
            apply(&plan.write, &ranges, written, &frame, log, &mut lock(state));
            plan.write
                .into_iter()
                .rev()
                .for_each(|planned| planned.answer(Ok(())));
        }
        Err(error) => {
            let refused = plan.write.into_iter().rev();
            refused.for_each(|planned| planned.answer(Err(error.clone())));
        }
    }
}

impl Plan {
    /// Plans or answers the op; gives it back if it has to wait for the next commit.
    fn take(&mut self, op: Op, state: &mut State) -> Option<Op> {
        let touched = match &op {
            Op::Append(Append { saga, .. }, _) | Op::Forget(saga, _) => self.sagas.contains(saga),
            Op::Put(kind, key, ..) | Op::Remove(kind, key, _) => {
                self.records.contains(&(*kind, key.clone()))
            }
            Op::Timer { birth, .. } => {
                let saga = state.index.by_birth(*birth);
                saga.is_some_and(|saga| self.sagas.contains(&saga.id))
            }
        };
        if touched || self.bytes >= COMMIT_BYTES {
            return Some(op);
        }
        match op {
            Op::Append(append, reply) => self.append(append, reply, state),
            Op::Forget(saga, reply) => match state.index.find(&saga) {
                Some((birth, _)) => {
                    self.sagas.insert(saga);
                    self.write.push(Planned::Forget { birth, reply });
                }
                None => answer(reply, Ok(())),
            },
            Op::Put(kind, key, value, reply) => self.put((kind, key), value, reply, state),
            Op::Remove(kind, key, reply) => {
                let key = (kind, key);
                if state.records.contains_key(&key) {
                    self.records.insert(key.clone());
                    self.write.push(Planned::Remove { key, reply });
                } else {
                    answer(reply, Ok(()));
                }
            }
            Op::Timer { birth, seq, timer } => {
                let saga = state.index.by_birth(birth);
                if saga.is_some_and(|saga| saga.seq == seq) {
                    self.write.push(Planned::Timer { birth, seq, timer });
                }
            }
        }
        None
    }

    fn append(
        &mut self,
        op: Append,
        reply: oneshot::Sender<Result<(), AppendError>>,
        state: &mut State,
    ) {
        let found = state.index.find(&op.saga);
        let there = found.map_or(Version::NONE, |(_, saga)| saga.version());
        if found.is_some() && there == op.version() {
            return answer(reply, Ok(()));
        }
        if op.expected != there {
            return answer(reply, Err(AppendError::Stale { found: there }));
        }
        let seq = there.seq;
        let fits = u32::try_from(op.version().seq).is_ok();
        if op.count == 0 || !fits || op.events.len() > BULK_MAX {
            let (bytes, count) = (op.events.len(), op.count);
            let why =
                format!("a transition of {count} events and {bytes} bytes after {seq} events");
            return answer(reply, Err(StoreError::Full(why).into()));
        }
        let owed = match op.duty {
            Duty::Owed(_) => true,
            Duty::Keep => found.is_some_and(|(_, saga)| saga.owed()),
            Duty::Clear => false,
        };
        let birth = found
            .map(|(birth, _)| birth)
            .unwrap_or_else(|| state.index.birth());
        self.bytes += op.events.len();
        self.sagas.insert(op.saga.clone());
        self.write.push(Planned::Append {
            op,
            reply,
            birth,
            owed,
        });
    }

    fn put(
        &mut self,
        key: (RecordKind, String),
        value: Vec<u8>,
        reply: PutReply,
        state: &mut State,
    ) {
        if let Some(place) = state.records.get(&key) {
            self.had.push((state.reading(*place), reply));
        } else if value.len() > BULK_MAX {
            let why = format!("a record of {} bytes", value.len());
            answer(reply, Err(StoreError::Full(why)));
        } else {
            self.bytes += value.len();
            self.records.insert(key.clone());
            self.write.push(Planned::Put { key, value, reply });
        }
    }
}

impl Planned {
    fn entry(&self) -> Entry<'_> {
        match self {
            Self::Append {
                op, birth, owed, ..
            } => Entry::Events(events(op, *birth, *owed)),
            Self::Forget { birth, .. } => Entry::Forget { birth: *birth },
            Self::Put { key, value, .. } => Entry::Put {
                kind: key.0,
                key: &key.1,
                value,
            },
            Self::Remove { key, .. } => Entry::Remove {
                kind: key.0,
                key: &key.1,
            },
            Self::Timer { birth, seq, timer } => Entry::Timer {
                birth: *birth,
                seq: *seq,
                timer: *timer,
            },
        }
    }

    fn apply(&self, place: Place, state: &mut State) {
        match self {
            Self::Append {
                op, birth, owed, ..
            } => {
                state
                    .index
                    .write_events(&op.saga, &events(op, *birth, *owed), place);
                match op.duty {
                    Duty::Owed(at) => state.index.put_due(*birth, DueKind::Duty, Some(at)),
                    Duty::Keep => {}
                    Duty::Clear => state.index.put_due(*birth, DueKind::Duty, None),
                }
            }
            Self::Forget { birth, .. } => state.index.forget(*birth),
            Self::Put { key, .. } => state.put_record(key.0, &key.1, place),
            Self::Remove { key, .. } => state.remove_record(key.0, &key.1),
            // The index had it before the log: settling does not wait.
            Self::Timer { .. } => {}
        }
    }

    fn answer(self, result: Result<(), StoreError>) {
        match self {
            Self::Append { reply, .. } => answer(reply, result.map_err(AppendError::Store)),
            Self::Forget { reply, .. } | Self::Remove { reply, .. } => answer(reply, result),
            Self::Put { reply, .. } => answer(reply, result.map(|()| None)),
            Self::Timer { .. } => {}
        }
    }
}

fn events(op: &Append, birth: u64, owed: bool) -> Events<'_> {
    let short = |count: u64| u32::try_from(count).expect("the plan refused longer journals");
    let standing = Standing {
        txid: op.txid,
        timer: op.timer,
        owed,
        expires: op.expires,
        ..Standing::new(&op.row)
    };
    Events {
        birth,
        saga: op.saga.as_str(),
        end: short(op.version().seq),
        count: short(op.count),
        standing,
        events: &op.events,
    }
}

/// Encodes each, and says which bytes of the payload are its.
fn encode(planned: &[Planned], frame: &mut Vec<u8>) -> Vec<Range<usize>> {
    let room = FRAME as usize;
    let ranges = planned.iter().map(|planned| {
        let start = frame.len();
        planned.entry().encode(frame);
        start - room..frame.len() - room
    });
    ranges.collect()
}

fn apply(
    planned: &[Planned],
    ranges: &[Range<usize>],
    written: Written,
    frame: &[u8],
    log: &Log,
    state: &mut State,
) {
    note_head(log, state);
    debug_assert_eq!(planned.len(), ranges.len(), "each has its bytes");
    for (planned, range) in planned.iter().zip(ranges) {
        let bulk: &[u8] = match planned {
            Planned::Append { op, .. } => &op.events,
            Planned::Put { value, .. } => value,
            _ => &[],
        };
        debug_assert!(
            frame[..range.end + FRAME as usize].ends_with(bulk),
            "bulk comes last"
        );
        planned.apply(
            place(written.segment, written.offset, range.clone(), bulk),
            state,
        );
    }
}

/// The head has grown, or is a new one.
pub(super) fn note_head(log: &Log, state: &mut State) {
    let head = log.head();
    let segment = state.segments.entry(head.stamp.number);
    let segment = segment.or_insert_with(|| super::state::Segment {
        file: std::sync::Arc::clone(&head.file),
        size: head.size,
    });
    segment.size = head.size;
}

/// Nobody listening is fine: whoever asked has gone.
fn answer<T>(reply: oneshot::Sender<T>, with: T) {
    let _ = reply.send(with);
}

/// No change behind these locks panics half-way, so that what a poisoned one guards is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
