//! The laws of the port `Queue`.
//!
//! They use the services of [`SERVICES`] and the partitions of [`PARTITIONS`]; a broker that must
//! know its lanes beforehand declares those. "Nothing comes" is judged after a short silence: a slow
//! broker can hide a broken law there, but a kept law never fails.

use super::publish::{message, publish, publish_all};
use super::{law, together};
use baton_shared::port::{Delivery, Inbox, Lane, Queue, Receipt, Source};
use baton_shared::{Partition, ServiceName};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// The services whose lanes the suite uses.
pub const SERVICES: [&str; 2] = ["payments", "stock"];
/// The partitions whose lanes the suite uses: 0 and 1.
pub const PARTITIONS: u16 = 2;

pub(super) const PATIENCE: Duration = Duration::from_secs(20);
pub(super) const SILENCE: Duration = Duration::from_millis(200);

/// Runs every law. `make` gives a queue whose lanes are empty each time.
pub async fn exercise<Q: Queue>(make: impl AsyncFn() -> Q) {
    law("what is published is delivered", &make, delivers).await;
    law("a message waits for its inbox", &make, waits_for_its_inbox).await;
    law("lanes are apart", &make, lanes_are_apart).await;
    law(
        "what is acknowledged does not come again",
        &make,
        acknowledged_is_gone,
    )
    .await;
    law(
        "nor does it when its inbox is dropped at once",
        &make,
        acknowledged_is_gone_at_once,
    )
    .await;
    law(
        "what is not acknowledged comes again",
        &make,
        unacknowledged_comes_again,
    )
    .await;
    law("no more than the prefetch is out", &make, prefetch_bounds).await;
    law(
        "each lane of a source has its own prefetch",
        &make,
        prefetch_is_by_lane,
    )
    .await;
    law(
        "outcomes of one call come each by itself",
        &make,
        together::outcomes_come_apart,
    )
    .await;
    law("inboxes share a lane", &make, inboxes_compete).await;
    law(
        "what is rejected goes to the dead lane",
        &make,
        rejected_is_dead,
    )
    .await;
    law(
        "a receipt of a closed inbox is void",
        &make,
        old_receipts_are_void,
    )
    .await;
    law("1,000 messages in one batch", &make, large_batch).await;
    law("a message of 200 KiB is whole", &make, large_message).await;
    law(
        "next gives at most what it is asked for",
        &make,
        next_is_bounded,
    )
    .await;
}

fn jobs(service: usize) -> Lane {
    let name: ServiceName = SERVICES[service]
        .parse()
        .expect("the suite's services are valid");
    Lane::Jobs(name)
}

pub(super) async fn open<Q: Queue>(queue: &Q, lanes: &[(Lane, u16)]) -> Q::Inbox {
    queue
        .open(Source {
            lanes: lanes.to_vec(),
        })
        .await
        .expect("the source can be opened")
}

/// Receives until there are `count`, and fails when they do not come.
pub(super) async fn take<I: Inbox>(inbox: &mut I, count: usize) -> Vec<Delivery> {
    let end = Instant::now() + PATIENCE;
    let mut taken = Vec::new();
    while taken.len() < count {
        let next = timeout_at(end, inbox.next(count - taken.len())).await;
        let Ok(next) = next else {
            panic!(
                "{} of {count} messages came: {:?}",
                taken.len(),
                bodies(&taken)
            );
        };
        let some = next.expect("the queue is open");
        assert!(!some.is_empty(), "next waits for at least one message");
        taken.extend(some);
    }
    taken
}

pub(super) async fn silence<I: Inbox>(inbox: &mut I, why: &str) {
    if let Ok(more) = timeout(SILENCE, inbox.next(10)).await {
        panic!("{why}: {:?}", more.map(|more| bodies(&more)));
    }
}

/// What came, sorted: the port promises no order.
pub(super) fn bodies(deliveries: &[Delivery]) -> Vec<String> {
    let mut bodies: Vec<_> = deliveries
        .iter()
        .map(|delivery| {
            String::from_utf8_lossy(&delivery.body[..])
                .chars()
                .take(40)
                .collect()
        })
        .collect();
    bodies.sort();
    bodies
}

pub(super) fn receipts(deliveries: &[Delivery]) -> Vec<Receipt> {
    deliveries.iter().map(|delivery| delivery.receipt).collect()
}

