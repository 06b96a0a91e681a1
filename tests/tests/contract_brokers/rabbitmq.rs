//! RabbitMQ: the laws of the port `Queue`, its death, its refusals.

use crate::acks;
use crate::{PATIENCE, fresh, ran, until};
use baton_adapters::amqp;
use baton_shared::port::{Delivery, Inbox, Lane, Outgoing, Queue, QueueError, Source};
use baton_tests::brokers::RabbitMq;
use baton_tests::contract;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub(crate) async fn queue(server: &RabbitMq, prefix: &str) -> amqp::Queue {
    let prefix = prefix.to_owned();
    amqp::connect(amqp::Settings {
        url: server.url(),
        prefix,
        ..amqp::Settings::default()
    })
    .await
    .expect("RabbitMQ is there")
}

pub(crate) fn jobs(service: &str) -> Lane {
    Lane::Jobs(service.parse().expect("a service name"))
}

fn message(to: &Lane, body: &str) -> Outgoing {
    Outgoing {
        to: to.clone(),
        id: body.into(),
        body: body.into(),
        traceparent: None,
    }
}

pub(crate) async fn publish(queue: &amqp::Queue, to: &Lane, body: &str) -> Result<(), QueueError> {
    queue.publish(vec![message(to, body)]).await.remove(0)
}

