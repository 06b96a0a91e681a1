//! Giving back the space of what was forgotten.
//!
//! When more than half of all bytes are dead, the **oldest** segment is copied, frame by frame, as far
//! as it is live, to the head of the log; then it is removed. Always the oldest, so that the log is a
//! window that moves forward:
//!
//! ```text
//!   [ oldest | … | … | head ]  ── live of oldest ──►  [ … | … | head' ]
//! ```
//!
//! Why nothing is lost or comes back, wherever the power goes:
//!
//! 1. *A copy is written and synced before its original is removed.* In between both are there;
//!    reading the log, the later takes the earlier's place, and they say the same: a stretch of a
//!    journal never changes, and a copy carries the saga's standing as it is when the copy is made,
//!    later than anything before it in the log.
//! 2. *A segment's name is gone from the disk before the next segment is touched.* What is there is
//!    always the log from some segment on, without gaps.
//! 3. *A tombstone may go with its segment.* Whatever it buried was written before it, so it lies in
//!    the same segment or an older one, and older ones are gone (2). Settled timers are like
//!    tombstones: the stretch they speak of lies before them, and its copy carries the timer.
//! 4. *It ends.* A round copies less than half of all bytes and frees all of what was there.

use super::commit::{lock, note_head};
use super::entry::{Entries, Entry, Events};
use super::frame::{FRAME, HEADER, Head, Stamp};
use super::log::{Log, name};
use super::open::place;
use super::saga::{Chunk, Place};
use super::state::State;
use baton_shared::port::{RecordKind, StoreError};
use std::ops::Range;
use std::sync::Mutex;

/// Where a round stands: the segment, and how far it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    segment: u32,
    offset: u32,
}

/// Something that has another place now.
enum Moved {
    Events { birth: u64, end: u32, count: u32 },
    Record(RecordKind, String),
}

/// The round to begin, if one is worth it.
pub(super) fn begin(state: &State, head: u32) -> Option<Round> {
    let oldest = *state.segments.keys().next()?;
    if oldest == head {
        return None;
    }
    let (size, live) = state.usage();
    let is_dead = !state.index.live.contains_key(&oldest);
    (is_dead || live * 2 < size).then_some(Round {
        segment: oldest,
        offset: HEADER,
    })
}

/// Copies what is live of the next frame; `None` when the segment was done with and is removed.
pub(super) fn step(
    round: Round,
    state: &Mutex<State>,
    log: &mut Log,
) -> Result<Option<Round>, StoreError> {
    let stamp = Stamp {
        number: round.segment,
        salt: log.head().stamp.salt,
    };
    let (payload, is_dead) = {
        let state = lock(state);
        let segment = &state.segments[&round.segment];
        let is_dead = !state.index.live.contains_key(&round.segment);
        if is_dead || round.offset >= segment.size {
            (None, is_dead)
        } else {
            let file = std::sync::Arc::clone(&segment.file);
            drop(state);
            (Some(read(&*file, stamp, round.offset)?), false)
        }
    };
    let Some(payload) = payload else {
        if !is_dead {
            return Err(StoreError::Damaged(format!(
                "{} was read to its end, but not all that is live was found",
                name(round.segment)
            )));
        }
        log.sync()?;
        lock(state).segments.remove(&round.segment);
        log.remove(round.segment)?;
        return Ok(None);
    };
    let start = round.offset + FRAME;
    let mut frame = vec![0; FRAME as usize];
    let moved = copies(
        &payload,
        Round {
            offset: start,
            ..round
        },
        &lock(state),
        &mut frame,
    );
    if !moved.is_empty() {
        let written = log.write(&mut frame)?;
        let mut state = lock(state);
        note_head(log, &mut state);
        for (what, range) in moved {
            // The place of an entry's bulk follows from the entry's last bytes.
            let entry = range.start + FRAME as usize..range.end + FRAME as usize;
            let bulk = bulk(&frame[entry]);
            apply(
                what,
                place(written.segment, written.offset, range, bulk),
                &mut state,
            );
        }
    }
    let end = start + u32::try_from(payload.len()).expect("a segment is far below 4 GiB");
    Ok(Some(Round {
        offset: end,
        ..round
    }))
}

fn read(
    file: &dyn super::disk::DiskFile,
    stamp: Stamp,
    offset: u32,
) -> Result<Vec<u8>, StoreError> {
    let place = format!("{} at byte {offset}", name(stamp.number));
    let unreadable =
        |error: std::io::Error| StoreError::Unavailable(format!("cannot read {place}: {error}"));
    let damaged = || StoreError::Damaged(format!("{place} is not as it was written"));
    let mut head = [0; FRAME as usize];
    file.read_at(u64::from(offset), &mut head)
        .map_err(unreadable)?;
    let head = Head::read(&head, stamp, offset).ok_or_else(damaged)?;
    let mut payload = vec![0; head.length as usize];
    file.read_at(u64::from(offset + FRAME), &mut payload)
        .map_err(unreadable)?;
    head.covers(&payload).then_some(payload).ok_or_else(damaged)
}

/// Copies of what is live in a payload that begins at `at`.
fn copies(
    payload: &[u8],
    at: Round,
    state: &State,
    frame: &mut Vec<u8>,
) -> Vec<(Moved, Range<usize>)> {
    let mut entries = Entries::new(payload);
    let mut moved = Vec::new();
    while let Some(entry) = entries.next() {
        let here = |place: Place| {
            let end = u64::from(place.offset) + u64::from(place.length);
            place.segment == at.segment && end == u64::from(at.offset) + entries.position() as u64
        };
        let before = frame.len();
        let what = match entry {
            Entry::Events(events) => {
                let Some(saga) = state.index.by_birth(events.birth) else {
                    continue;
                };
                let is_live = |chunk: &Chunk| chunk.end == events.end && here(chunk.place);
                if !saga.chunks.iter().any(is_live) {
                    continue;
                }
                let Events {
                    birth, end, count, ..
                } = events;
                Entry::Events(Events {
                    standing: saga.standing(),
                    ..events
                })
                .encode(frame);
                Moved::Events { birth, end, count }
            }
            Entry::Put { kind, key, value } => {
                let record = (kind, key.to_owned());
                if !state.records.get(&record).is_some_and(|place| here(*place)) {
                    continue;
                }
                Entry::Put { kind, key, value }.encode(frame);
                Moved::Record(record.0, record.1)
            }
            Entry::Timer { .. } | Entry::Forget { .. } | Entry::Remove { .. } => continue,
        };
        moved.push((what, before - FRAME as usize..frame.len() - FRAME as usize));
    }
    moved
}

fn bulk(entry: &[u8]) -> &[u8] {
    match Entries::new(entry).next() {
        Some(Entry::Events(events)) => events.events,
        Some(Entry::Put { value, .. }) => value,
        _ => &[],
    }
}

fn apply(what: Moved, place: Place, state: &mut State) {
    match what {
        Moved::Events { birth, end, count } => {
            state.index.move_events(birth, Chunk { place, end, count });
        }
        Moved::Record(kind, key) => state.put_record(kind, &key, place),
    }
}
