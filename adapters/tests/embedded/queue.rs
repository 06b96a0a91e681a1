//! The embedded queue: bounds, giving up, and no need of a runtime.

use baton_adapters::embedded::{Inbox, Queue};
use baton_shared::ServiceName;
use baton_shared::port::{
    Death, Delivery, Inbox as _, Lane, Outgoing, Queue as _, QueueError, Source,
};
use futures_util::FutureExt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

fn jobs() -> Lane {
    let service: ServiceName = "payments".parse().expect("a valid name");
    Lane::Jobs(service)
}

fn message(to: Lane, body: &str) -> Outgoing {
    Outgoing {
        to,
        id: body.into(),
        body: body.as_bytes().to_vec(),
        traceparent: None,
    }
}

fn now<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("the queue answers at once")
}

fn publish(queue: &Queue, to: Lane, body: &str) -> Result<(), QueueError> {
    now(queue.publish(vec![message(to, body)])).remove(0)
}

fn open(queue: &Queue, lane: Lane) -> Inbox {
    now(queue.open(Source {
        lanes: vec![(lane, 10)],
    }))
    .expect("opened")
}

fn take(inbox: &mut Inbox) -> Vec<Delivery> {
    now(inbox.next(10)).expect("the queue is open")
}

#[test]
fn a_full_lane_refuses_and_leaves_the_others_open() {
    let queue = Queue::new(2);
    publish(&queue, jobs(), "a").expect("room");
    publish(&queue, jobs(), "b").expect("room");
    assert!(
        matches!(publish(&queue, jobs(), "c"), Err(QueueError::Full(_))),
        "no room"
    );
    assert!(
        matches!(queue.trouble(), Some(QueueError::Full(_))),
        "and says so"
    );
    publish(&queue, Lane::Dead, "d").expect("another lane has room");
    let mut inbox = open(&queue, jobs());
    assert_eq!(take(&mut inbox).len(), 2, "what was taken is delivered");
    assert_eq!(queue.trouble(), None, "nobody waits any more");
    publish(&queue, jobs(), "c").expect("room again");
}

#[test]
fn what_comes_back_too_often_is_given_up() {
    let queue = Queue::default();
    publish(&queue, jobs(), "poison").expect("room");
    for returns in 0..=20 {
        let mut inbox = open(&queue, jobs());
        let taken = take(&mut inbox);
        assert_eq!(taken.len(), 1, "it came back {returns} times");
        assert_eq!(taken[0].redelivered, returns > 0, "and says so");
    }
    let mut inbox = open(&queue, jobs());
    assert!(
        inbox.next(10).now_or_never().is_none(),
        "the 21st time it does not"
    );
    let dead = take(&mut open(&queue, Lane::Dead));
    assert_eq!(dead[0].body, b"poison");
    let death = Death {
        reason: "delivery_limit".into(),
        from: "jobs.payments".into(),
    };
    assert_eq!(dead[0].death, Some(death));
    for _ in 0..30 {
        assert_eq!(
            take(&mut open(&queue, Lane::Dead)).len(),
            1,
            "the dead are never dropped"
        );
    }
}

#[test]
fn what_comes_back_keeps_its_order() {
    let queue = Queue::default();
    for body in ["a", "b", "c"] {
        publish(&queue, jobs(), body).expect("room");
    }
    drop(take(&mut open(&queue, jobs())));
    let bodies: Vec<_> = take(&mut open(&queue, jobs()))
        .into_iter()
        .map(|one| one.body)
        .collect();
    assert_eq!(bodies, [b"a", b"b", b"c"]);
}

#[test]
fn closing_ends_every_inbox() {
    let queue = Queue::default();
    let mut inbox = open(&queue, jobs());
    queue.close();
    assert_eq!(now(inbox.next(1)).map(|taken| taken.len()), None);
    assert!(matches!(
        publish(&queue, jobs(), "a"),
        Err(QueueError::Unavailable(_))
    ));
    assert!(queue.trouble().is_some());
}

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Any scheduler will do: a waiting inbox is woken by a publish, by room, and by the end.
#[test]
fn a_waiting_inbox_is_woken_without_a_runtime() {
    let queue = Queue::default();
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut context = Context::from_waker(&waker);
    let source = Source {
        lanes: vec![(jobs(), 1)],
    };
    let mut inbox = now(queue.open(source)).expect("opened");

    let first = {
        let mut next = pin!(inbox.next(5));
        assert!(
            next.as_mut().poll(&mut context).is_pending(),
            "nothing there"
        );
        publish(&queue, jobs(), "a").expect("room");
        assert_eq!(bell.0.load(Ordering::Relaxed), 1, "woken by the publish");
        publish(&queue, jobs(), "b").expect("room");
        let Poll::Ready(Some(taken)) = next.as_mut().poll(&mut context) else {
            panic!("a message is there");
        };
        taken
    };
    let mut next = pin!(inbox.next(5));
    assert!(
        next.as_mut().poll(&mut context).is_pending(),
        "no more than the prefetch"
    );
    now(queue.ack(vec![first[0].receipt])).expect("acknowledged");
    assert_eq!(bell.0.load(Ordering::Relaxed), 2, "woken by the room");
    assert!(
        next.as_mut().poll(&mut context).is_ready(),
        "the next one comes"
    );
}
