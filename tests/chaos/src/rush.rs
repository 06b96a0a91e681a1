//! Far too much to do: how much an installation can do, twice as much of it, and clients who do not wait.
//!
//! ```text
//!   capacity     so many lanes, each submits the next saga when its last has ended     closed loop
//!   offer        submissions at a rate, whatever becomes of those before               open loop
//!   impatient    gives up after a moment, and asks for the same saga again
//! ```

use crate::client::{Ask, Client};
use crate::evidence::is_final;
use crate::plan::Plan;
use baton_tests::world::Api;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, timeout};

/// Sagas that are open at once while capacity is measured.
const LANES: usize = 48;
/// What ends before this does not count: the first sagas find everything idle.
const WARM: Duration = Duration::from_secs(4);
const MEASURED: Duration = Duration::from_secs(8);

/// Impatient clients at once.
const CROWD: usize = 64;
/// So often each saga is asked for by them. Only a new one costs the driver a write.
const AGAIN: usize = 64;
/// How long they wait for an answer.
const MOMENT: Duration = Duration::from_millis(50);

/// Who submits, what, and to whom.
#[derive(Clone)]
pub struct Rush {
    pub client: Arc<Client>,
    pub apis: Vec<Api>,
    pub plan: Plan,
    pub seed: u64,
}

impl Rush {
    fn ask(&self, prefix: &str, n: usize) -> Ask {
        Ask::numbered(&self.plan, self.seed, prefix, n)
    }

    /// How many sagas end in a second when there is always enough to do.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub async fn capacity(&self) -> f64 {
        let lanes = Arc::new(Lanes::default());
        let lane = |_| tokio::spawn(self.clone().lane(lanes.clone()));
        let all: Vec<_> = (0..LANES).map(lane).collect();
        tokio::time::sleep(WARM).await;
        let (from, start) = (lanes.ended.load(Ordering::Relaxed), Instant::now());
        tokio::time::sleep(MEASURED).await;
        let ended = lanes.ended.load(Ordering::Relaxed) - from;
        let rate = ended as f64 / start.elapsed().as_secs_f64();
        lanes.over.store(true, Ordering::Relaxed);
        for lane in all {
            lane.await.expect("a lane does not panic");
        }
        rate
    }

    async fn lane(self, lanes: Arc<Lanes>) {
        while !lanes.over.load(Ordering::Relaxed) {
            let ask = self.ask("measure", lanes.next.fetch_add(1, Ordering::Relaxed));
            if self.client.submit(&self.apis, &ask).await && self.ends(&ask, &lanes).await {
                lanes.ended.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Whether it ends, or a person must say how, before all is over.
    async fn ends(&self, ask: &Ask, lanes: &Lanes) -> bool {
        let path = format!("/v1/sagas/{}/wait?timeout=1s", ask.id);
        while !lanes.over.load(Ordering::Relaxed) {
            let said = self.apis[0].get(&path).await;
            let status = said.and_then(|(_, saga)| Some(saga["status"].as_str()?.to_owned()));
            if status.is_some_and(|status| is_final(&status) || status == "suspended") {
                return true;
            }
        }
        false
    }

    /// Submits so many a second for so long, each once; what each was told, `None` where it was nothing.
    pub async fn offer(&self, prefix: &str, rate: f64, during: Duration) -> Vec<Option<Told>> {
        let start = Instant::now();
        let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate.max(1.0)));
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut asked: Vec<JoinHandle<_>> = Vec::new();
        while start.elapsed() < during {
            tick.tick().await;
            let (rush, ask) = (self.clone(), self.ask(prefix, asked.len()));
            asked.push(tokio::spawn(async move {
                rush.client.offer(&rush.apis, &ask).await
            }));
        }
        let mut told = Vec::new();
        for asked in asked {
            told.push(asked.await.expect("the client does not panic"));
        }
        told
    }
}

#[derive(Default)]
struct Lanes {
    next: AtomicUsize,
    ended: AtomicUsize,
    over: AtomicBool,
}

/// What a submission was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub status: u16,
    /// The code of a problem.
    pub code: Option<String>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

impl Told {
    pub fn accepted(&self) -> bool {
        matches!(self.status, 200..=202)
    }

    /// It says that it was not now, why, in a word that programs know, and when to come again.
    pub fn refused_properly(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        let word = !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        matches!(self.status, 429 | 503) && word && self.retry_after.is_some_and(|after| after > 0)
    }
}

/// Clients who give up and ask again, as long as this is there. What they gave up is done all the same.
pub struct Impatient {
    shared: Arc<Shared>,
    all: Vec<JoinHandle<()>>,
}

struct Shared {
    at: SocketAddr,
    rush: Rush,
    asked: AtomicUsize,
    refused: AtomicUsize,
    over: AtomicBool,
}

impl Impatient {
    /// Before the orchestrator at this port.
    pub fn begin(rush: Rush, port: u16) -> Self {
        let shared = Arc::new(Shared {
            at: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            rush,
            asked: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let one = |_| tokio::spawn(shared.clone().run());
        Self {
            all: (0..CROWD).map(one).collect(),
            shared: shared.clone(),
        }
    }

    /// How many of them were refused, and heard of it.
    pub fn refused(&self) -> usize {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// They go; how often they asked.
    pub async fn end(mut self) -> usize {
        self.shared.over.store(true, Ordering::Relaxed);
        for one in std::mem::take(&mut self.all) {
            one.await.expect("a client does not panic");
        }
        self.shared.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Impatient {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    async fn run(self: Arc<Self>) {
        while !self.over.load(Ordering::Relaxed) {
            let n = self.asked.fetch_add(1, Ordering::Relaxed);
            let ask = self.rush.ask("impatient", n / AGAIN);
            if n.is_multiple_of(AGAIN) {
                self.rush.client.gave_up(&ask);
            }
            let answer = self.glance(&ask).await.unwrap_or_default();
            if answer.starts_with(b"HTTP/1.1 429") {
                self.refused.fetch_add(1, Ordering::Relaxed);
                // It was told when to come again, and does not care; but the test's machine is small.
                tokio::time::sleep(MOMENT).await;
            }
        }
    }

    /// The beginning of the answer, if it comes in a moment.
    async fn glance(&self, ask: &Ask) -> Option<Vec<u8>> {
        let body = ask.pinned().to_string();
        let request = format!(
            "POST /v1/sagas HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.at,
            body.len()
        );
        let asked = async {
            let mut stream = TcpStream::connect(self.at).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut answer = vec![0; 64];
            let read = stream.read(&mut answer).await.ok()?;
            answer.truncate(read);
            Some(answer)
        };
        timeout(MOMENT, asked).await.ok()?
    }
}
