//! One saga as the index knows it: how it stands, and where its events lie.

use super::entry::{Events, Standing};
use baton_engine::store::{DueKind, Query, Row, Version};
use baton_shared::{SagaId, Timestamp};
use std::sync::Arc;

/// Where a stretch of a journal, or a record's value, lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub segment: u32,
    pub offset: u32,
    pub length: u32,
    /// Of the bytes there: a disk that forgets is noticed when they are read.
    pub crc: u32,
    /// Bytes of the whole entry, for the account of what is live.
    pub size: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub place: Place,
    /// The journal's length after these events, and how many they are.
    pub end: u32,
    pub count: u32,
}

#[derive(Debug)]
pub(super) struct Saga {
    pub id: SagaId,
    pub seq: u32,
    /// The transition that wrote the last event.
    pub txid: u64,
    pub workflow: Arc<str>,
    pub version: Arc<str>,
    pub status: Arc<str>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub held: u32,
    /// As the core wants it; [`Saga::placed`] differs while it is claimed.
    pub timer: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    /// Whether the log says that something is owed: only of use while it is read, as settling a
    /// duty is not written. Later [`Saga::placed`] knows.
    pub owes: bool,
    /// When timer, duty and expiry come due next.
    pub placed: [Option<Timestamp>; 3],
    pub chunks: Vec<Chunk>,
}

impl Saga {
    pub(super) fn new(id: &SagaId, created_at: Timestamp) -> Self {
        let nothing: Arc<str> = "".into();
        Self {
            id: id.clone(),
            seq: 0,
            txid: 0,
            workflow: Arc::clone(&nothing),
            version: Arc::clone(&nothing),
            status: nothing,
            created_at,
            updated_at: created_at,
            held: 0,
            timer: None,
            expires: None,
            owes: false,
            placed: [None; 3],
            chunks: Vec::with_capacity(1),
        }
    }

    /// The saga as it stands, for a copy of one of its stretches.
    pub(super) fn standing(&self) -> Standing<'_> {
        Standing {
            txid: self.txid,
            timer: self.timer,
            owed: self.owed(),
            expires: self.expires,
            workflow: &self.workflow,
            version: &self.version,
            status: &self.status,
            created_at: self.created_at,
            updated_at: self.updated_at,
            held: self.held,
        }
    }

    pub(super) fn version(&self) -> Version {
        Version {
            seq: self.seq.into(),
            txid: self.txid,
        }
    }

    pub(super) fn owed(&self) -> bool {
        self.placed[slot(DueKind::Duty)].is_some()
    }

    /// The first event that is missing, if the stretches do not make a journal.
    pub(super) fn gap(&self) -> Option<u32> {
        let mut end = 0;
        for chunk in &self.chunks {
            if chunk.end.checked_sub(chunk.count) != Some(end) {
                return Some(end);
            }
            end = chunk.end;
        }
        None
    }

    /// Puts a stretch in its place, and returns the place of its older copy.
    pub(super) fn put_chunk(&mut self, chunk: Chunk) -> Option<Place> {
        match self
            .chunks
            .binary_search_by_key(&chunk.end, |chunk| chunk.end)
        {
            Ok(at) => Some(std::mem::replace(&mut self.chunks[at], chunk).place),
            Err(at) => {
                self.chunks.insert(at, chunk);
                None
            }
        }
    }

    pub(super) fn stand(
        &mut self,
        events: &Events<'_>,
        [workflow, version, status]: [Arc<str>; 3],
    ) {
        let standing = &events.standing;
        self.seq = events.end;
        self.txid = standing.txid;
        (self.workflow, self.version, self.status) = (workflow, version, status);
        self.created_at = standing.created_at;
        self.updated_at = standing.updated_at;
        self.held = standing.held;
        self.timer = standing.timer;
        self.expires = standing.expires;
        self.owes = standing.owed;
    }

    pub(super) fn row(&self) -> Row {
        Row {
            workflow: self.workflow.as_ref().to_owned(),
            version: self.version.as_ref().to_owned(),
            status: self.status.as_ref().to_owned(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            held: self.held,
        }
    }

    pub(super) fn fits(&self, query: &Query) -> bool {
        let is = |wanted: &Option<String>, word: &Arc<str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted == word.as_ref())
        };
        is(&query.status, &self.status) && is(&query.workflow, &self.workflow)
    }
}

pub(super) fn slot(kind: DueKind) -> usize {
    match kind {
        DueKind::Timer => 0,
        DueKind::Duty => 1,
        DueKind::Expiry => 2,
    }
}
