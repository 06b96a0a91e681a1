//! How bytes stand in a segment file.
//!
//! ```text
//!   header | frame | frame | …                     header: magic, version, number, salt, crc
//!            └─ mark | length | synced | crc | payload
//! ```
//!
//! A frame is what was committed together, and is there whole or not at all. `crc` covers the payload.
//! `mark` covers the other three and the frame's place, seeded with the store's random salt: a payload
//! cannot pretend to be a frame, and a frame is not mistaken for one elsewhere. `synced` says how much
//! of the segment was known to be on the disk when the frame was written, which tells a torn end from
//! damage: what a later frame knows to have been on the disk must be there.

use baton_shared::id::stable_hash;
use std::ops::Range;

pub(super) const HEADER: u32 = 32;
pub(super) const FRAME: u32 = 20;
const MAGIC: &[u8; 8] = b"BATONLOG";
const VERSION: u32 = 1;

/// What makes a segment's frames its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub number: u32,
    pub salt: u64,
}

/// Why a file is no segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The header is not there or not right.
    Header,
    /// It was written by a newer version.
    Version(u32),
}

pub(super) fn header(stamp: Stamp) -> [u8; HEADER as usize] {
    let mut header = [0; HEADER as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&stamp.number.to_le_bytes());
    header[16..24].copy_from_slice(&stamp.salt.to_le_bytes());
    let crc = crc32fast::hash(&header[..24]);
    header[24..28].copy_from_slice(&crc.to_le_bytes());
    header
}

pub(super) fn stamp(segment: &[u8]) -> Result<Stamp, Misfit> {
    let header = segment.get(..HEADER as usize).ok_or(Misfit::Header)?;
    if header[..8] != *MAGIC || crc32fast::hash(&header[..24]) != word(header, 24) {
        return Err(Misfit::Header);
    }
    let salt = long(header, 16);
    match word(header, 8) {
        VERSION => Ok(Stamp {
            number: word(header, 12),
            salt,
        }),
        newer => Err(Misfit::Version(newer)),
    }
}

/// Fills the room for a frame's header at the front of `frame`, which is to stand at `offset`.
pub(super) fn seal(frame: &mut [u8], stamp: Stamp, offset: u32, synced: u32) {
    let (head, payload) = frame.split_at_mut(FRAME as usize);
    let length = u32::try_from(payload.len()).expect("commits are bounded far below 4 GiB");
    let crc = crc32fast::hash(payload);
    head[..8].copy_from_slice(&mark(stamp, offset, length, synced, crc).to_le_bytes());
    head[8..12].copy_from_slice(&length.to_le_bytes());
    head[12..16].copy_from_slice(&synced.to_le_bytes());
    head[16..20].copy_from_slice(&crc.to_le_bytes());
}

/// A frame's header, believed.
#[derive(Debug)]
pub(super) struct Head {
    pub length: u32,
    pub synced: u32,
    crc: u32,
}

impl Head {
    /// Reads the header of the frame at `offset`, if `head` is one.
    pub(super) fn read(head: &[u8], stamp: Stamp, offset: u32) -> Option<Self> {
        let head = head.get(..FRAME as usize)?;
        let (length, synced, crc) = (word(head, 8), word(head, 12), word(head, 16));
        let right = long(head, 0) == mark(stamp, offset, length, synced, crc);
        right.then_some(Self {
            length,
            synced,
            crc,
        })
    }

    pub(super) fn covers(&self, payload: &[u8]) -> bool {
        crc32fast::hash(payload) == self.crc
    }
}

/// The payload of the frame at `offset` of a whole segment, if it is whole.
pub(super) fn payload(segment: &[u8], stamp: Stamp, offset: u32) -> Option<Range<usize>> {
    let head = Head::read(segment.get(offset as usize..)?, stamp, offset)?;
    let start = (offset + FRAME) as usize;
    let range = start..start.checked_add(head.length as usize)?;
    head.covers(segment.get(range.clone())?).then_some(range)
}

/// The first place after `from` where a frame was begun that knows `from` to have been on the disk:
/// the proof that what is broken there was once whole.
pub(super) fn witness(segment: &[u8], stamp: Stamp, from: u32) -> Option<u32> {
    let end = u32::try_from(segment.len()).unwrap_or(u32::MAX);
    (from + 1..end.saturating_sub(FRAME)).find(|offset| {
        let head = Head::read(&segment[*offset as usize..], stamp, *offset);
        head.is_some_and(|head| head.synced > from)
    })
}

fn mark(stamp: Stamp, offset: u32, length: u32, synced: u32, crc: u32) -> u64 {
    let mut place = [0; 28];
    place[..8].copy_from_slice(&stamp.salt.to_le_bytes());
    for (nth, part) in [stamp.number, offset, length, synced, crc]
        .into_iter()
        .enumerate()
    {
        place[8 + nth * 4..12 + nth * 4].copy_from_slice(&part.to_le_bytes());
    }
    stable_hash(&place)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        number: 7,
        salt: 99,
    };

    fn segment(payloads: &[(&[u8], bool)]) -> Vec<u8> {
        let mut segment = header(STAMP).to_vec();
        let mut synced = 0;
        for (payload, sync) in payloads {
            let offset = u32::try_from(segment.len()).expect("small");
            if *sync {
                synced = offset;
            }
            let mut frame = vec![0; FRAME as usize];
            frame.extend_from_slice(payload);
            seal(&mut frame, STAMP, offset, synced);
            segment.extend(frame);
        }
        segment
    }

    #[test]
    fn a_frame_is_believed_in_its_place_only() {
        let segment = segment(&[(b"one", true), (b"two", true)]);
        assert_eq!(stamp(&segment), Ok(STAMP));
        assert_eq!(payload(&segment, STAMP, HEADER), Some(52..55));
        assert_eq!(payload(&segment, STAMP, 55), Some(75..78));
        assert_eq!(payload(&segment, STAMP, HEADER + 1), None, "another place");
        assert_eq!(
            payload(&segment, Stamp { salt: 98, ..STAMP }, HEADER),
            None,
            "another store"
        );
        for byte in HEADER as usize..55 {
            let mut damaged = segment.clone();
            damaged[byte] ^= 1;
            assert_eq!(payload(&damaged, STAMP, HEADER), None, "byte {byte}");
        }
    }

    #[test]
    fn a_later_frame_is_witness_only_of_what_was_synced() {
        let synced = segment(&[(b"one", true), (b"two", true)]);
        assert_eq!(witness(&synced, STAMP, HEADER), Some(55));
        assert_eq!(witness(&synced, STAMP, 55), None, "nothing after it");
        let unsynced = segment(&[(b"one", true), (b"two", false)]);
        assert_eq!(
            witness(&unsynced, STAMP, HEADER),
            None,
            "it may never have been on the disk"
        );
    }
}
