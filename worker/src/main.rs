//! `baton-worker`: reads its settings, opens store and queue, works until it is told to stop.

use baton_adapters::any::open_patiently;
use baton_adapters::clock::SystemClock;
use baton_adapters::config::{self, Config, Format};
use baton_adapters::runtime::{self, Fault};
use baton_adapters::stop;
use baton_adapters::telemetry::{self, Exporter};
use baton_shared::Spans;
use baton_worker::{HttpCaller, MachineSecrets, Pools, Worker};
use clap::Parser;
use futures_util::FutureExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Takes jobs, calls services over HTTP and reports what became of the calls.
#[derive(Parser)]
#[command(name = "baton-worker", version)]
struct Arguments {
    /// Settings; the environment (BATON__STORE__URL, …) wins over the file.
    #[arg(long, value_name = "FILE", env = "BATON_CONFIG")]
    config: Option<PathBuf>,
    /// Work only for this service of the catalogue; may be given more than once.
    #[arg(long, value_name = "NAME")]
    service: Vec<String>,
    /// How the log is written: text or json.
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<Format>,
}

/// glibc's took a quarter of an orchestrator's samples for what is small and soon gone. What others gave,
/// in speed and in memory, is told in docs/performance-notes.md.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    runtime::main("baton-worker", async move { run(&arguments).await })
}

async fn run(arguments: &Arguments) -> Result<(), Fault> {
    let file = arguments.config.as_deref();
    let config = Config::read(file, config::environment(), "baton-worker")?;
    let mut config = config.for_services(&arguments.service)?;
    config.log.format = arguments.log_format.unwrap_or(config.log.format);
    telemetry::start(&config.log)?;
    let exporter = Exporter::start("baton-worker")?;
    let worked = work(config, exporter.spans()).await;
    exporter.stop().await;
    worked
}

/// Until it is told to stop.
async fn work(config: Config, spans: Spans) -> Result<(), Fault> {
    let stop = stop::signalled()?.boxed().shared();
    let clock = Arc::new(SystemClock);
    let folder = config.secrets;
    let caller = HttpCaller::new(&config.catalogue, MachineSecrets { folder }, clock.clone())?;
    let pools = Pools::of(&config.catalogue, &config.services);

    let url = config.backend.described().store_url;
    let told = |error: &_| tracing::warn!(%url, %error, "waiting for the store");
    let opened = tokio::select! {
        opened = open_patiently(&config.backend, told) => opened?,
        () = stop.clone() => return Ok(()),
    };
    let services: Vec<&str> = pools.0.keys().map(|name| name.as_str()).collect();
    let (services, queue) = (services.join(", "), &opened.described.queue_url);
    tracing::info!(%services, store = %url, %queue, "worker runs");
    let (queue, records) = (Arc::new(opened.queue.clone()), Arc::new(opened.store));
    let worker = Worker::new(queue, records, Arc::new(caller), clock, pools).with_spans(spans);
    worker.run(stop).await?;
    opened.queue.close().await;
    tracing::info!("worker stopped");
    Ok(())
}
