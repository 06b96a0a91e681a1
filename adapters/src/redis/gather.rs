//! Results that come one by one, put together.
//!
//! ```text
//!   put() ─► wait ─► all that wait go at once ─► answers
//!             ▲                │
//!             └── what comes meanwhile goes next
//! ```
//!
//! A worker keeps the result of each call by itself, hundreds at a time. Sent by itself each would cost a
//! write, a look of the server at its connection, and a read. Whoever comes while nothing is under way does
//! not wait. Only small writes with small answers go this way: what takes long would hold up all the others.

use super::links::{Links, PART, size};
use baton_shared::port::StoreError;
use redis::{Cmd, Value};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// What goes at once at most. Each is at most a part, and so all of it is some 3 MiB.
const MOST: usize = 256;

pub(super) struct Gather {
    links: Arc<Links>,
    waiting: mpsc::UnboundedSender<Waiting>,
}

struct Waiting {
    cmd: Cmd,
    reply: oneshot::Sender<Result<Value, StoreError>>,
}

impl Gather {
    /// Its task ends when it is dropped.
    pub(super) fn new(links: Arc<Links>) -> Self {
        // As many as there are calls under way.
        let (waiting, taken) = mpsc::unbounded_channel();
        tokio::spawn(send_all(links.clone(), taken));
        Self { links, waiting }
    }

    /// Runs one command, with others if it is small. Who stops waiting does not take it back: it may be done
    /// later.
    pub(super) async fn put(&self, cmd: Cmd) -> Result<Value, StoreError> {
        if size(&cmd) > PART {
            return self.links.one(cmd).await;
        }
        let (reply, answer) = oneshot::channel();
        if let Err(unsent) = self.waiting.send(Waiting { cmd, reply }) {
            // Nobody puts together any more: its runtime has ended, and this is another.
            return self.links.one(unsent.0.cmd).await;
        }
        let ended = |_| StoreError::Unavailable("nobody said whether it was done".to_owned());
        answer.await.map_err(ended)?
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
    let mut all = vec![first];
    while all.len() < MOST
        && let Ok(next) = more.try_recv()
    {
        all.push(next);
    }
    all
}