pub(super) async fn ack<Q: Queue>(queue: &Q, deliveries: &[Delivery]) {
    assert_eq!(
        queue.ack(receipts(deliveries)).await,
        Ok(()),
        "an acknowledgement is taken"
    );
}

async fn delivers<Q: Queue>(queue: &Q) {
    assert_eq!(queue.trouble(), None, "nothing is wrong with the queue");
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    publish(queue, &jobs(0), &["a", "b", "c"]).await;
    let taken = take(&mut inbox, 3).await;
    assert_eq!(bodies(&taken), ["a", "b", "c"], "each message comes");
    for delivery in &taken {
        assert_eq!(delivery.lane, jobs(0), "from its lane");
        assert!(!delivery.redelivered, "for the first time");
        assert_eq!(delivery.death, None, "and alive");
    }
    ack(queue, &taken).await;
    assert_eq!(
        queue.publish(vec![]).await,
        vec![],
        "an empty batch is fine"
    );
    assert_eq!(
        queue.ack(vec![]).await,
        Ok(()),
        "acknowledging nothing is fine"
    );
}

async fn waits_for_its_inbox<Q: Queue>(queue: &Q) {
    let lane = Lane::Outcomes(Partition(1));
    publish(queue, &lane, &["early"]).await;
    let mut inbox = open(queue, &[(lane.clone(), 10)]).await;
    let taken = take(&mut inbox, 1).await;
    assert_eq!(
        bodies(&taken),
        ["early"],
        "published before the inbox was there"
    );
    ack(queue, &taken).await;
}

async fn lanes_are_apart<Q: Queue>(queue: &Q) {
    let outcomes = [Lane::Outcomes(Partition(0)), Lane::Outcomes(Partition(1))];
    publish(queue, &outcomes[0], &["zero"]).await;
    publish(queue, &outcomes[1], &["one"]).await;
    publish(queue, &jobs(0), &["pay"]).await;
    publish(queue, &jobs(1), &["pick"]).await;
    let mut single = open(queue, &[(jobs(1), 10)]).await;
    let taken = take(&mut single, 1).await;
    assert_eq!(bodies(&taken), ["pick"], "an inbox gets its lane");
    silence(&mut single, "and no other").await;
    ack(queue, &taken).await;

    let several: Vec<_> = outcomes
        .iter()
        .cloned()
        .chain([jobs(0)])
        .map(|lane| (lane, 10))
        .collect();
    let mut several = open(queue, &several).await;
    let taken = take(&mut several, 3).await;
    assert_eq!(
        bodies(&taken),
        ["one", "pay", "zero"],
        "a source may have several lanes"
    );
    for delivery in &taken {
        let expected = match delivery.body.as_slice() {
            b"zero" => outcomes[0].clone(),
            b"one" => outcomes[1].clone(),
            _ => jobs(0),
        };
        assert_eq!(delivery.lane, expected, "each delivery names its lane");
    }
    ack(queue, &taken).await;
}

async fn acknowledged_is_gone<Q: Queue>(queue: &Q) {
    publish(queue, &jobs(0), &["a", "b", "c"]).await;
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let taken = take(&mut inbox, 3).await;
    ack(queue, &taken).await;
    ack(queue, &taken).await;
    silence(&mut inbox, "acknowledged messages came again").await;
    drop(inbox);
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    silence(&mut inbox, "acknowledged messages came to another inbox").await;
}

/// Also where a queue gathers what is done with: whoever leaves in order has said all of it.
async fn acknowledged_is_gone_at_once<Q: Queue>(queue: &Q) {
    publish(queue, &jobs(0), &["a", "b", "c", "d", "e"]).await;
    let mut inbox = open(queue, &[(jobs(0), 100)]).await;
    let taken = take(&mut inbox, 5).await;
    ack(queue, &taken[..2]).await;
    ack(queue, &taken[3..4]).await;
    drop(inbox);
    let mut left = bodies(&[taken[2].clone(), taken[4].clone()]);
    let mut inbox = open(queue, &[(jobs(0), 100)]).await;
    let taken = take(&mut inbox, 2).await;
    // In whatever order they came, and come.
    let mut again = bodies(&taken);
    left.sort_unstable();
    again.sort_unstable();
    assert_eq!(again, left, "the others were done with");
    ack(queue, &taken).await;
    silence(&mut inbox, "and then no more").await;
}

