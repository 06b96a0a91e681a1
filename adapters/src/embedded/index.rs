//! What the store knows without reading the disk: where each saga's events lie, its row, and what is
//! due when.
//!
//! A waiting saga costs a few hundred bytes here: its id, its standing, three moments and the places
//! of its events. Words that repeat (workflows, versions, statuses) are kept once.

use super::entry::Events;
use super::saga::{Chunk, Place, Saga, slot};
use baton_engine::store::{Due, DueKind, Query, Row, Settled};
use baton_shared::{SagaId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

/// The statuses after which nothing more is wanted.
const FINAL: [&str; 4] = ["completed", "compensated", "faulted", "cancelled"];
/// Those of sagas that have no job out: what is lost with the queue is none of theirs.
const STILL: [&str; 2] = ["waiting", "suspended"];

#[derive(Debug, Default)]
pub(super) struct Index {
    sagas: HashMap<u64, Saga>,
    births: HashMap<SagaId, u64>,
    due: BTreeSet<(Timestamp, DueKind, u64)>,
    rows: BTreeSet<(Timestamp, SagaId)>,
    held: BTreeSet<(Timestamp, SagaId)>,
    words: HashSet<Arc<str>>,
    next_birth: u64,
    /// Live bytes of each segment that has any.
    pub live: BTreeMap<u32, u64>,
}

/// Rows that fit, and where looking stopped when there may be more.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub rows: Vec<(SagaId, Row)>,
    pub more: Option<(Timestamp, SagaId)>,
}

impl Index {
    pub(super) fn find(&self, saga: &SagaId) -> Option<(u64, &Saga)> {
        let birth = *self.births.get(saga)?;
        Some((birth, &self.sagas[&birth]))
    }

    pub(super) fn by_birth(&self, birth: u64) -> Option<&Saga> {
        self.sagas.get(&birth)
    }

    pub(super) fn sagas(&self) -> impl Iterator<Item = &Saga> {
        self.sagas.values()
    }

    /// A number no saga had before.
    pub(super) fn birth(&mut self) -> u64 {
        self.next_birth += 1;
        self.next_birth
    }

    /// A transition was written: lists and due times follow, but for the duty's.
    pub(super) fn write_events(&mut self, id: &SagaId, events: &Events<'_>, place: Place) {
        self.learn_events(id, events, place);
        let saga = &self.sagas[&events.birth];
        let (timer, expires, created, held) =
            (saga.timer, saga.expires, saga.created_at, saga.held);
        self.put_due(events.birth, DueKind::Timer, timer);
        self.put_due(events.birth, DueKind::Expiry, expires);
        self.rows.insert((created, id.clone()));
        if held > 0 {
            self.held.insert((created, id.clone()));
        } else {
            self.held.remove(&(created, id.clone()));
        }
    }

    /// A stretch of a journal was written at `place`: replaces an older copy, and tells the saga's
    /// standing unless a later stretch has. Due times and lists are made by [`Index::rouse`] when all
    /// is learnt. False when another saga has the id.
    pub(super) fn learn_events(&mut self, id: &SagaId, events: &Events<'_>, place: Place) -> bool {
        self.next_birth = self.next_birth.max(events.birth);
        if *self.births.entry(id.clone()).or_insert(events.birth) != events.birth {
            return false;
        }
        let words = [
            events.standing.workflow,
            events.standing.version,
            events.standing.status,
        ]
        .map(|word| self.word(word));
        let created = events.standing.created_at;
        let saga = self
            .sagas
            .entry(events.birth)
            .or_insert_with(|| Saga::new(id, created));
        let chunk = Chunk {
            place,
            end: events.end,
            count: events.count,
        };
        let old = saga.put_chunk(chunk);
        if events.end >= saga.seq {
            let before = saga.created_at;
            saga.stand(events, words);
            if before != created {
                self.rows.remove(&(before, id.clone()));
                self.held.remove(&(before, id.clone()));
            }
        }
        if let Some(old) = old {
            self.release(old);
        }
        self.hold(place);
        true
    }

    /// A stretch of a journal was copied to another place; the saga stands as it did.
    pub(super) fn move_events(&mut self, birth: u64, chunk: Chunk) {
        let Some(saga) = self.sagas.get_mut(&birth) else {
            return;
        };
        if let Some(old) = saga.put_chunk(chunk) {
            self.release(old);
        }
        self.hold(chunk.place);
    }

    /// A timer settled for a saga of this length.
    pub(super) fn learn_timer(&mut self, birth: u64, seq: u32, timer: Option<Timestamp>) {
        if let Some(saga) = self.sagas.get_mut(&birth).filter(|saga| saga.seq == seq) {
            saga.timer = timer;
        }
    }

