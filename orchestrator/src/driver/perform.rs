//! The second stage: what was appended is now performed, several batches at once.
//!
//! ```text
//!   acknowledge ─────────────────────────────────────────┐
//!   publish, all confirms together ─► in line to settle  ├─► done
//!   keep orphans ─► acknowledge them                     │
//!   forget expired sagas ────────────────────────────────┘
//! ```

use super::Shared;
use super::settle::settle;
use super::turn::Message;
use crate::orphan::Orphan;
use crate::outside::Ports;
use baton_engine::store::{Settled, Store, Version};
use baton_shared::planted::{self, Bug};
use baton_shared::port::{Delivery, Lane, Outgoing, Queue, Receipt, RecordKind, Records};
use baton_shared::{Envelope, Job, JobId, SagaId, Timestamp, Traceparent};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

/// What one batch owes the outside.
#[derive(Debug, Default)]
pub(super) struct Performance {
    pub(super) acks: Vec<Receipt>,
    pub(super) publications: Vec<Publication>,
    pub(super) settles: Vec<Settled>,
    pub(super) orphans: Vec<(Orphan, Delivery)>,
    pub(super) forgets: Vec<SagaId>,
}

/// Jobs of one saga.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) saga: SagaId,
    /// What the journal was at when they were owed.
    pub(super) at: Version,
    pub(super) jobs: Vec<Job>,
    pub(super) traceparent: Option<String>,
    /// Set with the settlement, if a claimed timer has to move.
    pub(super) timer: Option<Option<Timestamp>>,
}

impl Performance {
    pub(super) fn of(orphans: Vec<(Orphan, Delivery)>) -> Self {
        Self {
            orphans,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.acks.is_empty()
            && self.publications.is_empty()
            && self.settles.is_empty()
            && self.orphans.is_empty()
            && self.forgets.is_empty()
    }
}

/// Performs batches as they come, some at once, until there are no more.
pub(super) async fn perform_all<P: Ports>(
    shared: &Shared<P>,
    mut batches: mpsc::Receiver<Performance>,
    returned: mpsc::UnboundedSender<Message>,
    published: mpsc::UnboundedSender<Vec<SagaId>>,
) {
    let mut under_way = FuturesUnordered::new();
    let mut open = true;
    while open || !under_way.is_empty() {
        tokio::select! {
            biased;
            Some(messages) = under_way.next(), if !under_way.is_empty() => {
                for message in messages {
                    // Nobody takes them any more when we stop: unacknowledged, they come again.
                    let _stopped = returned.send(message);
                }
            }
            batch = batches.recv(), if open && under_way.len() < shared.settings.performing => {
                match batch {
                    Some(batch) => under_way.push(perform(shared, batch, &published)),
                    None => open = false,
                }
            }
        }
    }
}

/// Returns the messages that could not be kept as orphans.
async fn perform<P: Ports>(
    shared: &Shared<P>,
    batch: Performance,
    published: &mpsc::UnboundedSender<Vec<SagaId>>,
) -> Vec<Message> {
    let ((), (), (), messages, ()) = futures_util::join!(
        acknowledge(shared, batch.acks),
        publish(shared, batch.publications, published),
        settle(shared, batch.settles),
        keep_orphans(shared, batch.orphans),
        forget(shared, batch.forgets),
    );
    messages
}

async fn acknowledge<P: Ports>(shared: &Shared<P>, receipts: Vec<Receipt>) {
    if receipts.is_empty() {
        return;
    }
    // Before, and for a moment after: the messages come again and decide nothing. After: they are gone, and
    // all they led to is in the journal, with the duty to publish beside it.
    if let Err(error) = shared.ports.queue().ack(receipts).await {
        tracing::debug!(%error, "messages not acknowledged; they come again");
    }
}

async fn publish<P: Ports>(
    shared: &Shared<P>,
    publications: Vec<Publication>,
    published: &mpsc::UnboundedSender<Vec<SagaId>>,
) {
    if publications.is_empty() {
        return;
    }
    let mut messages = Vec::with_capacity(publications.len());
    let mut sent = Vec::with_capacity(publications.len());
    for publication in publications {
        let trace = publication
            .traceparent
            .as_deref()
            .and_then(Traceparent::parse)
            .map(|trace| trace.of_saga(&publication.saga).show());
        let ids: Vec<JobId> = publication.jobs.iter().map(|job| job.id.clone()).collect();
        let settled = Settled {
            saga: publication.saga,
            at: publication.at,
            duty: false,
            timer: publication.timer,
        };
        sent.push((settled, ids));
        for job in publication.jobs {
            messages.push(shared.outgoing(job, trace.clone()));
        }
    }
    // Before: nothing was sent, the duty comes due. Within: any of them may have been sent, and
    // will be sent again. After: each one confirmed is in its queue.
    let mut answers = shared.ports.queue().publish(messages).await.into_iter();
    let mut at_once = Vec::new();
    let mut later = Vec::new();
    for (mut done, jobs) in sent {
        let confirmed: Vec<JobId> = jobs
            .into_iter()
            .filter(|job| match answers.next() {
                Some(Ok(())) => true,
                Some(Err(_)) if planted::is(Bug::DutyClearedUnconfirmed) => true,
                Some(Err(error)) => {
                    tracing::warn!(%job, %error, "job not published; repeated when its duty is due");
                    false
                }
                None => false,
            })
            .collect();
        done.duty = shared.ledger.confirm(&done.saga, &confirmed);
        if done.timer.is_some() {
            at_once.push(done);
        } else if done.duty && shared.ledger.line_up(&done.saga) {
            later.push(done.saga);
        }
    }
    if !later.is_empty() {
        // The line ends after the last of us.
        let _ended = published.send(later);
    }
    settle(shared, at_once).await;
}

impl<P: Ports> Shared<P> {
    pub(super) fn outgoing(&self, job: Job, traceparent: Option<String>) -> Outgoing {
        let to = Lane::Jobs(job.service.clone());
        let mut envelope = Envelope::new(job);
        envelope.deadline = Some(envelope.body.deadline);
        envelope.traceparent.clone_from(&traceparent);
        Outgoing {
            to,
            id: self.ids.long(),
            body: envelope.encode(),
            traceparent,
        }
    }
}

async fn keep_orphans<P: Ports>(
    shared: &Shared<P>,
    orphans: Vec<(Orphan, Delivery)>,
) -> Vec<Message> {
    let mut returned = Vec::new();
    let mut kept = Vec::new();
    for (orphan, delivery) in orphans {
        if planted::is(Bug::OrphanNotKept) {
            kept.push(delivery.receipt);
            continue;
        }
        let records = shared.ports.records();
        // Before: it comes again. After: it is kept, maybe twice, and then acknowledged.
        match records
            .put_new(RecordKind::Orphan, &orphan.key(), orphan.encode())
            .await
        {
            Ok(_) => {
                tracing::warn!(reason = orphan.reason, "a message belongs to no saga; kept");
                shared.metrics.orphan();
                kept.push(delivery.receipt);
            }
            Err(error) => {
                tracing::warn!(%error, "an orphan cannot be kept yet");
                returned.push(Message::of(delivery));
            }
        }
    }
    acknowledge(shared, kept).await;
    returned
}

async fn forget<P: Ports>(shared: &Shared<P>, sagas: Vec<SagaId>) {
    for saga in sagas {
        // Before: its expiry comes due again. After: nothing of it is left.
        if let Err(error) = shared.ports.store().forget(saga.clone()).await {
            tracing::warn!(%saga, %error, "an expired saga cannot be removed yet");
        }
    }
}
