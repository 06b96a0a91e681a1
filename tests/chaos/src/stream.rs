//! Sagas without end, so many open at once: each is submitted until it is accepted, and waited for
//! until it has ended.
//!
//! What is remembered of a saga is one byte, however long the stream is.

use crate::evidence::is_final;
use baton_tests::world::Api;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long one saga may take, refusals and restarts included.
const PATIENCE: Duration = Duration::from_secs(300);
/// Before the next try, when nobody answered or all said "not now".
const AGAIN: Duration = Duration::from_millis(100);
/// What a saga may be told to be; the place is what is remembered.
const KNOWN: [&str; 6] = [
    "",
    "accepted",
    "completed",
    "compensated",
    "faulted",
    "cancelled",
];
const ACCEPTED: u8 = 1;

/// The stream, shared by all who submit.
pub struct Stream {
    prefix: &'static str,
    workflows: Vec<String>,
    apis: Vec<Api>,
    known: Vec<AtomicU8>,
    next: AtomicUsize,
    asked: AtomicUsize,
    over: AtomicBool,
    ended: AtomicU64,
    retried: AtomicU64,
    put_off: AtomicU64,
}

impl Stream {
    /// At most `sagas` of them, named `prefix-0` and so on, of these workflows in turn.
    pub fn new(
        prefix: &'static str,
        workflows: &[String],
        apis: Vec<Api>,
        sagas: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            prefix,
            workflows: workflows.to_vec(),
            apis,
            known: (0..sagas).map(|_| AtomicU8::new(0)).collect(),
            next: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            ended: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            put_off: AtomicU64::new(0),
        })
    }

    /// Runs all of them, or until [`Stream::stop`]; every saga that was begun is waited for.
    pub async fn run(self: Arc<Self>, open: usize) {
        let lane = |_| tokio::spawn(Arc::clone(&self).lane());
        let lanes: Vec<_> = (0..open).map(lane).collect();
        for lane in lanes {
            lane.await.expect("a lane does not panic");
        }
    }

    /// Begins no further saga.
    pub fn stop(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    async fn lane(self: Arc<Self>) {
        while !self.over.load(Ordering::Relaxed) {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= self.known.len() {
                return;
            }
            let deadline = Instant::now() + PATIENCE;
            if self.submit(n, deadline).await {
                self.end(n, deadline).await;
            }
        }
    }

    async fn submit(&self, n: usize, deadline: Instant) -> bool {
        let workflow = &self.workflows[n % self.workflows.len()];
        let body = json!({ "workflow": workflow, "id": self.id(n), "input": { "note": "many" } });
        while Instant::now() < deadline {
            match self.api().post("/v1/sagas", &body).await {
                Some((200 | 201, _)) => {
                    self.known[n].store(ACCEPTED, Ordering::Relaxed);
                    return true;
                }
                _ => self.put_off.fetch_add(1, Ordering::Relaxed),
            };
            tokio::time::sleep(AGAIN).await;
        }
        false
    }

    async fn end(&self, n: usize, deadline: Instant) {
        let path = format!("/v1/sagas/{}/wait?timeout=15s", self.id(n));
        while Instant::now() < deadline {
            let Some((200, saga)) = self.api().get(&path).await else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            let status = saga["status"].as_str().unwrap_or_default();
            if is_final(status) {
                let place = KNOWN.iter().position(|known| *known == status);
                let place = place.and_then(|place| u8::try_from(place).ok());
                self.known[n].store(place.unwrap_or(ACCEPTED), Ordering::Relaxed);
                self.ended.fetch_add(1, Ordering::Relaxed);
                return;
            }
            if status == "suspended" {
                self.retry().await;
            }
        }
    }

    /// What a person does about dead letters, as long as the brokers were merely away.
    async fn retry(&self) {
        tokio::time::sleep(10 * AGAIN).await;
        let all = json!({ "all": true });
        if let Some((200, said)) = self.api().post("/v1/dead-letters/retry", &all).await {
            let retried = said["retried"].as_array().map_or(0, Vec::len) as u64;
            self.retried.fetch_add(retried, Ordering::Relaxed);
        }
    }

    /// One of the orchestrators, each in turn.
    fn api(&self) -> &Api {
        &self.apis[self.asked.fetch_add(1, Ordering::Relaxed) % self.apis.len()]
    }

    fn id(&self, n: usize) -> String {
        format!("{}-{n}", self.prefix)
    }

    /// Whether saga `n` was accepted.
    pub fn accepted(&self, n: usize) -> bool {
        self.known[n].load(Ordering::Relaxed) >= ACCEPTED
    }

    /// The final status somebody was told who waited for saga `n`.
    pub fn told(&self, n: usize) -> Option<&'static str> {
        let known = self.known[n].load(Ordering::Relaxed);
        (known > ACCEPTED).then(|| KNOWN[usize::from(known)])
    }

    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    /// Sagas that were begun and did not end in time.
    pub fn stuck(&self) -> u64 {
        let begun = self.next.load(Ordering::Relaxed).min(self.known.len()) as u64;
        begun - self.ended()
    }

    pub fn retried(&self) -> u64 {
        self.retried.load(Ordering::Relaxed)
    }

    pub fn put_off(&self) -> u64 {
        self.put_off.load(Ordering::Relaxed)
    }

    /// How far it is, in a line.
    pub fn far(&self, since: Duration, kills: u64) -> String {
        let (ended, all) = (self.ended(), self.known.len());
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = ended as f64 / since.as_secs_f64();
        format!("{ended} of {all} sagas ended, {rate:.0}/s, {kills} kills")
    }
}
