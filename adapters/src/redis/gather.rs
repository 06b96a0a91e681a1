//! Commands that come one by one, put together.
//!
//! ```text
//!   one() ─► wait ─► all that wait go at once ─► answers
//!             ▲                │
//!             └── what comes meanwhile goes next
//! ```
//!
//! A worker keeps the result of each call by itself, hundreds at a time. Sent by itself each would cost a
//! write, a look of the server at its connection, and a read. Whoever comes while nothing is under way does
//! not wait.

use super::links::{Links, size};
use baton_shared::port::StoreError;
use redis::{Cmd, Value};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// What goes at once at most: commands, and the bytes after which no more are added. All of it is to be
/// answered within the time of one answer.
const MOST: usize = 256;
const FULL: usize = 1024 * 1024;

pub(super) struct Gather {
    waiting: mpsc::UnboundedSender<Waiting>,
}

struct Waiting {
    cmd: Cmd,
    reply: oneshot::Sender<Result<Value, StoreError>>,
}

impl Gather {
    /// Its task ends when it is dropped.
    pub(super) fn new(links: Arc<Links>) -> Self {
        // Bounded by those who wait for their answers.
        let (waiting, taken) = mpsc::unbounded_channel();
        tokio::spawn(send_all(links, taken));
        Self { waiting }
    }

    /// Runs one command. Who stops waiting does not take it back: it may have been done.
    pub(super) async fn one(&self, cmd: Cmd) -> Result<Value, StoreError> {
        let (reply, answer) = oneshot::channel();
        let ended = || StoreError::Unavailable("the connections to Redis are closed".to_owned());
        self.waiting
            .send(Waiting { cmd, reply })
            .map_err(|_| ended())?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }
}

async fn send_all(links: Arc<Links>, mut waiting: mpsc::UnboundedReceiver<Waiting>) {
    while let Some(first) = waiting.recv().await {
        let (cmds, replies): (Vec<Cmd>, Vec<_>) = gather(first, &mut waiting)
            .into_iter()
            .map(|waiting| (waiting.cmd, waiting.reply))
            .unzip();
        for (answer, reply) in links.run(cmds).await.into_iter().zip(replies) {
            // Whoever asked may have left meanwhile.
            let _ = reply.send(answer);
        }
    }
}

/// What waits, without waiting for more.
fn gather(first: Waiting, more: &mut mpsc::UnboundedReceiver<Waiting>) -> Vec<Waiting> {
    let mut bytes = size(&first.cmd);
    let mut all = vec![first];
    while all.len() < MOST
        && bytes < FULL
        && let Ok(next) = more.try_recv()
    {
        bytes += size(&next.cmd);
        all.push(next);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_goes_together_up_to_a_bound() {
        let waiting = |bytes: usize| Waiting {
            cmd: redis::cmd("ECHO").arg("x".repeat(bytes)).to_owned(),
            reply: oneshot::channel().0,
        };
        let gathered = |sizes: &[usize]| {
            let (into, mut more) = mpsc::unbounded_channel();
            for bytes in sizes {
                assert!(into.send(waiting(*bytes)).is_ok());
            }
            let first = more.try_recv().expect("there is one");
            gather(first, &mut more).len()
        };
        assert_eq!(gathered(&[1]), 1);
        assert_eq!(gathered(&[1; 5]), 5);
        assert_eq!(gathered(&[1; MOST + 1]), MOST);
        assert_eq!(gathered(&[1, FULL, 1]), 2, "the rest goes next");
    }
}
