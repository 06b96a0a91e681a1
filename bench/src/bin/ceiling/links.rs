//! Connections to Redis, and what goes over them cut into the parts in which Baton sends it.
//!
//! Redis reads 16 KiB of a connection, does what that says, syncs its file and answers, and only then
//! reads on: a long pipeline pays a sync for every 16 KiB. So it is cut, and its parts go side by side.

use baton_bench::fault::{During, Fault};
use futures_util::future::try_join_all;
use redis::aio::MultiplexedConnection;
use redis::{Arg, AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, Pipeline, Value};
use std::time::Duration;

/// As many as one of Baton's processes holds.
const HELD: usize = 16;
/// Bytes of a part, names of commands and lengths included.
const PART: usize = 12 * 1024;
/// What an argument takes beside its bytes.
const FRAME: usize = 8;

/// The connections of one side; clones are the same ones.
#[derive(Clone)]
pub(crate) struct Links {
    held: Vec<MultiplexedConnection>,
    /// Which of them takes the first part.
    first: usize,
}

impl Links {
    pub(crate) async fn connect(url: &str) -> Result<Self, Fault> {
        let info = url.into_connection_info().during("Redis")?;
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        let client = Client::open(info.set_tcp_settings(tcp)).during("Redis")?;
        let patience = Some(Duration::from_secs(10));
        let config = AsyncConnectionConfig::new().set_response_timeout(patience);
        let links = (0..HELD).map(|_| client.get_multiplexed_async_connection_with_config(&config));
        Ok(Self {
            held: try_join_all(links).await.during("Redis")?,
            first: 0,
        })
    }

    /// The same for one of so many lanes: what is short goes over another connection than the others'.
    pub(crate) fn lane(&self, lane: usize, lanes: usize) -> Self {
        Self {
            held: self.held.clone(),
            first: lane * HELD / lanes,
        }
    }

    /// Runs the commands, in no order that holds, and answers for each.
    pub(crate) async fn run(&self, cmds: Vec<Cmd>) -> Result<Vec<Value>, Fault> {
        let parts = parts(cmds).into_iter().enumerate();
        let answers = try_join_all(parts.map(|(at, part)| self.part(part, at)));
        Ok(answers.await?.into_iter().flatten().collect())
    }

    async fn part(&self, cmds: Vec<Cmd>, at: usize) -> Result<Vec<Value>, Fault> {
        let mut pipe = Pipeline::with_capacity(cmds.len());
        for cmd in cmds {
            pipe.add_command(cmd);
        }
        let mut link = self.held[(self.first + at) % HELD].clone();
        pipe.query_async(&mut link).await.during("Redis")
    }
}

/// The commands in as few parts as each can be read at once; in as many as there are connections, where
/// that does not do.
fn parts(cmds: Vec<Cmd>) -> Vec<Vec<Cmd>> {
    let most = cmds
        .iter()
        .map(size)
        .sum::<usize>()
        .div_ceil(HELD)
        .max(PART);
    let mut parts: Vec<Vec<Cmd>> = Vec::new();
    let mut bytes = 0;
    for cmd in cmds {
        let size = size(&cmd);
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
fn size(cmd: &Cmd) -> usize {
    let bytes = |arg: Arg<&[u8]>| match arg {
        Arg::Simple(bytes) => bytes.len(),
        _ => 0,
    };
    cmd.args_iter().map(|arg| bytes(arg) + FRAME).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the two would be measured with different pipelines.
    #[test]
    fn the_cut_is_that_of_baton() {
        let baton = include_str!("../../../../adapters/src/redis/links.rs");
        for line in [
            format!("const HELD: usize = {HELD};"),
            format!("const PART: usize = {} * 1024;", PART / 1024),
            format!("const FRAME: usize = {FRAME};"),
        ] {
            assert!(baton.contains(&line), "{line}");
        }
    }

    #[test]
    fn a_long_pipeline_is_cut_and_keeps_its_order() {
        let cmd = |bytes: usize| redis::cmd("ECHO").arg("x".repeat(bytes)).to_owned();
        let sizes = |bytes: &[usize]| {
            let parts = parts(bytes.iter().map(|bytes| cmd(*bytes)).collect());
            let sent: Vec<usize> = parts.concat().iter().map(size).collect();
            let wanted: Vec<usize> = bytes.iter().map(|bytes| size(&cmd(*bytes))).collect();
            assert_eq!(sent, wanted);
            parts.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[5000; 6]), [2, 2, 2]);
        assert!(sizes(&[5000; 600]).len() <= HELD + 1);
    }
}
