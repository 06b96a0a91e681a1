//! RabbitMQ: what becomes of an acknowledgement.

use crate::rabbitmq::{jobs, open, publish, queue, take};
use crate::{PATIENCE, fresh, ran, until};
use baton_shared::port::{Queue, Source};
use baton_tests::brokers::RabbitMq;
use std::time::{Duration, Instant};

/// Whoever acknowledges has other things to do than to wait for a broker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_while_rabbitmq_is_away_is_void_at_once() {
    let mut server = RabbitMq::start().await.expect("RabbitMQ");
    let queue = queue(&server, "baton").await;
    let lane = jobs("payments");
    let mut inbox = open(&queue, &lane).await;
    assert_eq!(publish(&queue, &lane, "first").await, Ok(()));
    let delivery = take(&mut inbox).await;
    server.kill();
    until("its death is noticed", || queue.trouble().is_some()).await;
    // Whatever the inbox is at: noticing, waiting, connecting.
    for _ in 0..30 {
        let began = Instant::now();
        assert_eq!(queue.ack(vec![delivery.receipt]).await, Ok(()));
        let took = began.elapsed();
        assert!(took < Duration::from_secs(1), "it took {took:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ran("RabbitMQ", "acknowledging waits for no reconnection");
}

/// An acknowledgement may wait for others to be told with it, and not for ever: neither for what is still
/// being worked on, nor for more to come.
pub(crate) async fn told_beside_what_is_slow(server: &RabbitMq) {
    let prefix = fresh();
    let (queue, lane) = (queue(server, &prefix).await, jobs("payments"));
    for body in ["slow", "quick"] {
        assert_eq!(publish(&queue, &lane, body).await, Ok(()));
    }
    let mut inbox = open(&queue, &lane).await;
    let (slow, quick) = (take(&mut inbox).await, take(&mut inbox).await);
    assert_eq!((&*slow.body, &*quick.body), (&b"slow"[..], &b"quick"[..]));
    let name = format!("{prefix}.jobs.payments");
    for (done, left) in [(quick, 1), (slow, 0)] {
        queue.ack(vec![done.receipt]).await.expect("it is taken");
        depth_becomes(server, &name, left).await;
    }
    ran("RabbitMQ", "what is done with is told beside what is not");
}

/// Waits until the broker counts so many messages in a queue, in hand or not.
async fn depth_becomes(server: &RabbitMq, queue: &str, depth: usize) {
    let wanted = format!("{queue}\t{depth}");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let asked = [
            "-q",
            "list_queues",
            "--no-table-headers",
            "name",
            "messages",
        ];
        let said = server.rabbitmqctl(&asked).await.expect("it answers");
        if said.lines().any(|line| line == wanted) {
            return;
        }
        assert!(Instant::now() < deadline, "not {wanted}: {said}");
    }
}

/// What a lane may have in hand is its own affair: one that may have a single message is told of at once,
/// beside a lane that may have many and has one in hand for long.
pub(crate) async fn a_small_lane_is_told_at_once(server: &RabbitMq) {
    let queue = queue(server, &fresh()).await;
    let (large, small) = (jobs("large"), jobs("small"));
    assert_eq!(publish(&queue, &large, "slow").await, Ok(()));
    let source = Source {
        lanes: vec![(large, 100), (small.clone(), 1)],
    };
    let mut inbox = queue.open(source).await.expect("the source can be opened");
    let slow = take(&mut inbox).await;
    assert_eq!(slow.body, b"slow");
    for _ in 0..20 {
        assert_eq!(publish(&queue, &small, "quick").await, Ok(()));
    }
    let began = Instant::now();
    for _ in 0..20 {
        let quick = take(&mut inbox).await;
        queue.ack(vec![quick.receipt]).await.expect("it is taken");
    }
    // Waiting for the slow one each would take some 400 ms.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "it took {took:?}");
    ran(
        "RabbitMQ",
        "a lane of one message is not held up by another",
    );
}
