//! `baton dev`: orchestrator, worker and embedded store in this one process.
//!
//! The composition belongs here and nowhere else in the crate: it makes the adapters, starts server
//! and worker, deploys what is in `--workflows`, prints [`banner`] and waits for Ctrl-C.

use crate::args::Connection;
use crate::compose::{self, Parts};
use crate::failure::{Exit, Failure};
use crate::render::facts::Facts;
use crate::render::{Look, count};
use crate::session::Session;
use baton_adapters::config::{self, Config, Dev, Log};
use baton_adapters::{embedded, stop, telemetry};
use baton_engine::store::{Query, Store};
use baton_orchestrator::Settings;
use baton_orchestrator::settings::Described;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
    let config = Config::for_dev(
        &Dev {
            data: args.data.clone(),
            listen: args.listen,
            services: args.services.clone(),
            workflows: args.workflows.clone(),
        },
        config::environment(),
    )
    .map_err(|error| Failure::WrongCall(error.to_string()))?;
    telemetry::start(&quiet(&config.log)).map_err(|error| Failure::WrongCall(error.to_string()))?;
    let stop = stop::signalled().map_err(|error| Failure::System(error.to_string()))?;
    let sources = sources(config.workflows.as_deref())?;
    let store = embedded::Store::open(&args.data, embedded::Settings::default())
        .map_err(|error| Failure::System(error.to_string()))?;
    let durability = Store::durability(&store).name();
    let resumed = live(&store).await;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        let listen = args.listen;
        Failure::System(format!(
            "cannot listen on {listen}: {error}. Name another with --listen."
        ))
    })?;
    let listen = listener.local_addr().unwrap_or(args.listen);
    let services = config.catalogue.services.len();
    let parts = Parts {
        store,
        queue: embedded::Queue::default(),
        settings: settings(&config),
        catalogue: config.catalogue,
        listener,
        secrets: config.secrets,
    };
    let served = compose::serve(parts, compose::stop(stop));
    let started = async {
        let workflows = deploy(session, listen, &sources).await?;
        let data = args.data.clone();
        let started = Started {
            listen,
            data,
            durability,
            services,
            workflows,
            resumed,
        };
        session
            .screen
            .complain(&banner(&started, &session.screen.look()));
        Ok(())
    };
    // A workflow that cannot be deployed stops the start; afterwards only a signal does.
    futures_util::try_join!(served, started)?;
    Ok(Exit::Ok)
}

/// A person looks on: only what needs a look is written, unless something else was asked for.
fn quiet(log: &Log) -> Log {
    let level = if log.level == "info" {
        "warn".to_owned()
    } else {
        log.level.clone()
    };
    Log {
        level,
        ..log.clone()
    }
}

fn settings(config: &Config) -> Settings {
    let described = config.backend.described();
    Settings {
        retention: config.retention,
        body_limit: config.api.body_limit,
        insecure: config.api.insecure,
        described: Described {
            store: described.store.to_owned(),
            store_url: described.store_url,
            queue: described.queue.to_owned(),
            queue_url: described.queue_url,
        },
        ..Settings::default()
    }
}

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

/// The workflow files of a folder, in the order of their names.
fn sources(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    let wrong = |error: std::io::Error| {
        Failure::WrongCall(format!(
            "cannot read the folder {}: {error}",
            folder.display()
        ))
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(wrong)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "yaml" || ending == "yml")
        })
        .collect();
    files.sort();
    let mut sources = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(wrong)?;
        // A catalogue may lie beside the workflows; a workflow has a `document`.
        if text.lines().any(|line| line.starts_with("document:")) {
            sources.push((file.display().to_string(), text));
        }
    }
    Ok(sources)
}

/// Deploys each through the API; the first that is refused is shown with its place.
async fn deploy(
    session: &Session,
    listen: SocketAddr,
    sources: &[(String, String)],
) -> Result<Vec<String>, Failure> {
    let connection = Connection {
        api: format!("http://{listen}"),
        token: None,
        json: false,
    };
    let here = Session::new(&connection, session.screen)?;
    let mut deployed = Vec::new();
    for (file, source) in sources {
        deployed.push(super::deploy::one(&here, file, source, true).await?);
    }
    Ok(deployed)
}

/// What stands once everything is up.
#[derive(Clone, Debug)]
pub struct Started {
    /// The address that was bound.
    pub listen: SocketAddr,
    pub data: PathBuf,
    /// `fsync`, `second` or `memory`.
    pub durability: &'static str,
    pub services: usize,
    /// `namespace/name@version` of what was deployed.
    pub workflows: Vec<String>,
    /// Sagas that go on where they stood.
    pub resumed: usize,
}

/// The first words of a running Baton, for stderr.
pub fn banner(started: &Started, look: &Look) -> String {
    let mut facts = Facts::default();
    facts.put("api", format!("http://{}", started.listen));
    facts.put(
        "data",
        format!("{} ({})", started.data.display(), started.durability),
    );
    facts.put("services", started.services.to_string());
    match &started.workflows[..] {
        [] => facts.put("workflows", "none: `baton deploy FILE` deploys one"),
        workflows => facts.put("workflows", workflows.join(", ")),
    }
    if started.resumed > 0 {
        facts.put("going on", count(started.resumed, "saga"));
    }
    format!(
        "Baton runs. Ctrl-C stops it; sagas go on at the next start.\n\n{}",
        facts.text(look)
    )
}
