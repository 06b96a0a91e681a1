//! The port `Store`: what is kept, and how keeping it goes wrong. [`crate::records`] is the port `Records` of it.
//!
//! Under class `second` every change is remembered for a second, so that a power cut can take it back.

use crate::counted::Written;
use crate::fault::{Fault, Net};
use crate::world::{Act, Inside, Port};
use baton_engine::store::{
    Append, AppendError, Due, DueKind, Durability, Duty, Query, Row, Settled, Store, Stored,
    Version,
};
use baton_shared::port::{RecordKind, StoreError};
use baton_shared::{SagaId, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// Store and records of one process.
#[derive(Clone)]
pub struct SimStore(pub Port);

/// Everything that is kept.
#[derive(Default)]
pub struct Kept {
    pub sagas: BTreeMap<SagaId, KeptSaga>,
    records: BTreeMap<RecordKind, BTreeMap<String, Vec<u8>>>,
    /// Out of memory until then.
    pub full_until: u64,
    second: bool,
    past: VecDeque<(u64, Change)>,
}

#[derive(Clone)]
pub struct KeptSaga {
    pub seq: u64,
    pub events: Vec<u8>,
    row: Row,
    pub due: BTreeMap<DueKind, Timestamp>,
    txid: u64,
    /// All transitions of it that are kept, with the length of the journal before each.
    pub transitions: Vec<(u64, u64)>,
}

/// What was there before a change.
enum Change {
    Saga(SagaId, Option<Box<KeptSaga>>),
    Record(RecordKind, String, Option<Vec<u8>>),
}

pub(crate) fn away() -> StoreError {
    StoreError::Unavailable("simulated".to_owned())
}

pub(crate) fn full() -> StoreError {
    StoreError::Full("simulated".to_owned())
}

impl Kept {
    pub fn new(second: bool) -> Self {
        Self {
            second,
            ..Self::default()
        }
    }

    fn remember(&mut self, now: u64, saga: &SagaId) {
        if self.second {
            let before = self.sagas.get(saga).cloned().map(Box::new);
            self.past
                .push_back((now, Change::Saga(saga.clone(), before)));
            while self.past.front().is_some_and(|(at, _)| at + 1_000 < now) {
                self.past.pop_front();
            }
        }
    }

    pub(crate) fn remember_record(&mut self, now: u64, kind: RecordKind, key: &str) {
        if self.second {
            let before = self.record(kind, key).cloned();
            let change = Change::Record(kind, key.to_owned(), before);
            self.past.push_back((now, change));
        }
    }

    /// Whether anything was written after `since`, of what is remembered.
    pub fn wrote_after(&self, since: u64) -> bool {
        self.past.back().is_some_and(|(at, _)| *at > since)
    }

    /// Takes back what was written after `since`; names the sagas that lost something.
    pub fn lose(&mut self, since: u64) -> Vec<SagaId> {
        let mut lost = Vec::new();
        while self.wrote_after(since) {
            match self.past.pop_back() {
                Some((_, Change::Saga(saga, Some(before)))) => {
                    self.sagas.insert(saga.clone(), *before);
                    lost.push(saga);
                }
                Some((_, Change::Saga(saga, None))) => {
                    self.sagas.remove(&saga);
                    lost.push(saga);
                }
                Some((_, Change::Record(kind, key, before))) => {
                    let records = self.records.entry(kind).or_default();
                    match before {
                        Some(value) => records.insert(key, value),
                        None => records.remove(&key),
                    };
                }
                None => {}
            }
        }
        lost.sort();
        lost.dedup();
        lost
    }

    pub fn record(&self, kind: RecordKind, key: &str) -> Option<&Vec<u8>> {
        self.records.get(&kind)?.get(key)
    }

    pub fn put(&mut self, kind: RecordKind, key: &str, value: Vec<u8>) {
        self.records
            .entry(kind)
            .or_default()
            .insert(key.to_owned(), value);
    }

    pub(crate) fn remove(&mut self, kind: RecordKind, key: &str) {
        if let Some(records) = self.records.get_mut(&kind) {
            records.remove(key);
        }
    }

    pub fn of_kind(&self, kind: RecordKind) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.records.get(&kind).into_iter().flatten()
    }

    /// Whether anything but an expiry is still due.
    pub fn owes(&self) -> bool {
        let owed = |saga: &KeptSaga| saga.due.keys().any(|what| *what != DueKind::Expiry);
        self.sagas.values().any(owed)
    }

    fn append(&mut self, append: &Append, now: u64, dedupes: bool) -> Result<bool, AppendError> {
        let saga = self.sagas.get(&append.saga);
        if dedupes && saga.is_some_and(|saga| saga.txid == append.txid) {
            return Ok(false);
        }
        let found = saga.map_or(Version::NONE, KeptSaga::version);
        if found != append.expected {
            return Err(AppendError::Stale { found });
        }
        self.remember(now, &append.saga);
        let saga = self
            .sagas
            .entry(append.saga.clone())
            .or_insert_with(|| KeptSaga {
                seq: 0,
                events: Vec::new(),
                row: append.row.clone(),
                due: BTreeMap::new(),
                txid: 0,
                transitions: Vec::new(),
            });
        saga.transitions.push((append.txid, saga.seq));
        saga.seq += append.count;
        saga.events.extend_from_slice(&append.events);
        saga.row = append.row.clone();
        saga.txid = append.txid;
        saga.set(DueKind::Timer, append.timer);
        saga.set(DueKind::Expiry, append.expires);
        match append.duty {
            Duty::Owed(at) => saga.set(DueKind::Duty, Some(at)),
            Duty::Keep => {}
            Duty::Clear => saga.set(DueKind::Duty, None),
        }
        Ok(true)
    }

    /// Claims what is due, unless it is of the kind that is taken away.
    fn claim(
        &mut self,
        (now, until): (Timestamp, Timestamp),
        limit: usize,
        at: u64,
        without: Option<DueKind>,
    ) -> Vec<Due> {
        let mut claimed = Vec::new();
        let ready = |saga: &KeptSaga| {
            let mut due = saga.due.iter();
            due.any(|(what, at)| *at <= now && Some(*what) != without)
        };
        let ready = self.sagas.iter().filter(|(_, saga)| ready(saga));
        let ready: Vec<SagaId> = ready.map(|(id, _)| id.clone()).collect();
        for id in ready {
            if claimed.len() >= limit {
                break;
            }
            self.remember(at, &id);
            let saga = self.sagas.get_mut(&id).expect("just found");
            for (what, at) in &mut saga.due {
                if *at <= now && claimed.len() < limit && Some(*what) != without {
                    *at = until;
                    claimed.push(Due {
                        saga: id.clone(),
                        what: *what,
                    });
                }
            }
        }
        claimed
    }

    fn settle(&mut self, settled: &Settled, now: u64) {
        if self.sagas.get(&settled.saga).map(KeptSaga::version) != Some(settled.at) {
            return;
        }
        self.remember(now, &settled.saga);
        let saga = self.sagas.get_mut(&settled.saga).expect("just found");
        if settled.duty {
            saga.set(DueKind::Duty, None);
        }
        if let Some(timer) = settled.timer {
            saga.set(DueKind::Timer, timer);
        }
    }
}

