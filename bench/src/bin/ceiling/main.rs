//! The ceiling: what brokers, disk and service allow when nothing is decided.
//!
//! ```text
//!   decide ── append by script ──► publish a job, confirmed ──► take it ── call ── keep the result
//!     ▲                                                                                │
//!     └────────── take the outcome ◄──────────── publish the outcome, confirmed ◄──────┘
//! ```
//!
//! Two messages a step, as in Baton, and the same work in Redis: Baton's own scripts, with as many
//! bytes. There is no language, no journal that is read, no retry and no recovery: a step is a number.
//! One process is both sides, so that nothing but the brokers is waited for.
//!
//! Told on standard input, a line a run: the run's name, how many sagas at once, for how many seconds,
//! and how many at most. Answers with how many there were.

mod broker;
mod decide;
mod store;
mod work;

use baton_bench::fault::{During, Fault};
use baton_bench::shape;
use clap::Parser;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Runs bare five-step sagas on RabbitMQ and Redis
#[derive(Debug, Parser)]
struct Args {
    #[arg(long)]
    amqp: String,
    #[arg(long)]
    redis: String,
    #[arg(long)]
    service: SocketAddr,
}

/// Steps of a saga.
const STEPS: usize = 5;
/// Loops on either side that append and publish independently of each other.
const LANES: usize = 4;
/// What one round trip takes at most.
const BATCH: usize = 256;

/// A step of a saga.
#[derive(Clone, Debug)]
struct Place {
    saga: Arc<str>,
    n: usize,
}

impl Place {
    /// Spreads sagas over so many lanes.
    fn lane(&self, lanes: usize) -> usize {
        shape::parts(&self.saga).map_or(0, |(_, number)| number % lanes)
    }
}

/// As in what is compared with it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match work(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn work(args: Args) -> Result<(), Fault> {
    let (failed, mut failures) = mpsc::unbounded_channel();
    let broker = broker::Broker::connect(&args.amqp).await?;
    let store = store::Store::connect(&args.redis).await?;
    work::start(&broker, &store, args.service, &failed).await?;
    let mut decider = decide::start(&broker, &store, &failed).await?;
    say("ready")?;
    let mut lines = lines();
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            Some(fault) = failures.recv() => return Err(fault),
        };
        let Some(line) = line else { return Ok(()) };
        let run = Run::read(&line)?;
        let sagas = tokio::select! {
            sagas = decider.run(&run) => sagas?,
            Some(fault) = failures.recv() => return Err(fault),
        };
        say(&sagas.to_string())?;
    }
}

/// Lines of standard input, until it ends.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (lines, read) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
    read
}

fn say(line: &str) -> Result<(), Fault> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .during("standard output")
}

/// What is asked for.
struct Run {
    name: String,
    window: usize,
    time: Duration,
    most: usize,
}

impl Run {
    fn read(line: &str) -> Result<Self, Fault> {
        let wrong = || Fault(format!("not NAME WINDOW SECONDS MOST: {line}"));
        let mut words = line.split_whitespace();
        let mut word = || words.next().ok_or_else(wrong);
        Ok(Self {
            name: word()?.to_owned(),
            window: word()?.parse().map_err(|_| wrong())?,
            time: Duration::from_secs_f64(word()?.parse().map_err(|_| wrong())?),
            most: word()?.parse().map_err(|_| wrong())?,
        })
    }
}
