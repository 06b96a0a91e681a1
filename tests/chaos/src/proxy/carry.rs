//! One connection through the proxy.
//!
//! ```text
//!   read ── (when it may arrive, bytes) ──► write
//! ```
//!
//! Two such pairs, one a direction, run in one task; the first that fails or is doomed ends all.

use super::Sky;
use super::passed::{Counts, Passed};
use super::weather::{Flow, Weather};
use baton_ledger::chance::Chance;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

const CHUNK: usize = 16 * 1024;
/// Chunks under way in one direction: what a line of some length holds.
const UNDER_WAY: usize = 64;

/// What a connection is told, and where it counts.
pub(super) struct Line {
    pub(super) seed: u64,
    /// Its number, of the proxy's connections.
    pub(super) nth: String,
    pub(super) sky: watch::Receiver<Sky>,
    pub(super) counts: Arc<Counts>,
}

impl Line {
    fn chance(&self, what: &str) -> Chance {
        Chance::of(self.seed, &[&self.nth, what])
    }
}

/// Makes the close that follows a reset.
pub(super) fn doom(stream: &TcpStream) {
    // Failing means that the socket is gone already.
    drop(stream.set_zero_linger());
}

/// Why a connection ended.
enum End {
    /// Both sides said all they had to say.
    Quiet,
    /// Either side, or the way between, gave it up.
    Reset,
    /// We were told to reset it.
    Struck,
    Cut,
}

/// Carries bytes both ways until both sides are done, or a fault ends it.
pub(super) async fn carry(mut client: TcpStream, mut server: TcpStream, line: Line) {
    line.counts.add(|passed| passed.connections += 1);
    for stream in [&client, &server] {
        drop(stream.set_nodelay(true));
    }
    let resets = line.sky.borrow().resets;
    let fuse = Fuse::default();
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let way = |side: Side, name: &str| Way {
            side,
            sky: line.sky.clone(),
            delays: line.chance(name),
            drips: line.chance(&format!("{name} drips")),
            fuse: &fuse,
            counts: &line.counts,
        };
        let up = way(UP, "up").run(from_client, to_server);
        let down = way(DOWN, "down").run(from_server, to_client);
        let mut sky = line.sky.clone();
        let reset = sky.wait_for(|sky| sky.resets > resets);
        tokio::select! {
            both = async { tokio::try_join!(up, down) } => match both {
                Ok(_) => End::Quiet,
                Err(end) => end,
            },
            _ = reset => End::Struck,
            () = fuse.blown(line.sky.clone(), line.chance("cut")) => End::Cut,
        }
    };
    if matches!(end, End::Quiet) {
        return;
    }
    line.counts.add(|passed| {
        passed.reset += 1;
        passed.struck += u64::from(matches!(end, End::Struck));
        passed.cut += u64::from(matches!(end, End::Cut));
    });
    doom(&client);
    doom(&server);
}

/// Bytes a connection may still carry, in both directions together.
struct Fuse {
    left: AtomicU64,
    out: tokio::sync::Notify,
}

impl Default for Fuse {
    fn default() -> Self {
        Self {
            left: AtomicU64::new(u64::MAX),
            out: tokio::sync::Notify::new(),
        }
    }
}

impl Fuse {
    /// How many of so many bytes still go.
    fn take(&self, bytes: usize) -> usize {
        let wanted = bytes as u64;
        let left = self.left.load(Ordering::Relaxed);
        if left == u64::MAX {
            return bytes;
        }
        // Both directions run in one task: nobody is in between.
        self.left
            .store(left.saturating_sub(wanted), Ordering::Relaxed);
        if left <= wanted {
            self.out.notify_one();
        }
        usize::try_from(left.min(wanted)).unwrap_or(bytes)
    }

    /// Sets itself by the weather, and resolves when it is burnt down.
    async fn blown(&self, mut sky: watch::Receiver<Sky>, mut chance: Chance) {
        let mut set = None;
        loop {
            let cut = sky.borrow_and_update().weather.cut.clone();
            if cut != set {
                let left = cut
                    .clone()
                    .map_or(u64::MAX, |range| chance.between(range.start, range.end));
                self.left.store(left, Ordering::Relaxed);
                set = cut;
            }
            tokio::select! {
                () = self.out.notified() => return,
                changed = sky.changed() => if changed.is_err() { return std::future::pending().await },
            }
        }
    }
}

/// What differs between the two directions.
#[derive(Clone, Copy)]
struct Side {
    flow: fn(&Weather) -> Flow,
    passed: fn(&mut Passed) -> &mut u64,
    lost: fn(&mut Passed) -> &mut u64,
}

const UP: Side = Side {
    flow: |weather| weather.up,
    passed: |passed| &mut passed.up,
    lost: |passed| &mut passed.lost_up,
};

const DOWN: Side = Side {
    flow: |weather| weather.down,
    passed: |passed| &mut passed.down,
    lost: |passed| &mut passed.lost_down,
};

/// One direction.
struct Way<'a> {
    side: Side,
    sky: watch::Receiver<Sky>,
    delays: Chance,
    drips: Chance,
    fuse: &'a Fuse,
    counts: &'a Counts,
}

