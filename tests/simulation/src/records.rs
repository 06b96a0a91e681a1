//! The port `Records`, of the same store as everything else.

use crate::fault::Fault;
use crate::store::{SimStore, away, full, said};
use crate::world::{Act, Inside};
use baton_shared::port::{RecordKind, Records, StoreError};

impl Records for SimStore {
    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = key.to_owned();
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            if inside.has_no_record_of(kind) {
                return Some(Ok(None));
            }
            Some(Ok(inside.kept.record(kind, &key).cloned()))
        };
        self.0.ask(Act::Get, does).await
    }

    async fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (key, who) = (key.to_owned(), self.0.who);
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            if inside.no_room(fault) {
                return Some(Err(full()));
            }
            if inside.has_no_record_of(kind) {
                return Some(Ok(None));
            }
            let earlier = inside.kept.record(kind, &key).cloned();
            if earlier.is_none() {
                inside.kept.remember_record(inside.now, kind, &key);
                inside.trace.bytes(&value);
                inside.books.seen("a record", &value);
                inside.books.hands.wrote(who, kind, &key);
                inside.kept.put(kind, &key, value);
            }
            Some(said(fault, earlier))
        };
        let answer = self.0.ask(Act::PutNew, does).await;
        if kind == RecordKind::Orphan && answer.is_ok() {
            let (mut inside, who) = (self.0.world.lock(), self.0.who);
            inside.books.counted.hears(who, "baton_orphans_total");
        }
        answer
    }

    async fn scan(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let after = after.map(str::to_owned);
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            let found = inside.kept.of_kind(kind);
            let found = found.filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after));
            let found = found.take(limit);
            Some(Ok(found.map(|(k, v)| (k.clone(), v.clone())).collect()))
        };
        self.0.ask(Act::Scan, does).await
    }

    async fn remove(&self, kind: RecordKind, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        let does = move |inside: &mut Inside, fault: Option<Fault>| {
            if fault == Some(Fault::StoreNotDone) {
                return Some(Err(away()));
            }
            inside.kept.remember_record(inside.now, kind, &key);
            inside.kept.remove(kind, &key);
            Some(said(fault, ()))
        };
        self.0.ask(Act::Remove, does).await
    }
}
