//! The law of outcomes that are published in one call.

use super::publish::{message, publish_all};
use super::queue::{SILENCE, ack, bodies, open, receipts, silence, take};
use baton_shared::Partition;
use baton_shared::port::{Delivery, Inbox, Lane, Queue};
use std::collections::HashSet;
use tokio::time::timeout;

/// A queue may send outcomes of one call as one message: nobody who takes them can tell, but by those
/// that were acknowledged coming again with those that were not.
pub(super) async fn outcomes_come_apart<Q: Queue>(queue: &Q) {
    let lanes = [Lane::Outcomes(Partition(0)), Lane::Outcomes(Partition(1))];
    let sent = ["a", "not { JSON", "", "d", "e", "f"];
    let batch = sent.iter().enumerate();
    let batch = batch.map(|(nth, body)| message(&lanes[nth % 2], *body));
    publish_all(queue, batch.collect()).await;
    let source = [(lanes[0].clone(), 10), (lanes[1].clone(), 10)];
    let mut inbox = open(queue, &source).await;
    let taken = take(&mut inbox, 6).await;
    assert_eq!(
        bodies(&taken),
        ["", "a", "d", "e", "f", "not { JSON"],
        "each comes"
    );
    for delivery in &taken {
        let nth = sent
            .iter()
            .position(|body| body.as_bytes() == delivery.body);
        let nth = nth.expect("as it was sent");
        assert_eq!(delivery.lane, lanes[nth % 2], "from its lane");
    }
    let receipts: HashSet<_> = receipts(&taken).into_iter().collect();
    assert_eq!(receipts.len(), 6, "each has a receipt of its own");
    let is_open = |body: &[u8]| body == b"a" || body == b"d";
    let done: Vec<_> = taken
        .into_iter()
        .filter(|got| !is_open(&got.body))
        .collect();
    ack(queue, &done).await;
    silence(&mut inbox, "nothing new was published").await;
    drop(inbox);

    let mut inbox = open(queue, &source).await;
    let mut again = Vec::new();
    while again
        .iter()
        .filter(|got: &&Delivery| is_open(&got.body))
        .count()
        < 2
    {
        again.extend(take(&mut inbox, 1).await);
    }
    ack(queue, &again).await;
    // What is still to come was acknowledged before, and is now again.
    while let Ok(more) = timeout(SILENCE, inbox.next(10)).await {
        let more = more.expect("the queue is open");
        assert!(
            !more.iter().any(|got| is_open(&got.body)),
            "each once: {:?}",
            bodies(&more)
        );
        ack(queue, &more).await;
    }
    drop(inbox);
    let mut inbox = open(queue, &source).await;
    silence(&mut inbox, "all of them are done with").await;
}
