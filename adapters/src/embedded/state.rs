//! What writer and readers share: the index, the records' places, and the open segments.

use super::disk::DiskFile;
use super::index::Index;
use super::log::name;
use super::saga::Place;
use baton_shared::port::{RecordKind, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct State {
    pub index: Index,
    pub records: BTreeMap<(RecordKind, String), Place>,
    pub segments: BTreeMap<u32, Segment>,
}

/// A segment that is there.
pub(super) struct Segment {
    pub file: Arc<dyn DiskFile>,
    /// Its frames, in bytes.
    pub size: u32,
}

/// Bytes to read, with the file held open: the name may vanish meanwhile.
pub(super) struct Reading {
    file: Arc<dyn DiskFile>,
    place: Place,
}

impl State {
    pub(super) fn reading(&self, place: Place) -> Reading {
        // A segment leaves the map only after everything live in it has another place.
        let segment = &self.segments[&place.segment];
        Reading {
            file: Arc::clone(&segment.file),
            place,
        }
    }

    pub(super) fn put_record(&mut self, kind: RecordKind, key: &str, place: Place) {
        self.index.hold(place);
        if let Some(old) = self.records.insert((kind, key.to_owned()), place) {
            self.index.release(old);
        }
    }

    pub(super) fn remove_record(&mut self, kind: RecordKind, key: &str) {
        if let Some(old) = self.records.remove(&(kind, key.to_owned())) {
            self.index.release(old);
        }
    }

    /// Bytes of all segments, and those of them that somebody refers to.
    pub(super) fn usage(&self) -> (u64, u64) {
        let size = self
            .segments
            .values()
            .map(|segment| u64::from(segment.size))
            .sum();
        (size, self.index.live.values().sum())
    }
}

impl Reading {
    /// Adds the bytes to `out`.
    pub(super) fn read(&self, out: &mut Vec<u8>) -> Result<(), StoreError> {
        let Place {
            segment,
            offset,
            length,
            crc,
            ..
        } = self.place;
        let start = out.len();
        out.resize(start + length as usize, 0);
        let read = self.file.read_at(u64::from(offset), &mut out[start..]);
        read.map_err(|error| {
            let file = name(segment);
            StoreError::Unavailable(format!("cannot read {file} at byte {offset}: {error}"))
        })?;
        if crc32fast::hash(&out[start..]) != crc {
            return Err(StoreError::Damaged(format!(
                "{} has other bytes at {offset} than were written; check the disk, and restore the \
                 folder from a copy",
                name(segment)
            )));
        }
        Ok(())
    }
}