impl KeptSaga {
    fn version(&self) -> Version {
        Version {
            seq: self.seq,
            txid: self.txid,
        }
    }

    fn set(&mut self, kind: DueKind, at: Option<Timestamp>) {
        match at {
            Some(at) => self.due.insert(kind, at),
            None => self.due.remove(&kind),
        };
    }
}

impl Inside {
    /// Where a write meets a store without room.
    pub(crate) fn no_room(&mut self, fault: Option<Fault>) -> bool {
        if fault == Some(Fault::StoreFull) {
            self.kept.full_until = self.now + self.dice.between(100, 20_000);
        }
        !self.plan.healed && self.now < self.kept.full_until
    }

    /// The kind of due times that never come, in a run without them.
    fn taken_away(&self) -> Option<DueKind> {
        match self.plan.without {
            Some(Net::Timers) => Some(DueKind::Timer),
            Some(Net::Duty) => Some(DueKind::Duty),
            _ => None,
        }
    }

    fn dues_changed(&mut self, saga: &SagaId) {
        if let Some(kept) = self.kept.sagas.get(saga) {
            self.books.dues(saga, &kept.due, self.now);
        }
    }

    /// The worker's record is taken away.
    pub(crate) fn has_no_record_of(&self, kind: RecordKind) -> bool {
        kind == RecordKind::Result && self.plan.without == Some(Net::Record)
    }

    fn append_one(&mut self, append: &Append, fault: Option<Fault>) -> Result<(), AppendError> {
        if fault == Some(Fault::StoreStale) {
            let found = self.kept.sagas.get(&append.saga);
            let found = found.map_or(Version::NONE, KeptSaga::version);
            // Where somebody else was faster it is no more than true.
            if found == append.expected {
                self.plan.note(Fault::StoreStale);
            }
            return Err(AppendError::Stale { found });
        }
        let now = self.now;
        let dedupes = self.plan.without != Some(Net::Dedupe);
        if self.kept.append(append, now, dedupes)? {
            self.trace.bytes(&append.events);
            self.books.seen("a journal", &append.events);
            self.books.appended(append, now);
            for asked in std::mem::take(&mut self.books.asked_for) {
                self.plan.note(asked);
            }
            self.dues_changed(&append.saga);
            let books = &self.books;
            self.trace
                .tell(now - crate::world::BEGIN, || books.told(append));
        }
        if fault == Some(Fault::StoreUnsaid) {
            self.plan.note(Fault::StoreUnsaid);
            return Err(away().into());
        }
        Ok(())
    }
}

