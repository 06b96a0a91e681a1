//! Batches whose messages are answered one by one, and told as a whole.

use baton_shared::port::{Outgoing, QueueError};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// A call of `publish`.
pub(super) struct Request {
    pub(super) batch: Vec<Outgoing>,
    pub(super) reply: oneshot::Sender<Vec<Result<(), QueueError>>>,
}

impl Request {
    /// Answers the same for each.
    pub(super) fn refuse(self, error: &QueueError) {
        // Nobody waits any more: then nobody needs to know.
        let _ = self.reply.send(vec![Err(error.clone()); self.batch.len()]);
    }
}

/// Where an answer belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) batch: u64,
    pub(super) index: usize,
}

/// The batches that still wait for answers.
#[derive(Default)]
pub(super) struct Batches {
    open: HashMap<u64, Open>,
    next: u64,
}

struct Open {
    answers: Vec<Option<Result<(), QueueError>>>,
    left: usize,
    reply: oneshot::Sender<Vec<Result<(), QueueError>>>,
}

impl Batches {
    /// The messages with the places of their answers.
    pub(super) fn accept(
        &mut self,
        request: Request,
    ) -> impl Iterator<Item = (Slot, Outgoing)> + use<> {
        let Request { batch, reply } = request;
        let (id, left) = (self.next, batch.len());
        self.next += 1;
        if left > 0 {
            self.open.insert(
                id,
                Open {
                    answers: vec![None; left],
                    left,
                    reply,
                },
            );
        }
        batch
            .into_iter()
            .enumerate()
            .map(move |(index, out)| (Slot { batch: id, index }, out))
    }

    /// The first answer to a message counts.
    pub(super) fn answer(&mut self, slot: Slot, answer: Result<(), QueueError>) {
        let Some(open) = self.open.get_mut(&slot.batch) else {
            return;
        };
        let place = &mut open.answers[slot.index];
        if place.is_some() {
            return;
        }
        *place = Some(answer);
        open.left -= 1;
        if open.left == 0 {
            let Open { answers, reply, .. } = self.open.remove(&slot.batch).expect("just found");
            let _ = reply.send(answers.into_iter().flatten().collect());
        }
    }

    /// Answers everything unanswered.
    pub(super) fn refuse(&mut self, error: &QueueError) {
        for (_, open) in self.open.drain() {
            let answers = open
                .answers
                .into_iter()
                .map(|a| a.unwrap_or_else(|| Err(error.clone())));
            let _ = open.reply.send(answers.collect());
        }
    }
}
