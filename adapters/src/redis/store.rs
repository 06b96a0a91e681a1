//! The port `Store` on Redis.

use super::scripts::call;
use super::{Store, keys, trouble};
use baton_engine::store::{
    Append, AppendError, Due, DueKind, Durability, Duty, Query, Row, Settled, Store as Port,
    Stored, Version,
};
use baton_shared::port::StoreError;
use baton_shared::{Partition, SagaId, Timestamp};
use redis::{Cmd, FromRedisValue, Value};

/// seq and txid before the events.
const HEAD: usize = 32;
/// What one script may claim: bounds how long it blocks the server.
const CLAIM: usize = 500;
/// As it was.
const SAME: &str = "=";

impl Port for Store {
    async fn append(&self, batch: Vec<Append>) -> Vec<Result<(), AppendError>> {
        let cmds = batch.iter().map(|append| self.append_cmd(append)).collect();
        let answers = self.inner.links.run(cmds).await;
        let answers: Vec<_> = answers.into_iter().map(appended).collect();
        let failure = answers.iter().find_map(|answer| match answer {
            Err(AppendError::Store(error)) => Some(error),
            _ => None,
        });
        if !answers.is_empty() {
            trouble::note(&self.inner, failure);
        }
        answers
    }

    async fn load(&self, sagas: Vec<SagaId>) -> Vec<Result<Option<Stored>, StoreError>> {
        let get = |saga| {
            let mut cmd = redis::cmd("GET");
            cmd.arg(self.inner.keys.journal(saga));
            cmd
        };
        let cmds: Vec<Cmd> = sagas.iter().map(get).collect();
        let answers = self.inner.links.run(cmds).await.into_iter();
        answers
            .zip(&sagas)
            .map(|(answer, saga)| stored(answer, saga))
            .collect()
    }

    async fn due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        let claimed = self.claim(now, until, limit).await;
        // Only what was claimed proves that writing works.
        if claimed.as_ref().map_or(true, |due| !due.is_empty()) {
            trouble::note(&self.inner, claimed.as_ref().err());
        }
        claimed
    }

    async fn settle(&self, batch: Vec<Settled>) -> Result<(), StoreError> {
        let cmds = batch.iter().map(|settled| self.settle_cmd(settled));
        let done = self.all(cmds.collect()).await;
        if !batch.is_empty() {
            trouble::note(&self.inner, done.as_ref().err());
        }
        done
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let first = |at| {
            let mut cmd = redis::cmd("ZRANGE");
            cmd.arg(self.inner.keys.due(at))
                .arg(0)
                .arg(0)
                .arg("WITHSCORES");
            cmd
        };
        let cmds: Vec<Cmd> = self.every().map(first).collect();
        let mut next: Option<u64> = None;
        for answer in self.inner.links.run(cmds).await {
            let first: Vec<(String, f64)> = read(answer?)?;
            if let Some((_, score)) = first.first() {
                // Scores are whole milliseconds; the far end saturates.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole and not negative"
                )]
                let at = *score as u64;
                next = Some(next.map_or(at, |earlier| earlier.min(at)));
            }
        }
        Ok(next.map(Timestamp))
    }

    async fn list(&self, query: Query) -> Result<Vec<(SagaId, Row)>, StoreError> {
        let mut rows = Vec::new();
        // Partitions that have more to give, and where each goes on.
        let from = query.after.as_ref().map(keys::cursor).unwrap_or_default();
        let mut open: Vec<(Partition, String)> =
            self.every().map(|at| (at, from.clone())).collect();
        while !open.is_empty() && query.limit > 0 {
            let cmds: Vec<Cmd> = open
                .iter()
                .map(|(at, from)| self.list_cmd(&query, *at, from))
                .collect();
            let mut more = Vec::new();
            for (answer, (at, _)) in self.inner.links.run(cmds).await.into_iter().zip(open) {
                let Page { rows: found, next } = page(answer)?;
                let wanting = found.len() < query.limit;
                rows.extend(found);
                if let (true, Some(next)) = (wanting, next) {
                    more.push((at, next));
                }
            }
            open = more;
        }
        rows.sort_unstable_by(|(a_id, a), (b_id, b)| {
            (b.created_at, b_id).cmp(&(a.created_at, a_id))
        });
        rows.truncate(query.limit);
        Ok(rows)
    }

    async fn forget(&self, saga: SagaId) -> Result<(), StoreError> {
        let mut cmd = call(&self.inner.scripts.forget, &self.saga_keys(&saga));
        cmd.arg(saga.as_str());
        // Allowed when there is no room, so it says nothing about other writes.
        self.all(vec![cmd]).await
    }

    fn durability(&self) -> Durability {
        self.inner.durability
    }

    fn trouble(&self) -> Option<StoreError> {
        self.inner.trouble.now()
    }
}

