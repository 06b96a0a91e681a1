//! Publishing for the laws of the port `Queue`, until it is taken.

use super::queue::{PATIENCE, SILENCE};
use baton_shared::port::{Lane, Outgoing, Queue, QueueError};
use tokio::time::{Instant, sleep};

pub(super) fn message(to: &Lane, body: impl Into<Vec<u8>>) -> Outgoing {
    let body = body.into();
    let id = format!(
        "id-{}",
        String::from_utf8_lossy(&body[..body.len().min(20)])
    );
    Outgoing {
        to: to.clone(),
        id,
        body,
        traceparent: None,
    }
}

pub(super) async fn publish<Q: Queue>(queue: &Q, to: &Lane, bodies: &[&str]) {
    publish_all(
        queue,
        bodies.iter().map(|body| message(to, *body)).collect(),
    )
    .await;
}

/// Publishes what is not taken again, as the port asks of who is refused for now, and fails when that
/// does not end or anything else is wrong.
pub(super) async fn publish_all<Q: Queue>(queue: &Q, mut batch: Vec<Outgoing>) {
    let end = Instant::now() + PATIENCE;
    loop {
        let answers = queue.publish(batch.clone()).await;
        assert_eq!(answers.len(), batch.len(), "each message has its answer");
        let mut answers = answers.into_iter();
        batch.retain(|_| match answers.next() {
            Some(Err(QueueError::Full(why))) => {
                assert!(Instant::now() < end, "it is never taken: {why}");
                true
            }
            other => {
                assert_eq!(other, Some(Ok(())), "each message is taken");
                false
            }
        });
        if batch.is_empty() {
            return;
        }
        sleep(SILENCE).await;
    }
}
