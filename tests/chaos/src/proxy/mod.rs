//! A TCP proxy that is as bad as it is told to be, in this process.
//!
//! ```text
//!   client ──► port ── up:   delay ─ flow ─ cut ──► server
//!          ◄────────── down: delay ─ flow ─ cut ◄──
//!                         ▲
//!                      Weather, changed at any time, for connections that are and that will be
//! ```
//!
//! One seed decides jitter, drips and where cuts fall; when bytes arrive is the machine's. Whatever
//! a fault swallowed is never made up for: a connection that lost bytes is reset when the weather
//! clears, as a firewall that forgot it would.

mod carry;
mod passed;
mod weather;

pub use passed::{Deed, Passed};
pub use weather::{Door, Flow, Weather};

use carry::Line;
use passed::Counts;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A proxy before one server; ends, with its connections, when it is dropped.
pub struct Proxy {
    port: u16,
    sky: watch::Sender<Sky>,
    counts: Arc<Counts>,
    served: JoinHandle<()>,
}

/// The weather, and how often every connection was reset: one more ends all that are.
#[derive(Clone, Debug)]
struct Sky {
    weather: Weather,
    resets: u64,
}

impl Proxy {
    /// A proxy on a free port of the loopback interface, in fair weather.
    pub async fn before(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (sky, _) = watch::channel(Sky {
            weather: Weather::default(),
            resets: 0,
        });
        let counts = Arc::<Counts>::default();
        let served = tokio::spawn(serve(
            listener,
            server,
            seed,
            sky.clone(),
            Arc::clone(&counts),
        ));
        Ok(Self {
            port,
            sky,
            counts,
            served,
        })
    }

    /// The same before a port of the loopback interface.
    pub async fn before_port(port: u16, seed: u64) -> io::Result<Self> {
        Self::before((Ipv4Addr::LOCALHOST, port).into(), seed).await
    }

    /// Where clients connect, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of the server, with this proxy's port in place of the server's.
    pub fn url(&self, url: &str, server_port: u16) -> String {
        url.replace(&format!(":{server_port}"), &format!(":{}", self.port))
    }

    /// From now on, also for connections under way.
    pub fn weather(&self, weather: Weather) {
        self.sky.send_modify(|sky| sky.weather = weather);
    }

    /// Fair weather again; connections that lost bytes are reset.
    pub fn clear(&self) {
        self.weather(Weather::default());
    }

    /// Resets every connection there is; new ones may come.
    pub fn reset(&self) {
        self.sky.send_modify(|sky| sky.resets += 1);
    }

    pub fn passed(&self) -> Passed {
        self.counts.passed()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its connections are in a set that is dropped with it.
        self.served.abort();
    }
}

async fn serve(
    listener: TcpListener,
    server: SocketAddr,
    seed: u64,
    sky: watch::Sender<Sky>,
    counts: Arc<Counts>,
) {
    let mut connections = JoinSet::new();
    for nth in 0_u64.. {
        let client = tokio::select! {
            accepted = listener.accept() => accepted,
            // Only so that ended ones do not pile up.
            Some(_) = connections.join_next() => continue,
        };
        let Ok((client, _)) = client else {
            // Out of file descriptors, most likely: others give theirs back.
            tokio::task::yield_now().await;
            continue;
        };
        let line = Line {
            seed,
            nth: nth.to_string(),
            sky: sky.subscribe(),
            counts: Arc::clone(&counts),
        };
        connections.spawn(admit(client, server, line));
    }
}

/// What the door says to one client.
async fn admit(client: TcpStream, server: SocketAddr, mut line: Line) {
    let door = line.sky.borrow_and_update().weather.door;
    match door {
        Door::Open => match TcpStream::connect(server).await {
            Ok(server) => carry::carry(client, server, line).await,
            Err(_) => {
                line.counts.add(|passed| passed.unserved += 1);
                carry::doom(&client);
            }
        },
        Door::Refuse => {
            line.counts.add(|passed| passed.refused += 1);
            carry::doom(&client);
        }
        Door::Silent => {
            // Accepted and never answered, until the weather is another.
            line.counts.add(|passed| passed.unheard += 1);
            let other = line.sky.wait_for(|sky| sky.weather.door != Door::Silent);
            drop(other.await);
            carry::doom(&client);
        }
    }
}