async fn unacknowledged_comes_again<Q: Queue>(queue: &Q) {
    publish(queue, &jobs(0), &["a", "b", "c"]).await;
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let taken = take(&mut inbox, 3).await;
    let done: Vec<_> = taken
        .into_iter()
        .filter(|delivery| delivery.body == b"b")
        .collect();
    ack(queue, &done).await;
    // An acknowledgement may be on its way; the law is about what was never acknowledged.
    silence(&mut inbox, "nothing new was published").await;
    drop(inbox);
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let taken = take(&mut inbox, 2).await;
    assert_eq!(
        bodies(&taken),
        ["a", "c"],
        "what was not acknowledged comes again"
    );
    assert!(
        taken.iter().all(|delivery| delivery.redelivered),
        "and says that it does"
    );
    ack(queue, &taken).await;
    silence(&mut inbox, "and then no more").await;
}

async fn prefetch_bounds<Q: Queue>(queue: &Q) {
    publish(queue, &jobs(0), &["a", "b", "c", "d", "e"]).await;
    let mut inbox = open(queue, &[(jobs(0), 3)]).await;
    let held = take(&mut inbox, 3).await;
    silence(&mut inbox, "no more than three are out").await;
    ack(queue, &held[..1]).await;
    let fourth = take(&mut inbox, 1).await;
    silence(&mut inbox, "each acknowledgement makes room for one").await;
    ack(queue, &held[1..]).await;
    ack(queue, &fourth).await;
    let last = take(&mut inbox, 1).await;
    ack(queue, &last).await;
    let all = [held, fourth, last].concat();
    assert_eq!(
        bodies(&all),
        ["a", "b", "c", "d", "e"],
        "all come in the end"
    );
}

async fn prefetch_is_by_lane<Q: Queue>(queue: &Q) {
    let outcomes = Lane::Outcomes(Partition(0));
    publish(queue, &jobs(0), &["a", "b", "c"]).await;
    // By themselves: outcomes of one call may count as one.
    for body in ["x", "y", "z"] {
        publish(queue, &outcomes, &[body]).await;
    }
    let mut inbox = open(queue, &[(jobs(0), 1), (outcomes.clone(), 2)]).await;
    let held = take(&mut inbox, 3).await;
    silence(&mut inbox, "one of one lane and two of the other are out").await;
    let of_jobs: Vec<_> = held
        .iter()
        .filter(|delivery| delivery.lane == jobs(0))
        .cloned()
        .collect();
    assert_eq!(of_jobs.len(), 1, "each lane keeps its own bound");
    ack(queue, &of_jobs).await;
    let next = take(&mut inbox, 1).await;
    assert_eq!(
        next[0].lane,
        jobs(0),
        "room in one lane is filled from that lane"
    );
    ack(queue, &next).await;
    ack(queue, &held).await;
    let rest = take(&mut inbox, 2).await;
    ack(queue, &rest).await;
    let all = [held, next, rest].concat();
    assert_eq!(
        bodies(&all),
        ["a", "b", "c", "x", "y", "z"],
        "all come in the end"
    );
}

