//! The ceiling: what brokers, disk and service allow when nothing is decided.
//!
//! ```text
//!   decide ── append by script ──► publish a job, confirmed ──► take it ── call ── keep the result
//!     ▲                                                                                │
//!     └────────── take the outcome ◄──────────── publish the outcome, confirmed ◄──────┘
//! ```
//!
//! Two messages a step, and the same work in Redis: Baton's own scripts, with as many bytes. There is
//! no language, no journal that is read, no retry and no recovery: a step is a number. One process is
//! both sides. What Baton does so as to ask less of brokers and cores is done here, too: pipelines are cut
//! and go over as many connections, each side has a thread for every two cores, and acknowledgements
//! gather.
//!
//! One thing is not: Baton's outcomes share messages under load, while here each is a message. It is the
//! ceiling of two messages a step, and Baton may pass it.
//!
//! Told on standard input, a line a run: the run's name, how many sagas at once, for how many seconds,
//! and how many at most. Answers with how many there were.

mod acks;
mod broker;
mod decide;
mod links;
mod runtime;
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
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Runs bare five-step sagas on RabbitMQ and Redis
#[derive(Clone, Debug, Parser)]
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

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Runs either side on a runtime of its own.
fn run(args: Args) -> Result<(), Fault> {
    let working = runtime::start().during("a runtime")?;
    let deciding = runtime::start().during("a runtime")?;
    let (failed, failures) = mpsc::unbounded_channel();
    let works = working.spawn(work::start(args.clone(), failed.clone()));
    let decides = deciding.spawn(async move {
        let _works = works.await.during("the side that works")??;
        decide(&args, &failed, failures).await
    });
    deciding.block_on(decides).during("the side that decides")?
}

/// Does what standard input says, until it ends.
async fn decide(
    args: &Args,
    failed: &UnboundedSender<Fault>,
    mut failures: UnboundedReceiver<Fault>,
) -> Result<(), Fault> {
    let broker = broker::Broker::connect(&args.amqp).await?;
    let store = store::Store::connect(&args.redis).await?;
    let mut decider = decide::start(&broker, &store, failed).await?;
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
