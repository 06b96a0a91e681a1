//! Reading the log when the store is opened: the index is made anew, a torn end is cut off, and any
//! other damage refuses to open and says where.

use super::disk::{Disk, DiskFile};
use super::entry::{Entries, Entry};
use super::frame::{self, FRAME, HEADER, Misfit, Stamp};
use super::log::{self, Head};
use super::saga::Place;
use super::state::{Segment, State};
use baton_shared::SagaId;
use baton_shared::port::StoreError;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// Everything the log says, and the segment to go on with.
pub(super) fn open(disk: &dyn Disk) -> Result<(State, Head), StoreError> {
    let mut state = State::default();
    let files = files(disk)?;
    let Some((last, _)) = files.last_key_value() else {
        let head = begin(
            disk,
            Stamp {
                number: 1,
                salt: RandomState::new().hash_one(0),
            },
        )?;
        state.segments.insert(
            1,
            Segment {
                file: Arc::clone(&head.file),
                size: head.size,
            },
        );
        return Ok((state, head));
    };
    let last = *last;
    let mut head = None;
    for (number, file) in files {
        let bytes = read(disk, number, &*file)?;
        let stamp = stamp(disk, number, &bytes)?;
        let size = replay(disk, &bytes, stamp, number == last, &mut state)?;
        state.segments.insert(
            number,
            Segment {
                file: Arc::clone(&file),
                size,
            },
        );
        let torn = (size as usize) < bytes.len();
        head = Some(Head {
            stamp,
            file,
            size,
            synced: size,
            torn,
        });
    }
    let head = head.expect("there is a last segment");
    check(disk, &state)?;
    let cut = if head.torn {
        head.file.truncate(u64::from(head.size))
    } else {
        Ok(())
    };
    // Also without a cut: what a killed process wrote may be in the system's memory only.
    cut.and_then(|()| head.file.sync())
        .map_err(|error| unreadable(disk, last, &error))?;
    state.index.rouse();
    Ok((
        state,
        Head {
            torn: false,
            ..head
        },
    ))
}

/// The segments by number, without gaps. A last one that has no header was never written to.
fn files(disk: &dyn Disk) -> Result<BTreeMap<u32, Arc<dyn DiskFile>>, StoreError> {
    let list = disk.list().map_err(|error| unreadable(disk, 0, &error))?;
    let numbers = list.iter().filter_map(|name| log::number(name));
    let mut files = BTreeMap::new();
    for number in numbers {
        let file = disk
            .open(&log::name(number))
            .map_err(|error| unreadable(disk, number, &error))?;
        files.insert(number, file);
    }
    if let Some(last) = files.last_entry() {
        let number = *last.key();
        if is_headless(&**last.get()).map_err(|error| unreadable(disk, number, &error))? {
            last.remove();
            let gone = disk
                .remove(&log::name(number))
                .and_then(|()| disk.sync_dir());
            gone.map_err(|error| unreadable(disk, number, &error))?;
        }
    }
    for (before, after) in files.keys().zip(files.keys().skip(1)) {
        if before + 1 != *after {
            return Err(damaged(disk, before + 1, 0, "the file is missing"));
        }
    }
    Ok(files)
}

fn is_headless(file: &dyn DiskFile) -> std::io::Result<bool> {
    if file.size()? > u64::from(HEADER) {
        return Ok(false);
    }
    let mut header = vec![0; usize::try_from(file.size()?).unwrap_or_default()];
    file.read_at(0, &mut header)?;
    Ok(frame::stamp(&header) == Err(Misfit::Header))
}

fn begin(disk: &dyn Disk, stamp: Stamp) -> Result<Head, StoreError> {
    let file = log::create(disk, stamp).and_then(|file| {
        file.sync()?;
        disk.sync_dir()?;
        Ok(file)
    });
    let file = file.map_err(|error| {
        StoreError::Unavailable(format!(
            "cannot begin a log in folder {}: {error}",
            disk.place()
        ))
    })?;
    Ok(Head {
        stamp,
        file,
        size: HEADER,
        synced: HEADER,
        torn: false,
    })
}

fn read(disk: &dyn Disk, number: u32, file: &dyn DiskFile) -> Result<Vec<u8>, StoreError> {
    let size = file
        .size()
        .map_err(|error| unreadable(disk, number, &error))?;
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
    file.read_at(0, &mut bytes)
        .map_err(|error| unreadable(disk, number, &error))?;
    Ok(bytes)
}

