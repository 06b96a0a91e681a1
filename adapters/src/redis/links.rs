//! The held connections.
//!
//! A `get()` from the pool costs a round trip, so a few connections are taken once, held, and
//! cloned for every use: many callers share one by pipelining. A connection that broke never heals;
//! it is dropped, and the next caller has it replaced from the pool.

use super::error::{broken, no_script, store_error};
use super::scripts::Scripts;
use baton_shared::port::StoreError;
use deadpool_redis::{Connection, Pool, PoolError};
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisError, RedisResult, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How many connections are held; more only help when one thread of the runtime cannot write fast
/// enough.
pub(super) const HELD: usize = 2;
/// After a failed attempt to connect, callers are told at once instead of each trying again.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Links {
    pool: Pool,
    slots: [Mutex<Slot>; HELD],
    next: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    held: Option<Connection>,
    /// Counts replacements, so that only the first of many callers drops a broken connection.
    generation: u64,
    failed: Option<(Instant, StoreError)>,
}

/// A clone of a held connection.
struct Link {
    connection: MultiplexedConnection,
    slot: usize,
    generation: u64,
}

impl Links {
    pub(super) fn new(pool: Pool) -> Self {
        Self {
            pool,
            slots: Default::default(),
            next: AtomicUsize::new(0),
        }
    }

    /// Runs the commands as one pipeline and answers for each. A script the server has forgotten is
    /// loaded and what it did not run is sent again.
    pub(super) async fn run(
        &self,
        cmds: &[redis::Cmd],
    ) -> Result<Vec<RedisResult<Value>>, StoreError> {
        if cmds.is_empty() {
            return Ok(Vec::new());
        }
        let mut link = self.link().await?;
        let mut answers = self.send(&mut link, cmds.iter()).await?;
        let missed: Vec<usize> = (0..cmds.len())
            .filter(|at| answers[*at].as_ref().is_err_and(no_script))
            .collect();
        if !missed.is_empty() {
            self.load(&mut link).await?;
            let again = self
                .send(&mut link, missed.iter().map(|at| &cmds[*at]))
                .await?;
            for (at, answer) in missed.into_iter().zip(again) {
                answers[at] = answer;
            }
        }
        if answers
            .iter()
            .flat_map(|answer| answer.as_ref().err())
            .any(broken)
        {
            self.drop_link(&link).await;
        }
        Ok(answers)
    }

    /// Runs one command.
    pub(super) async fn one(&self, cmd: redis::Cmd) -> Result<Value, StoreError> {
        let mut answers = self.run(&[cmd]).await?;
        answers.remove(0).map_err(|error| store_error(&error))
    }

    async fn send(
        &self,
        link: &mut Link,
        cmds: impl ExactSizeIterator<Item = &redis::Cmd>,
    ) -> Result<Vec<RedisResult<Value>>, StoreError> {
        let wanted = cmds.len();
        let mut pipe = Pipeline::with_capacity(wanted);
        for cmd in cmds {
            pipe.add_command(cmd.clone());
        }
        pipe.ignore_errors();
        let sent: RedisResult<Vec<RedisResult<Value>>> =
            pipe.query_async(&mut link.connection).await;
        let answers = self.check(link, sent).await?;
        if answers.len() == wanted {
            Ok(answers)
        } else {
            self.drop_link(link).await;
            Err(StoreError::Unavailable(format!(
                "Redis gave {} answers to {wanted} commands",
                answers.len()
            )))
        }
    }

    async fn load(&self, link: &mut Link) -> Result<(), StoreError> {
        let loaded = Scripts::load()
            .query_async::<()>(&mut link.connection)
            .await;
        self.check(link, loaded).await
    }

    async fn check<T>(&self, link: &Link, answer: RedisResult<T>) -> Result<T, StoreError> {
        if let Err(error) = &answer
            && broken(error)
        {
            self.drop_link(link).await;
        }
        answer.map_err(|error| store_error(&error))
    }

    async fn link(&self) -> Result<Link, StoreError> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % HELD;
        let mut slot = self.slots[at].lock().await;
        let Slot {
            held,
            generation,
            failed,
        } = &mut *slot;
        if let Some((when, error)) = failed
            && when.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        let connection = match held {
            Some(connection) => connection,
            None => match self.connect().await {
                Ok(connection) => {
                    *failed = None;
                    *generation += 1;
                    held.insert(connection)
                }
                Err(error) => {
                    *failed = Some((Instant::now(), error.clone()));
                    return Err(error);
                }
            },
        };
        Ok(Link {
            connection: (**connection).clone(),
            slot: at,
            generation: *generation,
        })
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let mut connection = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => store_error(&error),
            other => StoreError::Unavailable(other.to_string()),
        })?;
        let loaded: Result<(), RedisError> = Scripts::load().query_async(&mut *connection).await;
        loaded.map_err(|error| store_error(&error))?;
        Ok(connection)
    }

    /// Lets go of a connection that broke, if nobody has done so yet.
    async fn drop_link(&self, link: &Link) {
        let mut slot = self.slots[link.slot].lock().await;
        if slot.generation == link.generation
            && let Some(connection) = slot.held.take()
        {
            // Out of the pool: it would only be found broken there again.
            drop(Connection::take(connection));
        }
    }
}
