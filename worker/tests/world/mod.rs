//! A small world for the run loop: every port in memory, a clock that jumps, and a crash at any
//! await point.
//!
//! Each call to a port passes two points, one before its effect and one after. When the world is
//! told to crash at point `n`, nothing passes that point any more; [`World::live`] then drops the
//! worker, hands its unacknowledged messages out again as redelivered, and the next life begins.

use baton_shared::port::{
    Caller, Clock, Delivery, Inbox, Lane, Outgoing, Queue, QueueError, Receipt, RecordKind,
    Records, Source, StoreError,
};
use baton_shared::{
    Envelope, Job, JobId, JobKind, Outcome, Partition, Request, ServiceName, StepId, Timestamp,
    Verdict,
};
use baton_worker::{Pools, Worker};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
pub(crate) struct Facts {
    pub now: u64,
    /// When sleepers want to wake.
    timers: Vec<u64>,
    /// Await points passed in this life, and at which to crash.
    pub points: usize,
    pub crash_at: Option<usize>,
    crashed: bool,
    generation: u64,
    /// Messages not yet handed out: lane, body, redelivered.
    ready: VecDeque<(Lane, Vec<u8>, bool)>,
    /// Handed out, by tag.
    unacked: BTreeMap<u64, (Lane, Vec<u8>)>,
    next_tag: u64,
    pub published: Vec<Outcome>,
    /// How many messages each publish had.
    pub batches: Vec<usize>,
    pub dead: Vec<Vec<u8>>,
    pub records: BTreeMap<String, Vec<u8>>,
    /// Effects at the service: it honours keys, so there is one a key.
    pub effects: BTreeSet<String>,
    /// Calls made, by job id: also those the key made harmless.
    pub calls: Vec<(String, bool)>,
    under_way: BTreeMap<ServiceName, usize>,
    pub most_under_way: BTreeMap<ServiceName, usize>,
    /// How many of the next publishes, acks, rejects and record calls fail.
    pub failing_publishes: usize,
    pub failing_records: usize,
    pub failing_rejects: usize,
    /// Calls wait until this is lifted.
    pub service_stalls: bool,
    /// The caller panics for this key.
    pub panics_on: Option<String>,
    pub shutdown: bool,
    /// Asks for the shutdown when this many calls have begun.
    pub stop_at_call: Option<usize>,
    wakers: Vec<Waker>,
}

/// Shared by all ports.
#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<Facts>>);