impl Way<'_> {
    async fn run(self, from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), End> {
        let (sender, mut chunks) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
        let (side, fuse, counts) = (self.side, self.fuse, self.counts);
        let mut mouth = Mouth {
            flow: side.flow,
            sky: self.sky.clone(),
            drips: self.drips.clone(),
            counts,
        };
        let write = async {
            while let Some((when, bytes)) = chunks.recv().await {
                tokio::time::sleep_until(when).await;
                let goes = fuse.take(bytes.len());
                mouth.say(&bytes[..goes], &mut to).await?;
                counts.add(|passed| *(side.passed)(passed) += goes as u64);
                if goes < bytes.len() {
                    return Err(End::Cut);
                }
            }
            to.shutdown().await.map_err(|_| End::Reset)
        };
        tokio::try_join!(self.read(from, sender), write).map(|((), ())| ())
    }

    /// Reads as the weather lets it, and says when each chunk may arrive.
    async fn read(
        mut self,
        mut from: ReadHalf<'_>,
        chunks: mpsc::Sender<(Instant, Vec<u8>)>,
    ) -> Result<(), End> {
        let mut last = Instant::now();
        let mut lost = false;
        loop {
            let flow = self.open(&mut from).await?;
            if lost && flow != Flow::Dead {
                return Err(End::Reset);
            }
            let mut bytes = vec![0; CHUNK];
            let read: io::Result<usize> = tokio::select! {
                read = from.read(&mut bytes) => read,
                // Another weather: look again before anything more is read.
                _ = self.sky.changed() => continue,
            };
            bytes.truncate(read.map_err(|_| End::Reset)?);
            if flow == Flow::Dead {
                // Also the end of the stream goes unnoticed: the connection hangs until it is reset.
                lost = true;
                let count = bytes.len() as u64;
                self.counts.add(|passed| *(self.side.lost)(passed) += count);
                if bytes.is_empty() {
                    let pick = self.side.flow;
                    drop(
                        self.sky
                            .wait_for(|sky| pick(&sky.weather) != Flow::Dead)
                            .await,
                    );
                }
                continue;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            let delay = self.delay();
            if !delay.is_zero() {
                self.counts.add(|passed| passed.late += 1);
            }
            last = last.max(Instant::now() + delay);
            // The writer only ends before us when the connection does.
            chunks.send((last, bytes)).await.map_err(|_| End::Reset)?;
        }
    }

    fn delay(&mut self) -> Duration {
        let (latency, jitter) = {
            let sky = self.sky.borrow();
            (sky.weather.latency, sky.weather.jitter)
        };
        let most = u64::try_from(jitter.as_micros()).unwrap_or(u64::MAX);
        latency + Duration::from_micros(self.delays.between(0, most))
    }

    /// Waits until this direction is not stalled; how it flows then.
    async fn open(&mut self, from: &mut ReadHalf<'_>) -> Result<Flow, End> {
        let pick = self.side.flow;
        if pick(&self.sky.borrow().weather) == Flow::Stalled {
            let mut look = [0];
            tokio::select! {
                // Only a look: what waits is read when it may flow.
                Ok(1..) = from.peek(&mut look) => self.counts.add(|passed| passed.held += 1),
                _ = self.sky.wait_for(|sky| pick(&sky.weather) != Flow::Stalled) => {}
            }
        }
        flows(&mut self.sky, pick).await
    }
}

/// Waits until a direction is not stalled; how it flows then.
async fn flows(sky: &mut watch::Receiver<Sky>, pick: fn(&Weather) -> Flow) -> Result<Flow, End> {
    let open = sky.wait_for(|sky| pick(&sky.weather) != Flow::Stalled);
    open.await
        .map(|sky| pick(&sky.weather))
        .map_err(|_| End::Reset)
}

/// Where a direction comes out.
struct Mouth<'a> {
    flow: fn(&Weather) -> Flow,
    sky: watch::Receiver<Sky>,
    drips: Chance,
    counts: &'a Counts,
}

impl Mouth<'_> {
    /// Writes as the weather lets it.
    async fn say(&mut self, mut bytes: &[u8], to: &mut WriteHalf<'_>) -> Result<(), End> {
        while !bytes.is_empty() {
            if (self.flow)(&self.sky.borrow().weather) == Flow::Stalled {
                self.counts.add(|passed| passed.held += 1);
            }
            let flow = flows(&mut self.sky, self.flow).await?;
            let now = match flow {
                Flow::Drip(_) => usize::try_from(self.drips.between(1, 8))
                    .unwrap_or(1)
                    .min(bytes.len()),
                // What is under way already arrives.
                _ => bytes.len(),
            };
            to.write_all(&bytes[..now]).await.map_err(|_| End::Reset)?;
            bytes = &bytes[now..];
            if let Flow::Drip(rate) = flow {
                self.counts.add(|passed| passed.dripped += now as u64);
                let pause = Duration::from_secs(1) * u32::try_from(now).unwrap_or(1) / rate.max(1);
                tokio::time::sleep(pause).await;
            }
        }
        Ok(())
    }
}