impl Store for SimStore {
    async fn append(&self, batch: Vec<Append>) -> Vec<Result<(), AppendError>> {
        let written: Vec<Written> = batch.iter().map(Written::of).collect();
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(vec![Err(away().into()); batch.len()]);
            }
            if inside.no_room(fault) {
                return Some(vec![Err(full().into()); batch.len()]);
            }
            let answers = batch.iter().map(|append| inside.append_one(append, fault));
            Some(answers.collect())
        };
        let answers = self.0.ask(Act::Append, does).await;
        self.0.hears(written, &answers);
        answers
    }

    async fn load(&self, sagas: Vec<SagaId>) -> Vec<Result<Option<Stored>, StoreError>> {
        let asked = sagas.clone();
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            let one = |id: &SagaId| {
                if fault == Some(Fault::StoreNotDone) {
                    return Err(away());
                }
                Ok(inside.kept.sagas.get(id).cloned())
            };
            Some(sagas.iter().map(one).collect::<Vec<_>>())
        };
        let loaded = self.0.ask(Act::Load, does).await;
        self.0.finds(&asked, &loaded);
        let stored = |saga: KeptSaga| Stored {
            version: saga.version(),
            events: saga.events,
        };
        loaded
            .into_iter()
            .map(|saga| Ok(saga?.map(stored)))
            .collect()
    }

    async fn due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            let at = inside.now;
            let without = inside.taken_away();
            let claimed = inside.kept.claim((now, until), limit, at, without);
            if fault == Some(Fault::StoreUnsaid) {
                return Some(Err(away()));
            }
            Some(Ok(claimed))
        };
        self.0.ask(Act::Due, does).await
    }

    async fn settle(&self, batch: Vec<Settled>) -> Result<(), StoreError> {
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            let now = inside.now;
            for settled in &batch {
                inside.kept.settle(settled, now);
                inside.dues_changed(&settled.saga);
            }
            Some(said(fault, ()))
        };
        self.0.ask(Act::Settle, does).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let does = |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            let without = inside.taken_away();
            let sagas = inside.kept.sagas.values();
            let dues = sagas.flat_map(|saga| &saga.due);
            let dues = dues.filter(|(what, _)| Some(**what) != without);
            Some(Ok(dues.map(|(_, at)| *at).min()))
        };
        self.0.ask(Act::NextDue, does).await
    }

    async fn list(&self, query: Query) -> Result<Vec<(SagaId, Row)>, StoreError> {
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            let all = inside.kept.sagas.iter();
            let mut rows: Vec<(SagaId, Row)> = all
                .filter(|(id, saga)| fits(&query, id, &saga.row))
                .map(|(id, saga)| (id.clone(), saga.row.clone()))
                .collect();
            rows.sort_by(|(a, x), (b, y)| (y.created_at, b).cmp(&(x.created_at, a)));
            rows.truncate(query.limit);
            Some(Ok(rows))
        };
        self.0.ask(Act::List, does).await
    }

    async fn forget(&self, saga: SagaId) -> Result<(), StoreError> {
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            inside.kept.remember(inside.now, &saga);
            inside.kept.sagas.remove(&saga);
            inside.books.forgotten(&saga);
            Some(said(fault, ()))
        };
        self.0.ask(Act::Forget, does).await
    }

    fn durability(&self) -> Durability {
        if self.0.world.lock().plan.second {
            Durability::Second
        } else {
            Durability::Fsync
        }
    }

    fn trouble(&self) -> Option<StoreError> {
        let inside = self.0.world.lock();
        let is_full = !inside.plan.healed && inside.now < inside.kept.full_until;
        is_full.then(full)
    }
}

fn fits(query: &Query, id: &SagaId, row: &Row) -> bool {
    let status = query.status.as_ref().is_none_or(|word| *word == row.status);
    let workflow = query.workflow.as_ref().is_none_or(|w| *w == row.workflow);
    let after = |(at, after): &(Timestamp, SagaId)| (row.created_at, id) < (*at, after);
    status && workflow && (!query.held || row.held > 0) && query.after.as_ref().is_none_or(after)
}

/// What was done, unless it is reported as failed.
pub(crate) fn said<T>(fault: Option<Fault>, value: T) -> Result<T, StoreError> {
    if fault == Some(Fault::StoreUnsaid) {
        return Err(away());
    }
    Ok(value)
}