fn stamp(disk: &dyn Disk, number: u32, bytes: &[u8]) -> Result<Stamp, StoreError> {
    match frame::stamp(bytes) {
        Ok(stamp) if stamp.number == number => Ok(stamp),
        Ok(stamp) => {
            let what = format!("the file is segment {} under another name", stamp.number);
            Err(damaged(disk, number, 0, &what))
        }
        Err(Misfit::Header) => Err(damaged(disk, number, 0, "the header is not readable")),
        Err(Misfit::Version(version)) => Err(StoreError::Damaged(format!(
            "{} in folder {} has format {version}, which is newer than this baton; use the one that \
             wrote it",
            log::name(number),
            disk.place()
        ))),
    }
}

/// Learns what a segment says; where its whole frames end.
fn replay(
    disk: &dyn Disk,
    bytes: &[u8],
    stamp: Stamp,
    is_last: bool,
    state: &mut State,
) -> Result<u32, StoreError> {
    let number = stamp.number;
    let end = u32::try_from(bytes.len()).map_err(|_| {
        damaged(
            disk,
            number,
            u32::MAX,
            "the file is longer than any segment",
        )
    })?;
    let mut offset = HEADER;
    while offset < end {
        let Some(payload) = frame::payload(bytes, stamp, offset) else {
            if !is_last {
                return Err(damaged(
                    disk,
                    number,
                    offset,
                    "a commit is not as it was written",
                ));
            }
            if let Some(witness) = frame::witness(bytes, stamp, offset) {
                let what = format!(
                    "a commit is not as it was written, and the one at byte {witness} came after it \
                     was on the disk"
                );
                return Err(damaged(disk, number, offset, &what));
            }
            let (file, left) = (log::name(number), end - offset);
            tracing::warn!(%file, offset, bytes = left, "cut off a commit that was never finished");
            return Ok(offset);
        };
        let start = offset + FRAME;
        offset = u32::try_from(payload.end).unwrap_or(end);
        if !learn(&bytes[payload], number, start, state) {
            return Err(damaged(disk, number, start, "a commit makes no sense"));
        }
    }
    Ok(offset)
}

/// Learns what a commit says; false when it says nothing that can be.
fn learn(payload: &[u8], segment: u32, start: u32, state: &mut State) -> bool {
    let mut entries = Entries::new(payload);
    let mut before = 0;
    while let Some(entry) = entries.next() {
        let place = |bulk: &[u8]| place(segment, start, before..entries.position(), bulk);
        let sense = match &entry {
            Entry::Events(events) => match events.saga.parse::<SagaId>() {
                Ok(id) => state.index.learn_events(&id, events, place(events.events)),
                Err(_) => false,
            },
            Entry::Timer { birth, seq, timer } => {
                state.index.learn_timer(*birth, *seq, *timer);
                true
            }
            Entry::Forget { birth } => {
                state.index.forget(*birth);
                true
            }
            Entry::Put { kind, key, value } => {
                state.put_record(*kind, key, place(value));
                true
            }
            Entry::Remove { kind, key } => {
                state.remove_record(*kind, key);
                true
            }
        };
        if !sense {
            return false;
        }
        before = entries.position();
    }
    entries.is_done()
}

/// The place of an entry's bulk, which is its last part; `start` is where the payload begins.
pub(super) fn place(segment: u32, start: u32, entry: std::ops::Range<usize>, bulk: &[u8]) -> Place {
    let short = |size: usize| u32::try_from(size).expect("a commit is far below 4 GiB");
    let length = short(bulk.len());
    Place {
        segment,
        offset: start + short(entry.end) - length,
        length,
        crc: crc32fast::hash(bulk),
        size: short(entry.len()),
    }
}

/// Every journal must be whole: a lost first segment shows here.
fn check(disk: &dyn Disk, state: &State) -> Result<(), StoreError> {
    for saga in state.index.sagas() {
        if let Some(missing) = saga.gap() {
            return Err(StoreError::Damaged(format!(
                "saga {} in folder {} has lost its event {missing}, and no file says why: a segment \
                 is missing; restore the folder from a copy",
                saga.id,
                disk.place()
            )));
        }
    }
    Ok(())
}

fn damaged(disk: &dyn Disk, number: u32, offset: u32, what: &str) -> StoreError {
    StoreError::Damaged(format!(
        "{} in folder {}, byte {offset}: {what}; nothing was changed: restore the folder from a copy",
        log::name(number),
        disk.place()
    ))
}

fn unreadable(disk: &dyn Disk, number: u32, error: &std::io::Error) -> StoreError {
    let file = if number == 0 {
        String::new()
    } else {
        log::name(number) + " in "
    };
    StoreError::Unavailable(format!(
        "cannot read {file}folder {}: {error}",
        disk.place()
    ))
}
