//! `baton dev`: orchestrator, worker and embedded store in this one process.
//!
//! The composition belongs here and nowhere else in the crate: it makes the adapters, starts server
//! and worker, deploys what is in `--workflows`, prints [`banner`] and waits for Ctrl-C.

use super::check;
use crate::compose::{self, Parts};
use crate::failure::{Exit, Failure};
use crate::render::facts::Facts;
use crate::render::{Look, count};
use crate::session::Session;
use baton_adapters::clock::SystemClock;
use baton_adapters::config::{self, Config};
use baton_adapters::telemetry::{self, Exporter};
use baton_adapters::{embedded, stop};
use baton_engine::store::{Query, Store};
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::door::Protection;
use baton_orchestrator::folder::{FolderError, deploy_folder};
use baton_orchestrator::settings::Described;
use baton_orchestrator::tls::Certificates;
use baton_orchestrator::tokens::{Tokens, TokensError};
use baton_orchestrator::{Outside, Settings};
use baton_shared::Spans;
use baton_shared::catalogue::Catalogue;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Run Baton here: orchestrator, worker and store in one process
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton dev --workflows workflows --services services.yaml")]
pub struct Args {
    /// Deploy the workflows of this folder at start
    #[arg(long, value_name = "DIR")]
    pub workflows: Option<PathBuf>,
    /// The service catalogue
    #[arg(long, value_name = "FILE")]
    pub services: Option<PathBuf>,
    /// Where sagas are kept
    #[arg(long, value_name = "DIR", default_value = ".baton")]
    pub data: PathBuf,
    /// Where the API listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7070")]
    pub listen: SocketAddr,
}

/// Runs until Ctrl-C.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let wrong = |error: &dyn Error| Failure::WrongCall(error.to_string());
    let dev = config::Dev {
        data: args.data.clone(),
        listen: args.listen,
        services: args.services.clone(),
        workflows: args.workflows.clone(),
    };
    let config = Config::for_dev(&dev, config::environment()).map_err(|e| wrong(&e))?;
    telemetry::start(&config.log).map_err(|error| wrong(&error))?;
    let exporter = Exporter::start("baton").map_err(|error| wrong(&error))?;
    let served = serve(args, session, config, exporter.spans()).await;
    exporter.stop().await;
    served
}

/// Runs until Ctrl-C, and tells spans.
async fn serve(
    args: &Args,
    session: &Session,
    config: Config,
    spans: Spans,
) -> Result<Exit, Failure> {
    let wrong = |error: &dyn Error| Failure::WrongCall(error.to_string());
    let stop = stop::signalled().map_err(|error| Failure::System(error.to_string()))?;
    let settings = Settings {
        spans,
        ..settings(&config).map_err(|error| wrong(&error))?
    };
    let store = embedded::Store::open(&args.data, embedded::Settings::default())
        .map_err(|error| Failure::System(error.to_string()))?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        let listen = args.listen;
        Failure::System(format!(
            "cannot listen on {listen}: {error}. Name another with --listen."
        ))
    })?;
    let mut started = Started {
        listen: listener.local_addr().unwrap_or(args.listen),
        tls: settings.protection.tls.is_some(),
        data: args.data.clone(),
        durability: Store::durability(&store).name(),
        services: config.catalogue.services.len(),
        workflows: Vec::new(),
        kept: 0,
        unused: unused(config::environment()),
        resumed: live(&store).await,
    };
    let parts = Parts {
        store: store.clone(),
        queue: embedded::Queue::default(),
        catalogue: config.catalogue.clone(),
        listener,
        settings,
        secrets: config.secrets,
    };
    let served = compose::serve(parts, compose::stop(stop));
    let begun = async {
        let folder = config.workflows.as_deref();
        (started.workflows, started.kept) = deploy(folder, store, config.catalogue).await?;
        let banner = banner(&started, &session.screen.look());
        session.screen.complain(&banner);
        Ok(())
    };
    // A workflow that cannot be deployed stops the start; afterwards only a signal does.
    futures_util::try_join!(served, begun)?;
    Ok(Exit::Ok)
}

/// What the orchestrator is told of the settings.
fn settings(config: &Config) -> Result<Settings, TokensError> {
    let (api, described) = (&config.api, config.backend.described());
    Ok(Settings {
        retention: config.retention,
        body_limit: api.body_limit,
        protection: Protection {
            tls: api.tls.clone().map(|files| Certificates {
                cert: files.cert,
                key: files.key,
                client_ca: files.client_ca,
            }),
            tokens: Tokens::read(&api.tokens, api.token_file.clone())?,
            insecure: api.insecure,
        },
        described: Described {
            store: described.store.to_owned(),
            store_url: described.store_url,
            queue: described.queue.to_owned(),
            queue_url: described.queue_url,
        },
        ..Settings::default()
    })
}

