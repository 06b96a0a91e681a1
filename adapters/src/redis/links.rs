//! The held connections.
//!
//! A `get()` from the pool costs a round trip, so a few connections are taken once, held, and
//! cloned for every use: many callers share one by pipelining. A connection that broke never heals;
//! it is dropped, and the next caller has it replaced from the pool.
//!
//! Redis reads 16 KiB of a connection, does what that says, syncs its file and answers, and only then
//! reads on: a long pipeline pays a sync for every 16 KiB. So it is cut, and its parts go side by side.

use super::error::{broken, no_script, store_error};
use super::scripts::Scripts;
use baton_shared::port::StoreError;
use deadpool_redis::{Connection, Pool, PoolError};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use redis::aio::MultiplexedConnection;
use redis::{Arg, Cmd, Pipeline, RedisError, RedisResult, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How many connections are held at most, each opened when it is first needed.
pub(super) const HELD: usize = 16;
/// Over how many of them what comes one by one goes: a server that finds more on a connection has fewer
/// to look at.
const SINGLE: usize = 2;
/// Bytes of a pipeline that Redis reads at once, names of commands and lengths included.
pub(super) const PART: usize = 12 * 1024;
/// What an argument takes beside its bytes.
const FRAME: usize = 8;
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

    /// Runs the commands, in no order that holds, and answers for each.
    pub(super) async fn run(&self, cmds: Vec<Cmd>) -> Vec<Result<Value, StoreError>> {
        let parts = parts(cmds).into_iter().enumerate();
        let answers = join_all(parts.map(|(at, part)| self.answers(part, at % HELD)));
        answers.await.into_iter().flatten().collect()
    }

    /// Runs one command. Boxed: whoever may come to wait for it would keep more than 2 KiB of room for
    /// each place where that may be, and every attempt of a worker has three.
    pub(super) fn one(&self, cmd: Cmd) -> BoxFuture<'_, Result<Value, StoreError>> {
        self.ask(cmd).boxed()
    }

    /// A script the server has forgotten is loaded, and asked for again.
    async fn ask(&self, cmd: Cmd) -> Result<Value, StoreError> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % SINGLE;
        let mut link = self.link(at).await?;
        let mut answer = cmd.query_async(&mut link.connection).await;
        if answer.as_ref().is_err_and(no_script) {
            self.load(&mut link).await?;
            answer = cmd.query_async(&mut link.connection).await;
        }
        self.check(&link, answer).await
    }

    async fn answers(&self, cmds: Vec<Cmd>, at: usize) -> Vec<Result<Value, StoreError>> {
        let count = cmds.len();
        match self.pipeline(cmds, at).await {
            Ok(answers) => answers
                .into_iter()
                .map(|answer| answer.map_err(|error| store_error(&error)))
                .collect(),
            Err(error) => vec![Err(error); count],
        }
    }

    /// Runs the commands as one pipeline. A script the server has forgotten is loaded and what it did
    /// not run is sent again.
    async fn pipeline(
        &self,
        cmds: Vec<Cmd>,
        at: usize,
    ) -> Result<Vec<RedisResult<Value>>, StoreError> {
        let mut link = self.link(at).await?;
        let pipe = pipeline(cmds.into_iter());
        let mut answers = self.send(&mut link, &pipe).await?;
        let missed: Vec<usize> = (0..answers.len())
            .filter(|at| answers[*at].as_ref().is_err_and(no_script))
            .collect();
        if !missed.is_empty() {
            self.load(&mut link).await?;
            let all = pipe.cmd_iter().enumerate();
            let unrun = all.filter(|(at, _)| missed.contains(at));
            let again = pipeline(unrun.map(|(_, cmd)| cmd.clone()));
            let again = self.send(&mut link, &again).await?;
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

    async fn send(
        &self,
        link: &mut Link,
        pipe: &Pipeline,
    ) -> Result<Vec<RedisResult<Value>>, StoreError> {
        let sent: RedisResult<Vec<RedisResult<Value>>> =
            pipe.query_async(&mut link.connection).await;
        let answers = self.check(link, sent).await?;
        if answers.len() == pipe.len() {
            Ok(answers)
        } else {
            self.drop_link(link).await;
            Err(StoreError::Unavailable(format!(
                "Redis gave {} answers to {} commands",
                answers.len(),
                pipe.len()
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

    async fn link(&self, at: usize) -> Result<Link, StoreError> {
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

/// The answer of each command, also where it is an error.
fn pipeline(cmds: impl Iterator<Item = Cmd>) -> Pipeline {
    let mut pipe = Pipeline::with_capacity(cmds.size_hint().0);
    for cmd in cmds {
        pipe.add_command(cmd);
    }
    pipe.ignore_errors();
    pipe
}

/// The commands in as few parts as each can be read at once; in as many as there are connections, where
/// that does not do.
fn parts(cmds: Vec<Cmd>) -> Vec<Vec<Cmd>> {
    let sizes: Vec<usize> = cmds.iter().map(size).collect();
    let most = sizes.iter().sum::<usize>().div_ceil(HELD).max(PART);
    let mut parts: Vec<Vec<Cmd>> = Vec::new();
    let mut bytes = 0;
    for (cmd, size) in cmds.into_iter().zip(sizes) {
        match parts.last_mut() {
            Some(part) if bytes + size <= most => part.push(cmd),
            _ => {
                parts.push(vec![cmd]);
                bytes = 0;
            }
        }
        bytes += size;
    }
    parts
}

/// Bytes of a command on its way.
pub(super) fn size(cmd: &Cmd) -> usize {
    let bytes = |arg: Arg<&[u8]>| match arg {
        Arg::Simple(bytes) => bytes.len(),
        _ => 0,
    };
    cmd.args_iter().map(|arg| bytes(arg) + FRAME).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pipeline_is_cut_and_keeps_its_order() {
        let cmd = |bytes: usize| redis::cmd("ECHO").arg("x".repeat(bytes)).to_owned();
        let sizes = |bytes: &[usize]| {
            let cmds: Vec<Cmd> = bytes.iter().map(|bytes| cmd(*bytes)).collect();
            let count = cmds.len();
            let parts = parts(cmds);
            assert_eq!(parts.concat().len(), count, "each is there once");
            parts.iter().map(|part| part.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[1, 1, 1]), [3]);
        assert_eq!(sizes(&[5000; 6]), [2, 2, 2], "a part is read at once");
        assert_eq!(sizes(&[50_000, 1, 1]), [1, 2], "and no command is cut");
        assert!(sizes(&[5000; 600]).len() <= HELD + 1);
    }
}
