//! Celery on RabbitMQ and Redis, as `make bench-peers` installs it below `target/peers`.

use super::helper::Helper;
use super::{Brokers, Entry, rig};
use crate::fault::{During, Fault};
use crate::vitals::Part;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

const PYTHON: &str = "venv/bin/python";
/// Processes that work: twice the cores, for each waits for the service and the brokers.
const PROCESSES: &str = "4";
const START: Duration = Duration::from_secs(60);

/// The workers, and the program that submits.
pub(super) struct Celery {
    workers: Helper,
    submits: Arc<Mutex<Helper>>,
    submitter: u32,
}

impl Celery {
    pub(super) fn start(
        brokers: &Brokers,
        folder: &Path,
        service: SocketAddr,
    ) -> Result<Self, Fault> {
        let five = baton_report::root().join("bench/celery");
        let python = rig::peer(PYTHON)?;
        let run = |args: &[&str], log: &str| {
            let mut command = Command::new(&python);
            command
                .args(args)
                .env("PYTHONPATH", &five)
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .env("BENCH_AMQP", brokers.amqp())
                .env("BENCH_REDIS", brokers.redis())
                .env("BENCH_SERVICE", service.to_string())
                .env("TMPDIR", folder)
                .current_dir(folder);
            Helper::start("celery", command, &folder.join(log))
        };
        let worker = [
            "-m",
            "celery",
            "-A",
            "five",
            "worker",
            "--pool",
            "prefork",
            "--concurrency",
            PROCESSES,
            "-Q",
            "celery.five",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel",
            "WARNING",
        ];
        let workers = run(&worker, "celery.log")?;
        let submits = run(&["-m", "five"], "submit.log")?;
        let submitter = submits.pid();
        Ok(Self {
            workers,
            submits: Arc::new(Mutex::new(submits)),
            submitter,
        })
    }

    pub(super) async fn ready(&self) -> Result<(), Fault> {
        let said = self.submits.lock().await.hear(START).await?;
        (said == "ready").then_some(()).ok_or(said).during("celery")
    }

    pub(super) fn entry(&self) -> Entry {
        Entry::Celery(self.submits.clone())
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        vec![Part::new("workers", self.workers.pid())]
    }

    /// What submits belongs to the load.
    pub(super) fn beside(&self) -> Vec<Part> {
        vec![Part::new("submitting", self.submitter)]
    }

    pub(super) fn described(brokers: &str) -> String {
        let celery = rig::version("celery");
        format!("{celery}: late acknowledgements, quorum queue, {PROCESSES} processes; {brokers}")
    }
}