impl World {
    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().expect("no test panics while holding it")
    }

    pub(crate) fn put(&self, job: &Job) {
        self.put_raw(
            Lane::Jobs(job.service.clone()),
            Envelope::new(job.clone()).encode(),
        );
    }

    pub(crate) fn put_raw(&self, lane: Lane, body: Vec<u8>) {
        let mut facts = self.facts();
        facts.ready.push_back((lane, body, false));
        facts.wake();
    }

    /// Whether every message is done with.
    pub(crate) fn is_quiet(&self) -> bool {
        let facts = self.facts();
        facts.ready.is_empty() && facts.unacked.is_empty()
    }

    /// One await point.
    async fn point(&self) {
        let mut passed = false;
        poll_fn(|cx| {
            let mut facts = self.facts();
            if facts.crash_at == Some(facts.points) {
                facts.crashed = true;
            }
            if facts.crashed {
                return Poll::Pending;
            }
            if passed {
                facts.points += 1;
                return Poll::Ready(());
            }
            passed = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    async fn until(&self, condition: impl Fn(&Facts) -> bool) {
        poll_fn(|cx| {
            let mut facts = self.facts();
            if condition(&facts) {
                return Poll::Ready(());
            }
            facts.wakers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// One life of a worker: until it returns, it crashes, or nothing moves any more.
    pub(crate) fn live(&self, pools: &Pools) -> Life {
        let ports = Arc::new(self.clone());
        let worker = Worker::new(
            ports.clone(),
            ports.clone(),
            ports.clone(),
            ports,
            pools.clone(),
        );
        {
            let mut facts = self.facts();
            (facts.points, facts.crashed) = (0, false);
        }
        let world = self.clone();
        let shutdown = async move { world.until(|facts| facts.shutdown).await };
        let mut run = pin!(worker.run(shutdown));
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let life = loop {
            flag.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(done) = run.as_mut().poll(&mut Context::from_waker(&waker)) {
                done.expect("the lanes can be had");
                break Life::Returned;
            }
            if self.facts().crashed {
                break Life::Crashed;
            }
            if !flag.0.load(Ordering::Relaxed) && !self.jump() {
                break Life::Still;
            }
        };
        self.requeue();
        life
    }

    /// Lets time pass to the next timer, if there is one.
    fn jump(&self) -> bool {
        let mut facts = self.facts();
        let now = facts.now;
        let Some(next) = facts.timers.iter().copied().filter(|at| *at > now).min() else {
            return false;
        };
        facts.now = next;
        facts.timers.retain(|at| *at > next);
        facts.wake();
        true
    }

    /// What the dead worker held comes again.
    fn requeue(&self) {
        let mut facts = self.facts();
        facts.generation += 1;
        let held = std::mem::take(&mut facts.unacked);
        facts
            .ready
            .extend(held.into_values().map(|(lane, body)| (lane, body, true)));
        facts.under_way.clear();
        facts.timers.clear();
        facts.wakers.clear();
    }
}

impl Facts {
    fn wake(&mut self) {
        for waker in self.wakers.drain(..) {
            waker.wake();
        }
    }
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Returned,
    Crashed,
    /// It waits, and nothing will ever come.
    Still,
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Takes one from a countdown of failures.
fn fails(count: &mut usize) -> bool {
    let fails = *count > 0;
    *count = count.saturating_sub(1);
    fails
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp(self.facts().now)
    }
    async fn sleep_until(&self, at: Timestamp) {
        self.facts().timers.push(at.0);
        self.until(|facts| facts.now >= at.0).await;
    }
}

impl Queue for World {
    type Inbox = WorldInbox;

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<(), QueueError>> {
        self.point().await;
        let mut results = Vec::new();
        self.facts().batches.push(batch.len());
        for message in batch {
            let mut facts = self.facts();
            assert!(matches!(message.to, Lane::Outcomes(_)), "{message:?}");
            if fails(&mut facts.failing_publishes) {
                results.push(Err(QueueError::Full("by order of the test".into())));
                continue;
            }
            let envelope = Envelope::<Outcome>::decode(&message.body).expect("an outcome");
            facts.published.push(envelope.body);
            results.push(Ok(()));
        }
        self.point().await;
        results
    }

    async fn open(&self, source: Source) -> Result<WorldInbox, QueueError> {
        self.point().await;
        Ok(WorldInbox {
            world: self.clone(),
            source,
        })
    }

    async fn ack(&self, receipts: Vec<Receipt>) -> Result<(), QueueError> {
        self.point().await;
        {
            let mut facts = self.facts();
            for receipt in receipts {
                if receipt.generation == facts.generation {
                    facts.unacked.remove(&receipt.tag);
                }
            }
            // Room in the prefetch.
            facts.wake();
        }
        self.point().await;
        Ok(())
    }

    async fn reject(&self, receipt: Receipt) -> Result<(), QueueError> {
        self.point().await;
        {
            let mut facts = self.facts();
            if fails(&mut facts.failing_rejects) {
                return Err(QueueError::Unavailable("by order of the test".into()));
            }
            if let Some((_, body)) = facts.unacked.remove(&receipt.tag) {
                facts.dead.push(body);
            }
            facts.wake();
        }
        self.point().await;
        Ok(())
    }

    fn trouble(&self) -> Option<QueueError> {
        None
    }
}

pub(crate) struct WorldInbox {
    world: World,
    source: Source,
}

impl Inbox for WorldInbox {
    async fn next(&mut self, max: usize) -> Option<Vec<Delivery>> {
        self.world.point().await;
        let Self { world, source } = self;
        poll_fn(|cx| {
            let mut facts = world.facts();
            let batch = facts.hand_out(source, max);
            if batch.is_empty() {
                facts.wakers.push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(Some(batch))
        })
        .await
    }
}

impl Facts {
    /// Up to `max` messages of the source's lanes, within each lane's prefetch.
    fn hand_out(&mut self, source: &Source, max: usize) -> Vec<Delivery> {
        let mut batch = Vec::new();
        let mut kept = VecDeque::new();
        while let Some((lane, body, redelivered)) = self.ready.pop_front() {
            let held = self.unacked.values().filter(|(of, _)| *of == lane).count();
            let prefetch = source
                .lanes
                .iter()
                .find(|(of, _)| *of == lane)
                .map_or(0, |(_, p)| usize::from(*p));
            if batch.len() >= max || held >= prefetch {
                kept.push_back((lane, body, redelivered));
                continue;
            }
            let receipt = Receipt {
                inbox: 0,
                generation: self.generation,
                tag: self.next_tag,
            };
            self.next_tag += 1;
            self.unacked
                .insert(receipt.tag, (lane.clone(), body.clone()));
            batch.push(Delivery {
                lane,
                body,
                redelivered,
                death: None,
                receipt,
            });
        }
        self.ready = kept;
        batch
    }
}

impl Records for World {
    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        assert_eq!(kind, RecordKind::Result);
        self.point().await;
        let mut facts = self.facts();
        if fails(&mut facts.failing_records) {
            return Err(StoreError::Unavailable("by order of the test".into()));
        }
        Ok(facts.records.get(key).cloned())
    }

    async fn put_new(
        &self,
        kind: RecordKind,
        key: &str,
        value: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        assert_eq!(kind, RecordKind::Result);
        self.point().await;
        let earlier = {
            let mut facts = self.facts();
            if fails(&mut facts.failing_records) {
                return Err(StoreError::Unavailable("by order of the test".into()));
            }
            let earlier = facts.records.get(key).cloned();
            facts.records.entry(key.to_owned()).or_insert(value);
            earlier
        };
        self.point().await;
        Ok(earlier)
    }

    async fn scan(
        &self,
        _kind: RecordKind,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        Err(StoreError::Unavailable("a worker never lists".into()))
    }

    async fn remove(&self, _kind: RecordKind, _key: &str) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("a worker never removes".into()))
    }
}

impl Caller for World {
    /// The service honours keys: one effect a key. Its answer tells the calls apart, so that two
    /// different outcomes of one job would be seen.
    async fn call(&self, job: &Job, _traceparent: Option<&str>, redelivered: bool) -> Outcome {
        let started_at = self.now();
        let panics = self.facts().panics_on.as_ref() == Some(&job.key);
        assert!(!panics, "by order of the test");
        let number = {
            let mut facts = self.facts();
            facts.calls.push((job.id.to_string(), redelivered));
            let under_way = facts.under_way.entry(job.service.clone()).or_default();
            *under_way += 1;
            let under_way = *under_way;
            let most = facts.most_under_way.entry(job.service.clone()).or_default();
            *most = under_way.max(*most);
            if facts.stop_at_call == Some(facts.calls.len()) {
                facts.shutdown = true;
                facts.wake();
            }
            facts.calls.len()
        };
        self.point().await;
        self.until(|facts| !facts.service_stalls).await;
        self.facts().effects.insert(job.key.clone());
        self.point().await;
        *self
            .facts()
            .under_way
            .get_mut(&job.service)
            .expect("counted above") -= 1;
        Outcome {
            job: job.id.clone(),
            verdict: Verdict::Succeeded {
                output: json!({ "call": number }),
            },
            status: Some(200),
            redelivered,
            started_at,
            ended_at: self.now(),
        }
    }
}

/// A job of `service`, the `n`th of its saga, due in ten minutes.
pub(crate) fn job(service: &str, n: u32) -> Job {
    let step = format!("step{n}");
    Job {
        key: format!("saga-1:{step}"),
        id: JobId {
            saga: "saga-1".parse().expect("an id"),
            step: StepId::new(step),
            kind: JobKind::Task,
            epoch: 0,
            round: 0,
            attempt: 1,
        },
        service: service.parse().expect("a name"),
        operation: Some("do".into()),
        compensates: None,
        request: Request {
            method: "POST".into(),
            target: "/do".into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            take: Default::default(),
            redirect: false,
        },
        timeout_ms: 1000,
        deadline: Timestamp(600_000),
        partition: Partition(3),
        again: false,
    }
}

pub(crate) fn pools(of: &[(&str, usize)]) -> Pools {
    Pools(
        of.iter()
            .map(|(name, limit)| (name.parse().expect("a name"), *limit))
            .collect(),
    )
}
