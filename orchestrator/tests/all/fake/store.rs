//! A store in memory, with the port's promises and switches for its faults.

use super::pause;
use baton_engine::store::*;
use baton_shared::port::{RecordKind, Records, StoreError};
use baton_shared::{SagaId, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Clone, Default)]
pub(crate) struct FakeStore(Arc<Mutex<Kept>>);

#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) sagas: BTreeMap<SagaId, KeptSaga>,
    pub(crate) records: BTreeMap<(RecordKind, String), Vec<u8>>,
    pub(crate) trouble: Option<StoreError>,
    /// So many appends are written, and their answer is lost.
    pub(crate) lose_answers: usize,
    /// So many calls of any kind fail before anything is done.
    pub(crate) fail: usize,
    pub(crate) appends: usize,
    pub(crate) loads: usize,
    /// Publications noted.
    pub(crate) noted: usize,
}

#[derive(Clone)]
pub(crate) struct KeptSaga {
    pub(crate) seq: u64,
    pub(crate) events: Vec<u8>,
    pub(crate) row: Row,
    pub(crate) due: BTreeMap<DueKind, Timestamp>,
    pub(crate) txid: u64,
}

fn away() -> StoreError {
    StoreError::Unavailable("unplugged by the test".to_owned())
}

impl FakeStore {
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("store")
    }

    pub(crate) fn records_of(&self, kind: RecordKind) -> Vec<(String, Vec<u8>)> {
        let kept = self.kept();
        let of_kind = kept.records.iter().filter(|((k, _), _)| *k == kind);
        of_kind
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }

    fn works(&self) -> Result<(), StoreError> {
        let mut kept = self.kept();
        if kept.fail > 0 {
            kept.fail -= 1;
            return Err(away());
        }
        Ok(())
    }
}

impl Kept {
    fn append(&mut self, append: Append) -> Result<(), AppendError> {
        let found = self.sagas.get(&append.saga);
        let found = found.map_or(Version::NONE, KeptSaga::version);
        if let Some(saga) = self.sagas.get(&append.saga)
            && saga.txid == append.txid
        {
            return Ok(());
        }
        if found != append.expected {
            return Err(AppendError::Stale { found });
        }
        assert!(append.count > 0, "an append without events");
        let saga = self.sagas.entry(append.saga).or_insert_with(|| KeptSaga {
            seq: 0,
            events: Vec::new(),
            row: append.row.clone(),
            due: BTreeMap::new(),
            txid: 0,
        });
        saga.seq += append.count;
        saga.events.extend(append.events);
        saga.row = append.row;
        saga.txid = append.txid;
        saga.set(DueKind::Timer, append.timer);
        saga.set(DueKind::Expiry, append.expires);
        match append.duty {
            Duty::Owed(at) => saga.set(DueKind::Duty, Some(at)),
            Duty::Keep => {}
            Duty::Clear => saga.set(DueKind::Duty, None),
        }
        Ok(())
    }
}

impl KeptSaga {
    pub(crate) fn version(&self) -> Version {
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

impl Store for FakeStore {
    async fn append(&self, batch: Vec<Append>) -> Vec<Result<(), AppendError>> {
        pause().await;
        if let Err(error) = self.works() {
            return batch.iter().map(|_| Err(error.clone().into())).collect();
        }
        let answers = {
            let mut kept = self.kept();
            kept.appends += 1;
            let lost = kept.lose_answers > 0;
            kept.lose_answers -= usize::from(lost);
            let answer = |append| match kept.append(append) {
                Ok(()) if lost => Err(away().into()),
                answer => answer,
            };
            batch.into_iter().map(answer).collect()
        };
        pause().await;
        answers
    }

    async fn load(&self, sagas: Vec<SagaId>) -> Vec<Result<Option<Stored>, StoreError>> {
        pause().await;
        if let Err(error) = self.works() {
            return sagas.iter().map(|_| Err(error.clone())).collect();
        }
        let mut kept = self.kept();
        kept.loads += 1;
        let stored = |saga: &KeptSaga| Stored {
            version: saga.version(),
            events: saga.events.clone(),
        };
        sagas
            .iter()
            .map(|id| Ok(kept.sagas.get(id).map(stored)))
            .collect()
    }

    async fn due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        pause().await;
        self.works()?;
        let mut claimed = Vec::new();
        for (id, saga) in &mut self.kept().sagas {
            for (what, at) in &mut saga.due {
                if *at <= now && claimed.len() < limit {
                    *at = until;
                    claimed.push(Due {
                        saga: id.clone(),
                        what: *what,
                    });
                }
            }
        }
        Ok(claimed)
    }

    async fn settle(&self, batch: Vec<Settled>) -> Result<(), StoreError> {
        pause().await;
        self.works()?;
        let mut kept = self.kept();
        let mut noted = 0;
        for settled in batch {
            let Some(saga) = kept.sagas.get_mut(&settled.saga) else {
                continue;
            };
            if saga.version() != settled.at {
                continue;
            }
            if settled.duty {
                saga.set(DueKind::Duty, None);
                noted += 1;
            }
            if let Some(timer) = settled.timer {
                saga.set(DueKind::Timer, timer);
            }
        }
        kept.noted += noted;
        Ok(())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.works()?;
        let kept = self.kept();
        Ok(kept
            .sagas
            .values()
            .flat_map(|saga| saga.due.values())
            .min()
            .copied())
    }

    async fn list(&self, query: Query) -> Result<Vec<(SagaId, Row)>, StoreError> {
        self.works()?;
        let kept = self.kept();
        let mut rows: Vec<(SagaId, Row)> = kept
            .sagas
            .iter()
            .map(|(id, saga)| (id.clone(), saga.row.clone()))
            .collect();
        rows.sort_by(|(a, x), (b, y)| (y.created_at, b).cmp(&(x.created_at, a)));
        let fits = |id: &SagaId, row: &Row| {
            query
                .status
                .as_ref()
                .is_none_or(|status| *status == row.status)
                && query
                    .workflow
                    .as_ref()
                    .is_none_or(|name| *name == row.workflow)
                && (!query.held || row.held > 0)
                && query
                    .after
                    .as_ref()
                    .is_none_or(|(at, after)| (row.created_at, id) < (*at, after))
        };
        rows.retain(|(id, row)| fits(id, row));
        rows.truncate(query.limit);
        Ok(rows)
    }

    async fn forget(&self, saga: SagaId) -> Result<(), StoreError> {
        self.works()?;
        self.kept().sagas.remove(&saga);
        Ok(())
    }

    fn durability(&self) -> Durability {
        Durability::Memory
    }

    fn trouble(&self) -> Option<StoreError> {
        self.kept().trouble.clone()
    }
}

impl Records for FakeStore {
    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.works()?;
        Ok(self.kept().records.get(&(kind, key.to_owned())).cloned())
    }

    async fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        pause().await;
        self.works()?;
        let mut kept = self.kept();
        let key = (kind, key.to_owned());
        let earlier = kept.records.get(&key).cloned();
        kept.records.entry(key).or_insert(value);
        Ok(earlier)
    }

    async fn scan(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.works()?;
        let mut found = self.records_of(kind);
        found.retain(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        found.truncate(limit);
        Ok(found)
    }

    async fn remove(&self, kind: RecordKind, key: &str) -> Result<(), StoreError> {
        self.works()?;
        self.kept().records.remove(&(kind, key.to_owned()));
        Ok(())
    }
}
