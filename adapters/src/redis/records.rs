//! The port `Records` on Redis.

use super::answer::read;
use super::scripts::call;
use super::{Store, trouble};
use baton_shared::port::{RecordKind, Records, StoreError};
use redis::{Cmd, Value};

/// How long the result of an attempt is kept, in seconds: somewhat longer than an attempt may be out
/// with ordinary timeouts. A job that comes again later still is called again, with the same key.
const RESULT_KEPT: u64 = 900;

impl Records for Store {
    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let keys = &self.inner.keys;
        let mut cmd;
        if kind == RecordKind::Result {
            cmd = redis::cmd("GET");
            cmd.arg(keys.result(key));
        } else {
            let [values, _] = keys.records(kind);
            cmd = redis::cmd("HGET");
            cmd.arg(values).arg(key);
        }
        read(self.inner.links.one(cmd).await?)
    }

    async fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let put = if kind == RecordKind::Result {
            self.put_result(key, value).await
        } else {
            let mut cmd = call(
                &self.inner.scripts.record_put,
                &self.inner.keys.records(kind),
            );
            cmd.arg(key).arg(value);
            self.inner.links.one(cmd).await.and_then(read)
        };
        trouble::note(&self.inner, put.as_ref().err());
        put
    }

    async fn scan(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        // Results are never listed, and have no order to list them in.
        if kind == RecordKind::Result || limit == 0 {
            return Ok(Vec::new());
        }
        let mut cmd = call(
            &self.inner.scripts.record_scan,
            &self.inner.keys.records(kind),
        );
        cmd.arg(after.map_or_else(|| "-".to_owned(), |key| format!("({key}")))
            .arg(limit);
        read(self.inner.links.one(cmd).await?)
    }

    async fn remove(&self, kind: RecordKind, key: &str) -> Result<(), StoreError> {
        let keys = &self.inner.keys;
        let removals = if kind == RecordKind::Result {
            let mut del = redis::cmd("DEL");
            del.arg(keys.result(key));
            vec![del]
        } else {
            let [values, order] = keys.records(kind);
            let mut value = redis::cmd("HDEL");
            value.arg(values).arg(key);
            let mut place = redis::cmd("ZREM");
            place.arg(order).arg(key);
            vec![value, place]
        };
        for answer in self.inner.links.run(removals).await {
            answer?;
        }
        Ok(())
    }
}

impl Store {
    /// Sets a result that goes away by itself, unless there is one; that one is read in a second round
    /// trip, for it is rare.
    async fn put_result(&self, key: &str, value: Vec<u8>) -> Result<Option<Vec<u8>>, StoreError> {
        let name = self.inner.keys.result(key);
        let mut set = Cmd::with_capacity(7, name.len() + value.len() + 32);
        set.arg("SET")
            .arg(&name)
            .arg(value)
            .arg("NX")
            .arg("EX")
            .arg(RESULT_KEPT);
        if self.inner.results.put(set).await? != Value::Nil {
            return Ok(None);
        }
        let mut get = redis::cmd("GET");
        get.arg(&name);
        // Dying between: nothing was changed. It may have gone away by now: then ours stands.
        read(self.inner.links.one(get).await?)
    }
}