    /// Everything of a saga is gone.
    pub(super) fn forget(&mut self, birth: u64) {
        self.next_birth = self.next_birth.max(birth);
        let Some(saga) = self.sagas.remove(&birth) else {
            return;
        };
        for (kind, moment) in KINDS.into_iter().zip(saga.placed) {
            if let Some(moment) = moment {
                self.due.remove(&(moment, kind, birth));
            }
        }
        let key = (saga.created_at, saga.id);
        self.rows.remove(&key);
        self.held.remove(&key);
        self.births.remove(&key.1);
        for chunk in saga.chunks {
            self.release(chunk.place);
        }
    }

    /// Bytes that somebody refers to.
    pub(super) fn hold(&mut self, place: Place) {
        *self.live.entry(place.segment).or_default() += u64::from(place.size);
    }

    /// Bytes that nobody refers to any more.
    pub(super) fn release(&mut self, place: Place) {
        if let Some(live) = self.live.get_mut(&place.segment) {
            *live -= u64::from(place.size);
            if *live == 0 {
                self.live.remove(&place.segment);
            }
        }
    }

    /// Makes lists and due times of what was learnt. The queue of this process lost everything, so
    /// that whoever may owe something owes it now. Those that stand still are asked after the others: ten
    /// thousand that wait are no reason for one that runs to wait, too.
    pub(super) fn rouse(&mut self) {
        let key = |saga: &Saga| (saga.created_at, saga.id.clone());
        self.rows = self.sagas.values().map(key).collect();
        self.held = self
            .sagas
            .values()
            .filter(|saga| saga.held > 0)
            .map(key)
            .collect();
        let mut due = Vec::new();
        for (birth, saga) in &mut self.sagas {
            let owes = saga.owes || !FINAL.contains(&saga.status.as_ref());
            let still = !saga.owes && STILL.contains(&saga.status.as_ref());
            let moment = Timestamp(u64::from(still));
            saga.placed = [saga.timer, owes.then_some(moment), saga.expires];
            let moments = KINDS.into_iter().zip(saga.placed);
            due.extend(moments.filter_map(|(kind, moment)| Some((moment?, kind, *birth))));
        }
        self.due = due.into_iter().collect();
    }

    /// When timer, duty or expiry come next; `None` for never.
    pub(super) fn put_due(&mut self, birth: u64, kind: DueKind, moment: Option<Timestamp>) {
        let Some(saga) = self.sagas.get_mut(&birth) else {
            return;
        };
        let before = std::mem::replace(&mut saga.placed[slot(kind)], moment);
        if before == moment {
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, kind, birth));
        }
        if let Some(moment) = moment {
            self.due.insert((moment, kind, birth));
        }
    }

    pub(super) fn claim(&mut self, now: Timestamp, until: Timestamp, limit: usize) -> Vec<Due> {
        let ripe = self
            .due
            .iter()
            .take_while(|(moment, ..)| *moment <= now)
            .take(limit);
        let ripe: Vec<_> = ripe.map(|(_, kind, birth)| (*kind, *birth)).collect();
        let claimed = ripe.into_iter().map(|(what, birth)| {
            self.put_due(birth, what, Some(until));
            Due {
                saga: self.sagas[&birth].id.clone(),
                what,
            }
        });
        claimed.collect()
    }

    /// Notes what became of due times; the birth of the saga if its timer changed.
    pub(super) fn settle(&mut self, settled: &Settled) -> Option<u64> {
        let birth = *self.births.get(&settled.saga)?;
        let saga = self
            .sagas
            .get_mut(&birth)
            .filter(|saga| saga.version() == settled.at)?;
        let changed = settled.timer.filter(|timer| *timer != saga.timer);
        saga.timer = settled.timer.unwrap_or(saga.timer);
        if settled.duty {
            self.put_due(birth, DueKind::Duty, None);
        }
        if let Some(timer) = settled.timer {
            self.put_due(birth, DueKind::Timer, timer);
        }
        changed.map(|_| birth)
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(moment, ..)| *moment)
    }

    /// Looks at up to `look` rows after `query.after`.
    pub(super) fn list(&self, query: &Query, look: usize) -> Page {
        let rows = if query.held { &self.held } else { &self.rows };
        let end = match &query.after {
            Some(after) => Bound::Excluded(after),
            None => Bound::Unbounded,
        };
        let mut page = Page::default();
        let range = rows.range::<(Timestamp, SagaId), _>((Bound::Unbounded, end));
        for (seen, key) in range.rev().enumerate() {
            if page.rows.len() >= query.limit {
                break;
            }
            let saga = &self.sagas[&self.births[&key.1]];
            if saga.fits(query) {
                page.rows.push((saga.id.clone(), saga.row()));
            }
            if seen + 1 >= look {
                page.more = Some(key.clone());
                break;
            }
        }
        page
    }

    fn word(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.words.get(word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = word.into();
        self.words.insert(Arc::clone(&new));
        new
    }
}

const KINDS: [DueKind; 3] = [DueKind::Timer, DueKind::Duty, DueKind::Expiry];