impl Store {
    fn every(&self) -> impl Iterator<Item = Partition> + use<> {
        (0..self.inner.keys.partitions).map(Partition)
    }

    fn saga_keys(&self, saga: &SagaId) -> [String; 4] {
        let keys = &self.inner.keys;
        let at = keys.partition(saga);
        [
            keys.journal(saga),
            keys.rows(at),
            keys.list(at),
            keys.due(at),
        ]
    }

    fn append_cmd(&self, append: &Append) -> Cmd {
        let mut cmd = call(&self.inner.scripts.append, &self.saga_keys(&append.saga));
        cmd.arg(append.saga.as_str())
            .arg(head(append.expected))
            .arg(hex(append.txid))
            .arg(&append.events)
            .arg(append.count)
            .arg(keys::encode(&append.row))
            .arg(score(append.timer));
        match append.duty {
            Duty::Owed(at) => cmd.arg(at.0),
            Duty::Keep => cmd.arg(SAME),
            Duty::Clear => cmd.arg(""),
        };
        cmd.arg(score(append.expires));
        cmd
    }

    fn settle_cmd(&self, settled: &Settled) -> Cmd {
        let keys = &self.inner.keys;
        let names = [
            keys.journal(&settled.saga),
            keys.due(keys.partition(&settled.saga)),
        ];
        let mut cmd = call(&self.inner.scripts.settle, &names);
        cmd.arg(settled.saga.as_str()).arg(head(settled.at));
        cmd.arg(if settled.duty { "" } else { SAME });
        cmd.arg(settled.timer.map_or_else(|| SAME.to_owned(), score));
        cmd
    }

    fn list_cmd(&self, query: &Query, at: Partition, from: &str) -> Cmd {
        let keys = &self.inner.keys;
        let mut cmd = call(&self.inner.scripts.list, &[keys.list(at), keys.rows(at)]);
        cmd.arg(if query.held { "1" } else { "" })
            .arg(query.status.as_deref().unwrap_or_default())
            .arg(query.workflow.as_deref().unwrap_or_default())
            .arg(from)
            .arg(query.limit);
        cmd
    }

    /// Claims in every partition that has something due.
    async fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        let claim = |(at, share)| {
            let mut cmd = call(&self.inner.scripts.due, &[self.inner.keys.due(at)]);
            cmd.arg(now.0).arg(until.0).arg(share);
            cmd
        };
        let cmds: Vec<Cmd> = self
            .shares(now, limit)
            .await?
            .into_iter()
            .map(claim)
            .collect();
        let mut found = Vec::new();
        let mut failed = None;
        for answer in self.inner.links.run(cmds).await {
            match answer.and_then(read::<Vec<String>>) {
                Ok(members) => found.extend(members.iter().filter_map(|member| due_of(member))),
                Err(error) => failed = Some(error),
            }
        }
        // What was claimed must not be dropped because another partition failed.
        match failed {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }

    /// How many due times to claim of which partition: what is there, fairly, up to `limit`.
    async fn shares(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Partition, usize)>, StoreError> {
        let count = |at| {
            let mut cmd = redis::cmd("ZCOUNT");
            cmd.arg(self.inner.keys.due(at)).arg("-inf").arg(now.0);
            cmd
        };
        let cmds: Vec<Cmd> = self.every().map(count).collect();
        let mut counts = Vec::new();
        for (answer, at) in self
            .inner
            .links
            .run(cmds)
            .await
            .into_iter()
            .zip(self.every())
        {
            let there: usize = read(answer?)?;
            counts.push((at, there.min(CLAIM)));
        }
        Ok(divide(counts, limit))
    }

    /// Runs writes of which each must succeed.
    async fn all(&self, cmds: Vec<Cmd>) -> Result<(), StoreError> {
        for answer in self.inner.links.run(cmds).await {
            answer?;
        }
        Ok(())
    }
}