async fn inboxes_compete<Q: Queue>(queue: &Q) {
    let mut inboxes = [
        open(queue, &[(jobs(0), 1)]).await,
        open(queue, &[(jobs(0), 1)]).await,
        open(queue, &[(jobs(0), 1)]).await,
    ];
    let names: Vec<_> = (0..60).map(|nth| format!("m{nth:02}")).collect();
    publish(
        queue,
        &jobs(0),
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    // Each holds one message: a lane that served only one inbox would leave the others waiting.
    let first = join_all(inboxes.iter_mut().map(|inbox| take(inbox, 1)))
        .await
        .concat();
    ack(queue, &first).await;
    let mut all = first;
    let end = Instant::now() + PATIENCE;
    while all.len() < 60 {
        assert!(Instant::now() < end, "only {} of 60 came", all.len());
        for inbox in &mut inboxes {
            if let Ok(more) = timeout(Duration::from_millis(20), inbox.next(5)).await {
                let more = more.expect("the queue is open");
                ack(queue, &more).await;
                all.extend(more);
            }
        }
    }
    assert_eq!(bodies(&all), names, "each message comes to exactly one");
}

async fn rejected_is_dead<Q: Queue>(queue: &Q) {
    publish(queue, &jobs(0), &["good", "bad"]).await;
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let taken = take(&mut inbox, 2).await;
    for delivery in &taken {
        if delivery.body == b"bad" {
            assert_eq!(
                queue.reject(delivery.receipt).await,
                Ok(()),
                "a message can be rejected"
            );
        } else {
            ack(queue, std::slice::from_ref(delivery)).await;
        }
    }
    silence(&mut inbox, "a rejected message does not come again").await;
    let mut dead = open(queue, &[(Lane::Dead, 10)]).await;
    let buried = take(&mut dead, 1).await;
    assert_eq!(bodies(&buried), ["bad"], "it is in the dead lane, whole");
    assert_eq!(buried[0].lane, Lane::Dead, "and says so");
    let death = buried[0].death.clone().expect("the dead lane says why");
    assert_eq!(death.reason, "rejected", "why");
    assert!(
        death.from.contains(SERVICES[0]),
        "and from where: `{}`",
        death.from
    );

    drop(dead);
    let mut dead = open(queue, &[(Lane::Dead, 10)]).await;
    let again = take(&mut dead, 1).await;
    assert_eq!(
        bodies(&again),
        ["bad"],
        "the dead lane is at least once, like any other"
    );
    assert_eq!(
        again[0].death.as_ref(),
        Some(&death),
        "and keeps the reason"
    );
    ack(queue, &again).await;
    silence(&mut dead, "acknowledged, it is gone").await;
}

async fn old_receipts_are_void<Q: Queue>(queue: &Q) {
    publish(queue, &jobs(0), &["a", "b"]).await;
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let old = take(&mut inbox, 2).await;
    drop(inbox);
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let new = take(&mut inbox, 2).await;
    assert_eq!(bodies(&new), ["a", "b"], "they come again");
    assert_eq!(
        queue.ack(receipts(&old[..1])).await,
        Ok(()),
        "an old receipt is silently void"
    );
    assert_eq!(
        queue.reject(old[1].receipt).await,
        Ok(()),
        "an old receipt is silently void"
    );
    let mut dead = open(queue, &[(Lane::Dead, 10)]).await;
    silence(&mut dead, "an old receipt rejected a message").await;
    drop(inbox);
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let again = take(&mut inbox, 2).await;
    assert_eq!(
        bodies(&again),
        ["a", "b"],
        "an old receipt acknowledged a message"
    );
    ack(queue, &again).await;
}

async fn large_batch<Q: Queue>(queue: &Q) {
    let names: Vec<_> = (0..1_000).map(|nth| format!("m{nth:04}")).collect();
    publish(
        queue,
        &jobs(0),
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    let mut inbox = open(queue, &[(jobs(0), 100)]).await;
    let mut all = Vec::new();
    while all.len() < 1_000 {
        let some = take(&mut inbox, 50).await;
        ack(queue, &some).await;
        all.extend(some);
    }
    assert_eq!(bodies(&all), names, "each message comes once");
}

async fn large_message<Q: Queue>(queue: &Q) {
    let body: Vec<u8> = (0..200 * 1024_u32)
        .map(|i| (i.wrapping_mul(40_503) >> 9) as u8)
        .collect();
    let mut batch = vec![message(&jobs(0), body.clone())];
    batch[0].traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
    publish_all(queue, batch).await;
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let taken = take(&mut inbox, 1).await;
    assert!(taken[0].body == body, "and comes as it was sent");
    ack(queue, &taken).await;
}

async fn next_is_bounded<Q: Queue>(queue: &Q) {
    publish(queue, &jobs(0), &["a", "b", "c", "d", "e"]).await;
    let mut inbox = open(queue, &[(jobs(0), 10)]).await;
    let mut all = Vec::new();
    while all.len() < 5 {
        let some = timeout(PATIENCE, inbox.next(2))
            .await
            .expect("five messages wait");
        let some = some.expect("the queue is open");
        assert!(
            (1..=2).contains(&some.len()),
            "one or two, not {}",
            some.len()
        );
        all.extend(some);
    }
    ack(queue, &all).await;
    assert_eq!(bodies(&all), ["a", "b", "c", "d", "e"], "and loses none");
}
