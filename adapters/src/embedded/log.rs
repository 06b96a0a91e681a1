//! The segment files: writing at the head, and what to do when a disk says no.
//!
//! | the disk says | then |
//! |---|---|
//! | no room, or a failed write | the head is cut back to its last whole frame and the write refused; the next may succeed. While it cannot be cut back nothing is written |
//! | a failed sync | nothing is written until restart: what the system did with the bytes is unknown, and a second sync would answer Ok without them |
//!
//! Only the head is ever written, and it is synced before there is a next one: a torn end can only be
//! the last segment's.

use super::disk::{Disk, DiskFile};
use super::frame::{self, FRAME, HEADER, Stamp};
use baton_shared::port::StoreError;
use std::io;
use std::sync::Arc;

/// How much a full disk must take before it counts as having room again.
const PROBE_BYTES: usize = 64 * 1024;

pub(super) struct Log {
    disk: Arc<dyn Disk>,
    segment_bytes: u32,
    head: Head,
    /// Why nothing may be written until restart.
    poison: Option<StoreError>,
}

/// The segment that is written.
pub(super) struct Head {
    pub stamp: Stamp,
    pub file: Arc<dyn DiskFile>,
    /// Its whole frames, in bytes.
    pub size: u32,
    /// How much of them is known to be on the disk.
    pub synced: u32,
    /// There may be something beyond `size`.
    pub torn: bool,
}

/// Where a frame's payload was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub segment: u32,
    pub offset: u32,
}

impl Log {
    pub(super) fn new(disk: Arc<dyn Disk>, segment_bytes: u32, head: Head) -> Self {
        Self {
            disk,
            segment_bytes,
            head,
            poison: None,
        }
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.head.synced < self.head.size && self.poison.is_none()
    }

    /// Writes one frame, whose payload follows `FRAME` bytes of room in `frame`. Failing, nothing of
    /// it stays.
    pub(super) fn write(&mut self, frame: &mut [u8]) -> Result<Written, StoreError> {
        self.repair()?;
        let size = u64::from(self.head.size) + frame.len() as u64;
        if size > u64::from(self.segment_bytes) && self.head.size > HEADER {
            self.rotate()?;
        }
        let Head {
            stamp,
            size,
            synced,
            ..
        } = self.head;
        frame::seal(frame, stamp, size, synced);
        let length = u32::try_from(frame.len()).expect("commits are bounded far below 4 GiB");
        if let Err(error) = self.head.file.write_at(u64::from(size), frame) {
            self.head.torn = true;
            // Whether or not it can be cut back now, the next write tries first.
            let _ = self.repair();
            return Err(self.refusal(&error));
        }
        self.head.size += length;
        Ok(Written {
            segment: stamp.number,
            offset: size + FRAME,
        })
    }

    /// Everything written is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        self.usable()?;
        if let Err(error) = self.head.file.sync() {
            return Err(self.poisoned("sync", &name(self.head.stamp.number), &error));
        }
        self.head.synced = self.head.size;
        Ok(())
    }

    /// Removes a segment for ever: nothing after this is done before its name is gone from the disk,
    /// so that segments vanish in order.
    pub(super) fn remove(&mut self, number: u32) -> Result<(), StoreError> {
        self.usable()?;
        let file = name(number);
        if let Err(error) = self.disk.remove(&file) {
            return Err(self.poisoned("remove", &file, &error));
        }
        match self.disk.sync_dir() {
            Ok(()) => Ok(()),
            Err(error) => Err(self.poisoned("sync the folder after removing", &file, &error)),
        }
    }

    /// Whether the disk takes writes again.
    pub(super) fn probe(&mut self) -> Result<(), StoreError> {
        self.repair()?;
        let end = u64::from(self.head.size);
        let tried = self.head.file.write_at(end, &[0; PROBE_BYTES]);
        self.head.torn = true;
        let repaired = self.repair();
        tried.map_err(|error| self.refusal(&error))?;
        repaired
    }

    fn usable(&self) -> Result<(), StoreError> {
        self.poison.clone().map_or(Ok(()), Err)
    }

    /// Cuts off what a failed write left.
    fn repair(&mut self) -> Result<(), StoreError> {
        self.usable()?;
        if self.head.torn {
            let cut = self.head.file.truncate(u64::from(self.head.size));
            cut.map_err(|error| self.refusal(&error))?;
            self.head.torn = false;
        }
        Ok(())
    }

    /// Starts the next segment. The old one is synced first, and the new one's header and name are
    /// on the disk before anything is written to it.
    fn rotate(&mut self) -> Result<(), StoreError> {
        if self.is_dirty() {
            self.sync()?;
        }
        let stamp = Stamp {
            number: self.head.stamp.number + 1,
            ..self.head.stamp
        };
        let file = match create(&*self.disk, stamp) {
            Ok(file) => file,
            Err(error) => {
                // Opening the store does away with a last segment without a header, if this cannot.
                let _ = self.disk.remove(&name(stamp.number));
                return Err(self.refusal(&error));
            }
        };
        if let Err(error) = file.sync().and_then(|()| self.disk.sync_dir()) {
            return Err(self.poisoned("sync", &name(stamp.number), &error));
        }
        self.head = Head {
            stamp,
            file,
            size: HEADER,
            synced: HEADER,
            torn: false,
        };
        Ok(())
    }

    fn refusal(&self, error: &io::Error) -> StoreError {
        let place = self.disk.place();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(format!(
                "no room in folder {place} ({error}); make room, writing goes on by itself"
            )),
            _ => StoreError::Unavailable(format!("cannot write in folder {place}: {error}")),
        }
    }

    fn poisoned(&mut self, what: &str, file: &str, error: &io::Error) -> StoreError {
        let poison = StoreError::Unavailable(format!(
            "could not {what} {file} in folder {} ({error}): what is on the disk is unknown, so \
             nothing more is written; check the disk and restart",
            self.disk.place()
        ));
        self.poison = Some(poison.clone());
        poison
    }
}

/// A segment with nothing in it but its header, which is not yet synced.
pub(super) fn create(disk: &dyn Disk, stamp: Stamp) -> io::Result<Arc<dyn DiskFile>> {
    let file = disk.create(&name(stamp.number))?;
    file.write_at(0, &frame::header(stamp))?;
    Ok(file)
}

/// The name of a segment's file.
pub(super) fn name(number: u32) -> String {
    format!("{number:08}.log")
}

/// The number of a segment's file, if the name is one.
pub(super) fn number(name: &str) -> Option<u32> {
    let digits = name
        .strip_suffix(".log")
        .filter(|digits| digits.len() >= 8)?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| digits.parse().ok())?
}