/// Gives each as many as it has, the smallest first, none more than an even share of what is left.
fn divide(mut counts: Vec<(Partition, usize)>, limit: usize) -> Vec<(Partition, usize)> {
    counts.retain(|(_, there)| *there > 0);
    counts.sort_unstable_by_key(|(_, there)| *there);
    let mut left = limit;
    let mut waiting = counts.len();
    for (_, share) in &mut counts {
        *share = (*share).min(left.div_ceil(waiting));
        left -= *share;
        waiting -= 1;
    }
    counts.retain(|(_, share)| *share > 0);
    counts
}

fn hex(number: u64) -> String {
    format!("{number:016x}")
}

/// How a journal at this version begins; nothing where there is none.
fn head(version: Version) -> String {
    if version == Version::NONE {
        return String::new();
    }
    hex(version.seq) + &hex(version.txid)
}

fn version(head: &[u8]) -> Option<Version> {
    let number = |text: &[u8]| u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok();
    let (seq, txid) = head.get(..HEAD)?.split_at(HEAD / 2);
    Some(Version {
        seq: number(seq)?,
        txid: number(txid)?,
    })
}

fn score(at: Option<Timestamp>) -> String {
    at.map(|at| at.0.to_string()).unwrap_or_default()
}

fn appended(answer: Result<Value, StoreError>) -> Result<(), AppendError> {
    let (code, head): (i64, Vec<u8>) = read(answer?)?;
    match code {
        1 => Ok(()),
        0 => Err(AppendError::Stale {
            found: version(&head).unwrap_or_default(),
        }),
        _ => Err(StoreError::Damaged("the head of a journal is not readable".to_owned()).into()),
    }
}

fn stored(answer: Result<Value, StoreError>, saga: &SagaId) -> Result<Option<Stored>, StoreError> {
    let value: Option<Vec<u8>> = read(answer?)?;
    let Some(mut bytes) = value else {
        return Ok(None);
    };
    let version = version(&bytes).ok_or_else(|| {
        StoreError::Damaged(format!("the journal of {saga} has no readable head"))
    })?;
    Ok(Some(Stored {
        version,
        events: bytes.split_off(HEAD),
    }))
}

fn due_of(member: &str) -> Option<Due> {
    let (mark, saga) = member.split_once('|')?;
    let what = match mark {
        "t" => DueKind::Timer,
        "d" => DueKind::Duty,
        "x" => DueKind::Expiry,
        _ => return None,
    };
    Some(Due {
        saga: saga.parse().ok()?,
        what,
    })
}

/// What `list.lua` found in one partition.
struct Page {
    rows: Vec<(SagaId, Row)>,
    /// Where it would go on.
    next: Option<String>,
}

fn page(answer: Result<Value, StoreError>) -> Result<Page, StoreError> {
    let parts: Vec<Vec<u8>> = read(answer?)?;
    let Some((next, pairs)) = parts.split_first() else {
        return Ok(Page {
            rows: Vec::new(),
            next: None,
        });
    };
    let next = String::from_utf8_lossy(next).into_owned();
    let mut rows = Vec::with_capacity(pairs.len() / 2);
    for pair in pairs.chunks_exact(2) {
        let saga: Option<SagaId> = std::str::from_utf8(&pair[0])
            .ok()
            .and_then(|t| t.parse().ok());
        let (Some(saga), Some(row)) = (saga, keys::decode(&pair[1])) else {
            let name = String::from_utf8_lossy(&pair[0]).into_owned();
            return Err(StoreError::Damaged(format!(
                "the row of {name} is not readable"
            )));
        };
        rows.push((saga, row));
    }
    Ok(Page {
        rows,
        next: (!next.is_empty()).then_some(next),
    })
}

fn read<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    T::from_redis_value(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_shared_out_and_never_exceed_the_limit() {
        let of = |counts: &[usize], limit| {
            let counts = (0..).map(Partition).zip(counts.iter().copied()).collect();
            let mut shares = divide(counts, limit);
            shares.sort_unstable();
            shares
                .into_iter()
                .map(|(at, share)| (at.0, share))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&[0, 5, 1], 10), [(1, 5), (2, 1)]);
        assert_eq!(of(&[100, 1, 100], 11), [(0, 5), (1, 1), (2, 5)]);
        assert_eq!(
            of(&[9, 9, 9], 2)
                .iter()
                .map(|(_, share)| share)
                .sum::<usize>(),
            2
        );
        assert_eq!(of(&[3], 0), []);
    }
}