/// Publishes again and again until it is taken.
async fn publish_soon(queue: &amqp::Queue, to: &Lane, body: &str) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = publish(queue, to, body).await {
        assert!(
            Instant::now() < deadline,
            "not within {PATIENCE:?}: {error}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn open(queue: &amqp::Queue, lane: &Lane) -> amqp::Inbox {
    let source = Source {
        lanes: vec![(lane.clone(), 100)],
    };
    queue.open(source).await.expect("the source can be opened")
}

pub(crate) async fn take(inbox: &mut amqp::Inbox) -> Delivery {
    let next = tokio::time::timeout(PATIENCE, inbox.next(1))
        .await
        .expect("a message comes");
    next.expect("the queue is open").remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_contract_holds_on_rabbitmq() {
    let server = RabbitMq::start().await.expect("RabbitMQ");
    contract::queue::exercise(async || queue(&server, &fresh()).await).await;
    ran("RabbitMQ", "every law of the port Queue");
}

/// Publishes until `goal` messages are confirmed, noting which; failures are noted and left.
async fn publish_until(
    queue: &amqp::Queue,
    lane: &Lane,
    goal: usize,
    confirmed: &Mutex<BTreeSet<String>>,
    failed: &AtomicUsize,
) {
    for round in 0.. {
        let names: Vec<String> = (0..20).map(|nth| format!("m-{round}-{nth}")).collect();
        let batch = names.iter().map(|name| message(lane, name)).collect();
        let answers = queue.publish(batch).await;
        let down = answers.iter().any(Result::is_err);
        let mut count = 0;
        for (name, answer) in names.into_iter().zip(answers) {
            match answer {
                Ok(()) => {
                    let mut confirmed = confirmed.lock().expect("no panic");
                    confirmed.insert(name);
                    count = confirmed.len();
                }
                // It may refuse what a queue of its own cannot take while it starts.
                Err(QueueError::Unavailable(_) | QueueError::Full(_)) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                Err(other) => panic!("an outage is no {other}"),
            }
        }
        if count >= goal {
            return;
        }
        if down {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Notes and acknowledges what comes, until the queue is closed.
async fn read(
    queue: Arc<amqp::Queue>,
    mut inbox: amqp::Inbox,
    received: Arc<Mutex<BTreeSet<String>>>,
) {
    while let Some(some) = inbox.next(50).await {
        let bodies = some
            .iter()
            .map(|d| String::from_utf8_lossy(&d.body).into_owned());
        received.lock().expect("no panic").extend(bodies);
        let receipts = some.iter().map(|delivery| delivery.receipt).collect();
        queue
            .ack(receipts)
            .await
            .expect("acknowledgements are taken or void");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rabbitmq_confirmed_survives_its_death() {
    let mut server = RabbitMq::start().await.expect("RabbitMQ");
    let (publisher, prefix) = (Arc::new(queue(&server, "baton").await), "baton".to_owned());
    let lane = jobs("payments");
    let confirmed = Arc::new(Mutex::new(BTreeSet::new()));
    let failed = Arc::new(AtomicUsize::new(0));
    let inbox = open(&publisher, &lane).await;
    assert_eq!(publish(&publisher, &lane, "first").await, Ok(()));
    server
        .registered("baton.jobs.payments")
        .await
        .expect("the queue is on disk");

    let sending = tokio::spawn({
        let (queue, lane) = (publisher.clone(), lane.clone());
        let (confirmed, failed) = (confirmed.clone(), failed.clone());
        async move { publish_until(&queue, &lane, 2_000, &confirmed, &failed).await }
    });
    let received = Arc::new(Mutex::new(BTreeSet::new()));
    let reading = tokio::spawn(read(publisher.clone(), inbox, received.clone()));

    let count = || confirmed.lock().expect("no panic").len();
    until("600 messages are confirmed", || count() >= 600).await;
    server.kill();
    until("publishing fails", || failed.load(Ordering::Relaxed) > 0).await;
    assert!(
        matches!(publisher.trouble(), Some(QueueError::Unavailable(_))),
        "and it is said"
    );

    let settings = amqp::Settings {
        url: server.url(),
        prefix,
        wait: true,
        ..Default::default()
    };
    let patient = amqp::connect(settings)
        .await
        .expect("it waits for the broker");
    assert!(patient.trouble().is_some(), "and says that it does");
    server.restart().await.expect("RabbitMQ again");
    tokio::time::timeout(PATIENCE, sending)
        .await
        .expect("the goal in time")
        .expect("no panic");
    until("the inboxes and the patient one recover", || {
        publisher.trouble().is_none() && patient.trouble().is_none()
    })
    .await;
    let all = confirmed.lock().expect("no panic").clone();
    until("every confirmed message is delivered", || {
        received.lock().expect("no panic").is_superset(&all)
    })
    .await;
    assert_eq!(
        publish(&patient, &lane, "late").await,
        Ok(()),
        "the patient one publishes"
    );

    publisher.close().await;
    reading.await.expect("a closed queue ends its inboxes");
    let lost = failed.load(Ordering::Relaxed);
    ran(
        "RabbitMQ",
        &format!(
            "killed: {} confirmed and delivered, {lost} refused",
            all.len()
        ),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_says_no_and_heals() {
    let server = RabbitMq::start().await.expect("RabbitMQ");
    memory_alarm(&server).await;
    deleted_queues(&server).await;
    poison(&server).await;
    refused_connections(&server).await;
    acks::told_beside_what_is_slow(&server).await;
    acks::a_small_lane_is_told_at_once(&server).await;
}

async fn memory_alarm(server: &RabbitMq) {
    let (queue, lane) = (queue(server, &fresh()).await, jobs("payments"));
    assert_eq!(publish(&queue, &lane, "before").await, Ok(()));
    server
        .rabbitmqctl(&["set_vm_memory_high_watermark", "0"])
        .await
        .expect("alarm");
    // The broker tells a connection only when it next publishes.
    let first = publish(&queue, &lane, "first").await;
    assert!(matches!(first, Err(QueueError::Full(_))), "{first:?}");
    assert!(
        matches!(queue.trouble(), Some(QueueError::Full(_))),
        "{:?}",
        queue.trouble()
    );
    let asked = Instant::now();
    let answers = queue
        .publish(vec![message(&lane, "a"), message(&lane, "b")])
        .await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(QueueError::Full(_))))
    );
    assert!(
        asked.elapsed() < Duration::from_millis(200),
        "at once, not in {:?}",
        asked.elapsed()
    );

    let mut inbox = open(&queue, &lane).await;
    let delivery = take(&mut inbox).await;
    assert_eq!(
        delivery.body, b"before",
        "what was taken before still flows"
    );
    queue
        .ack(vec![delivery.receipt])
        .await
        .expect("and is acknowledged");

    server
        .rabbitmqctl(&["set_vm_memory_high_watermark", "0.6"])
        .await
        .expect("no alarm");
    until("the alarm is over", || queue.trouble().is_none()).await;
    assert_eq!(publish(&queue, &lane, "after").await, Ok(()));
    while take(&mut inbox).await.body != b"after" {}
    ran("RabbitMQ", "a memory alarm refuses at once and heals");
}

async fn deleted_queues(server: &RabbitMq) {
    let prefix = fresh();
    let queue = queue(server, &prefix).await;
    let (kept, gone) = (jobs("kept"), jobs("gone"));
    for lane in [&kept, &gone] {
        assert_eq!(publish(&queue, lane, "first").await, Ok(()));
    }
    let delete = |service: &str| vec!["delete_queue".into(), format!("{prefix}.jobs.{service}")];
    let ctl = async |args: Vec<String>| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        server.rabbitmqctl(&args).await.expect("rabbitmqctl works");
    };
    ctl(delete("gone")).await;
    let lanes: Vec<&Lane> = [&kept, &gone, &kept]
        .into_iter()
        .cycle()
        .take(300)
        .collect();
    let answers = queue
        .publish(lanes.iter().map(|lane| message(lane, "x")).collect())
        .await;
    for (lane, answer) in lanes.iter().zip(answers) {
        match answer {
            Ok(()) => assert_eq!(*lane, &kept, "a message to nowhere is not taken"),
            Err(QueueError::Unroutable(_)) => assert_eq!(*lane, &gone, "a routed message is taken"),
            Err(other) => panic!("{lane:?}: {other}"),
        }
    }
    publish_soon(&queue, &gone, "again").await;

    let mut inbox = open(&queue, &kept).await;
    let first = take(&mut inbox).await;
    ctl(delete("kept")).await;
    queue
        .ack(vec![first.receipt])
        .await
        .expect("a receipt of a deleted queue is void");
    publish_soon(&queue, &kept, "reborn").await;
    // What the inbox still has of the deleted queue is acknowledged to nobody.
    loop {
        let delivery = take(&mut inbox).await;
        queue
            .ack(vec![delivery.receipt])
            .await
            .expect("a receipt of a deleted queue is void");
        if delivery.body == b"reborn" {
            break;
        }
    }
    ran(
        "RabbitMQ",
        "a deleted queue is noticed by publisher and inbox, and made again",
    );
}

async fn poison(server: &RabbitMq) {
    let (queue, lane) = (queue(server, &fresh()).await, jobs("payments"));
    assert_eq!(publish(&queue, &lane, "poison").await, Ok(()));
    let mut dead = open(&queue, &Lane::Dead).await;
    let mut deliveries = 0;
    let buried = loop {
        // Dropping the inbox with the message in hand is what a crash looks like.
        let mut inbox = open(&queue, &lane).await;
        tokio::select! {
            delivery = take(&mut inbox) => {
                assert_eq!(delivery.redelivered, deliveries > 0);
                deliveries += 1;
                assert!(deliveries < 50, "it comes for ever");
            }
            buried = take(&mut dead) => break buried,
        }
    };
    assert_eq!(buried.body, b"poison");
    let death = buried.death.expect("the dead lane says why");
    assert_eq!(
        (death.reason.as_str(), death.from.as_str()),
        ("delivery_limit", "jobs.payments")
    );
    queue
        .ack(vec![buried.receipt])
        .await
        .expect("it is acknowledged");
    ran(
        "RabbitMQ",
        &format!("poison is dead after {deliveries} deliveries"),
    );
}

async fn refused_connections(server: &RabbitMq) {
    let port = server.port();
    let refusal = async |url: String| {
        let settings = amqp::Settings {
            url,
            ..amqp::Settings::default()
        };
        let asked = Instant::now();
        let error = amqp::connect(settings)
            .await
            .err()
            .expect("it is refused")
            .to_string();
        assert!(!error.contains("s3cret"), "{error}");
        assert!(
            asked.elapsed() < Duration::from_secs(11),
            "{:?}: {error}",
            asked.elapsed()
        );
        error
    };
    let login = refusal(format!("amqp://app:s3cret@127.0.0.1:{port}/%2f")).await;
    assert!(login.contains(&format!("app@127.0.0.1:{port}")), "{login}");
    assert!(login.contains("access refused"), "{login}");
    let vhost = refusal(format!("amqp://guest:guest@127.0.0.1:{port}/nowhere")).await;
    assert!(vhost.contains("nowhere"), "{vhost}");
    let nobody = refusal("amqp://app:s3cret@127.0.0.1:1/%2f".to_owned()).await;
    assert!(nobody.contains("nobody listens"), "{nobody}");
    ran(
        "RabbitMQ",
        "refused logins and missing brokers are told without the password",
    );
}

/// Before 4.3 a quorum queue that was killed right after its first declaration never has a leader
/// again, and whoever consumes from it is thrown out. That is the queue's misfortune alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_without_a_leader_holds_up_no_other() {
    let mut server = RabbitMq::start().await.expect("RabbitMQ");
    let queue = queue(&server, "baton").await;
    let (well, young) = (jobs("well"), jobs("young"));
    assert_eq!(publish(&queue, &well, "before").await, Ok(()));
    server
        .registered("baton.jobs.well")
        .await
        .expect("the queue is on disk");
    assert_eq!(publish(&queue, &young, "lost").await, Ok(()));
    server.kill();
    server.restart().await.expect("RabbitMQ again");
    let source = Source {
        lanes: vec![(young.clone(), 100), (well.clone(), 100)],
    };
    let mut inbox = queue.open(source).await.expect("the source can be opened");
    publish_soon(&queue, &well, "after").await;
    let mut waited = BTreeSet::from([b"before".to_vec(), b"after".to_vec()]);
    while !waited.is_empty() {
        let delivery = take(&mut inbox).await;
        waited.remove(&delivery.body);
    }
    ran("RabbitMQ", "a queue without a leader holds up no other");
}

/// A queue that is served again is taken in beside the others: what is in hand of those stays there, and
/// is not delivered a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_is_served_again_disturbs_no_other() {
    let server = RabbitMq::start().await.expect("RabbitMQ");
    let queue = queue(&server, "baton").await;
    let (well, ill) = (jobs("well"), jobs("ill"));
    assert_eq!(publish(&queue, &ill, "lost").await, Ok(()));
    assert_eq!(publish(&queue, &well, "held").await, Ok(()));
    let stop = "ra:stop_server(quorum_queues, {'%2F_baton.jobs.ill', node()}).";
    let stopped = server.rabbitmqctl(&["eval", stop]).await;
    stopped.expect("its process is stopped");
    let source = Source {
        lanes: vec![(ill.clone(), 100), (well.clone(), 100)],
    };
    let mut inbox = queue.open(source).await.expect("the source can be opened");
    let held = take(&mut inbox).await;
    assert_eq!(held.body, b"held");

    let deleted = server.rabbitmqctl(&["delete_queue", "baton.jobs.ill"]);
    deleted.await.expect("a person deletes it");
    publish_soon(&queue, &ill, "anew").await;
    let anew = take(&mut inbox).await;
    assert_eq!(anew.body, b"anew", "what is in hand did not come again");
    let receipts = vec![held.receipt, anew.receipt];
    assert_eq!(queue.ack(receipts).await, Ok(()));
    drop(inbox);
    let mut inbox = open(&queue, &well).await;
    publish_soon(&queue, &well, "next").await;
    assert_eq!(take(&mut inbox).await.body, b"next", "the receipt counted");
    ran("RabbitMQ", "a queue that is served again disturbs no other");
}