/// Deploys past the API, which may ask for a token that we do not have. What was deployed, and how many
/// there are now.
async fn deploy(
    folder: Option<&Path>,
    store: embedded::Store,
    catalogue: Catalogue,
) -> Result<(Vec<String>, usize), Failure> {
    let no_services = catalogue.services.is_empty();
    let outside = Outside {
        store: store.clone(),
        queue: embedded::Queue::default(),
        records: store,
        clock: SystemClock,
    };
    let definitions = Definitions::new(Arc::new(outside), catalogue);
    let deployed = match folder {
        Some(folder) => deploy_folder(&definitions, folder)
            .await
            .map_err(|error| not_deployed(&error, no_services))?,
        None => Vec::new(),
    };
    let kept = definitions.list().await;
    let kept = kept.map_err(|error| Failure::System(error.to_string()))?;
    Ok((deployed, kept.len()))
}

fn not_deployed(error: &FolderError, no_services: bool) -> Failure {
    match error {
        FolderError::Unreadable { .. } => Failure::WrongCall(error.to_string()),
        FolderError::Invalid { faults, .. } if no_services && faults.contains(UNKNOWN) => {
            Failure::System(format!(
                "{}\n\nnote: {}",
                error.to_string().trim_end(),
                check::NO_SERVICES
            ))
        }
        _ => Failure::System(error.to_string()),
    }
}

/// How a call is shown that the catalogue does not have.
const UNKNOWN: &str = "[unknown-operation]";

/// Sagas that are not over, as far as one page tells.
async fn live(store: &embedded::Store) -> usize {
    let mut live = 0;
    for status in ["running", "waiting", "compensating", "suspended"] {
        let query = Query {
            status: Some(status.to_owned()),
            limit: 10_000,
            ..Query::default()
        };
        live += Store::list(store, query).await.map_or(0, |rows| rows.len());
    }
    live
}

/// What stands once everything is up.
#[derive(Clone, Debug)]
pub struct Started {
    /// The address that was bound.
    pub listen: SocketAddr,
    pub tls: bool,
    pub data: PathBuf,
    /// `fsync`, `second` or `memory`.
    pub durability: &'static str,
    pub services: usize,
    /// `namespace/name@version` of what was deployed now.
    pub workflows: Vec<String>,
    /// All that is deployed, every version.
    pub kept: usize,
    /// Variables of the environment that name brokers.
    pub unused: Vec<String>,
    /// Sagas that go on where they stood.
    pub resumed: usize,
}

/// Of these variables, those that name brokers, of which there are none here.
fn unused(variables: Vec<(String, String)>) -> Vec<String> {
    let brokers = ["BATON__STORE__", "BATON__QUEUE__"];
    let names = variables.into_iter().map(|(name, _)| name);
    let mut unused: Vec<String> = names
        .filter(|name| brokers.iter().any(|part| name.starts_with(part)))
        .collect();
    unused.sort();
    unused
}

/// What can be submitted: what was deployed now, by name, and what the store had before.
fn workflows(started: &Started) -> String {
    let now = started.workflows.join(", ");
    let before = started.kept.saturating_sub(started.workflows.len());
    match (now.as_str(), before) {
        ("", 0) => "none: `baton deploy FILE` deploys one".to_owned(),
        ("", before) => format!("{before} deployed before: `baton workflows` lists them"),
        (now, 0) => now.to_owned(),
        (now, before) => {
            format!("{now}, and {before} deployed before: `baton workflows` lists them")
        }
    }
}

/// The first words of a running Baton, for stderr.
pub fn banner(started: &Started, look: &Look) -> String {
    let mut facts = Facts::default();
    let scheme = if started.tls { "https" } else { "http" };
    facts.put("api", format!("{scheme}://{}", started.listen));
    facts.put(
        "data",
        format!("{} ({})", started.data.display(), started.durability),
    );
    facts.put("services", started.services.to_string());
    facts.put("workflows", workflows(started));
    if !started.unused.is_empty() {
        let unused = started.unused.join(", ");
        let brokers = "brokers are for `baton-orchestrator` and `baton-worker`";
        facts.put("not used", format!("{unused}: {brokers}"));
    }
    if started.resumed > 0 {
        facts.put("going on", count(started.resumed, "saga"));
    }
    format!(
        "Baton runs. Ctrl-C stops it; sagas go on at the next start.\n\n{}",
        facts.text(look)
    )
}
