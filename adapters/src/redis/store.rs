//! The port `Store` on Redis.

use super::answer::{self, Page, head, read};
use super::scripts::call;
use super::{Store, keys, trouble};
use baton_engine::store::{
    Append, AppendError, Due, Durability, Duty, Query, Row, Settled, Store as Port, Stored,
};
use baton_shared::id::hex16;
use baton_shared::port::StoreError;
use baton_shared::{Partition, SagaId, Timestamp};
use redis::Cmd;

/// What one script may claim: bounds how long it blocks the server.
const CLAIM: usize = 500;
/// As it was.
const SAME: &str = "=";

impl Port for Store {
    async fn append(&self, batch: Vec<Append>) -> Vec<Result<(), AppendError>> {
        let cmds = batch.iter().map(|append| self.append_cmd(append)).collect();
        let answers = self.inner.links.run(cmds).await;
        let answers = answers.into_iter();
        let answers: Vec<_> = answers.map(|answer| answer::appended(answer?)).collect();
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
            .map(|(answer, saga)| answer::stored(answer?, saga))
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
                let Page { rows: found, next } = answer::page(answer?)?;
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
            .arg(hex16(append.txid))
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
            match answer.and_then(answer::due) {
                Ok(due) => found.extend(due),
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

fn score(at: Option<Timestamp>) -> String {
    at.map(|at| at.0.to_string()).unwrap_or_default()
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
