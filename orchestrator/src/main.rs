//! `baton-orchestrator`: reads its settings, opens store and queue, serves until it is told to stop.

use baton_adapters::any::{Opened, open_patiently};
use baton_adapters::clock::SystemClock;
use baton_adapters::config::{self, Config, Format};
use baton_adapters::runtime::{self, Fault};
use baton_adapters::stop;
use baton_adapters::telemetry::{self, Exporter};
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::door::Protection;
use baton_orchestrator::folder::deploy_folder;
use baton_orchestrator::settings::{Described, Settings};
use baton_orchestrator::tls::Certificates;
use baton_orchestrator::tokens::{Tokens, TokensError};
use baton_orchestrator::{Orchestrator, Outside, waiting};
use baton_shared::Spans;
use clap::Parser;
use futures_util::FutureExt;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

/// Drives sagas and serves the API.
#[derive(Parser)]
#[command(name = "baton-orchestrator", version)]
struct Arguments {
    /// Settings; the environment (BATON__STORE__URL, …) wins over the file.
    #[arg(long, value_name = "FILE", env = "BATON_CONFIG")]
    config: Option<PathBuf>,
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
    runtime::main("baton-orchestrator", async move { run(&arguments).await })
}

async fn run(arguments: &Arguments) -> Result<(), Fault> {
    let file = arguments.config.as_deref();
    let mut config = Config::read(file, config::environment(), "baton-orchestrator")?;
    config.log.format = arguments.log_format.unwrap_or(config.log.format);
    telemetry::start(&config.log)?;
    let exporter = Exporter::start("baton-orchestrator")?;
    let served = serve(config, exporter.spans()).await;
    exporter.stop().await;
    served
}

/// Until it is told to stop.
async fn serve(config: Config, spans: Spans) -> Result<(), Fault> {
    let stop = stop::signalled()?.boxed().shared();
    let protection = protection(&config.api)?;
    let listen = config.api.listen;
    let socket = std::net::TcpListener::bind(listen)
        .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
        .map_err(|error| format!("the API cannot listen on {listen}: {error}"))?;
    let opened = tokio::select! {
        opened = opened(&config, &protection, &socket) => opened?,
        () = stop.clone() => return Ok(()),
    };
    let outside = || Outside {
        store: opened.store.clone(),
        queue: opened.queue.clone(),
        records: opened.store.clone(),
        clock: SystemClock,
    };
    if let Some(folder) = &config.workflows {
        let definitions = Definitions::new(Arc::new(outside()), config.catalogue.clone());
        let workflows = deploy_folder(&definitions, folder).await?.join(", ");
        tracing::info!(%workflows, "deployed");
    }
    let described = &opened.described;
    let (store, queue) = (&described.store_url, &described.queue_url);
    tracing::info!(%listen, %store, %queue, "orchestrator runs");
    let orchestrator = Orchestrator {
        outside: outside(),
        settings: Settings {
            spans,
            ..settings(&config, protection, &opened)
        },
        catalogue: config.catalogue,
    };
    let listener = tokio::net::TcpListener::from_std(socket)?;
    orchestrator.run(listener, stop).await?;
    opened.queue.close().await;
    tracing::info!("orchestrator stopped");
    Ok(())
}

/// Store and queue; until they are there the API is alive and says why it is not ready.
async fn opened(
    config: &Config,
    protection: &Protection,
    socket: &std::net::TcpListener,
) -> Result<Opened, Fault> {
    let url = config.backend.described().store_url;
    let (told, reason) = watch::channel(format!("connecting to {url}"));
    let (over, ended) = oneshot::channel::<()>();
    let wait = waiting::wait(socket, protection, &SystemClock, reason, ended.map(drop));
    let open = async {
        let opened = open_patiently(&config.backend, |error| {
            tracing::warn!(%url, %error, "waiting for the store");
            told.send_replace(error.to_string());
        });
        let opened = opened.await;
        drop(over);
        Ok::<_, Fault>(opened?)
    };
    // The API's own fault comes first: it is no use to wait for a store then.
    let ((), opened) = futures_util::try_join!(wait.map(|waited| Ok(waited?)), open)?;
    Ok(opened)
}

fn settings(config: &Config, protection: Protection, opened: &Opened) -> Settings {
    let described = opened.described.clone();
    Settings {
        retention: config.retention,
        body_limit: config.api.body_limit,
        protection,
        described: Described {
            store: described.store.to_owned(),
            store_url: described.store_url,
            queue: described.queue.to_owned(),
            queue_url: described.queue_url,
        },
        seed: RandomState::new().hash_one(std::process::id()),
        ..Settings::default().with_partitions(config.partitions)
    }
}

fn protection(api: &config::Api) -> Result<Protection, TokensError> {
    Ok(Protection {
        tls: api.tls.clone().map(|files| Certificates {
            cert: files.cert,
            key: files.key,
            client_ca: files.client_ca,
        }),
        tokens: Tokens::read(&api.tokens, api.token_file.clone())?,
        insecure: api.insecure,
    })
}
