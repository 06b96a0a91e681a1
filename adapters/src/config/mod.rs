//! Settings, in two stages: what was written, and what it means.
//!
//! ```text
//!   defaults ◄─ file (YAML) ◄─ environment BATON__… ◄─ command line     the later wins
//!        └────────────── layers ──► Raw ── meaning ──► Config
//! ```
//!
//! A setting nobody knows is refused by its name, with the nearest right one. No message repeats a
//! value that may hold a password. Paths are relative to the folder the process was started in.

mod catalogue;
mod layers;
mod meaning;
mod raw;
mod url;
mod words;

pub use catalogue::{CatalogueError, catalogue, catalogue_of};
pub use layers::environment;
pub use raw::SETTINGS;
pub use url::plain_url;

use crate::{amqp, redis};
use baton_shared::ServiceName;
use baton_shared::catalogue::Catalogue;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Where `baton dev` keeps its sagas.
pub const FOLDER: &str = ".baton";
/// Where the API listens.
pub const LISTEN: &str = "127.0.0.1:7070";

/// What a process is to do.
#[derive(Clone, PartialEq)]
pub struct Config {
    pub backend: Backend,
    /// Into how many partitions sagas are divided.
    pub partitions: u16,
    pub api: Api,
    /// The services that workflows may call; empty where no file is named.
    pub catalogue: Catalogue,
    /// The folder whose workflows are deployed at the start.
    pub workflows: Option<PathBuf>,
    /// The folder with a file for each secret.
    pub secrets: Option<PathBuf>,
    /// How long a saga that is over is kept.
    pub retention: Duration,
    pub log: Log,
    /// The services a worker works for; all of the catalogue and `http` where empty.
    pub services: Vec<ServiceName>,
}

/// Where store and queue are. There is no half: both are in this process, or both are servers.
#[derive(Clone, PartialEq, Eq)]
pub enum Backend {
    Embedded { folder: PathBuf },
    Brokers(Box<Brokers>),
}

/// The servers.
#[derive(Clone, PartialEq, Eq)]
pub struct Brokers {
    pub store: redis::Settings,
    pub queue: amqp::Settings,
}

/// Store and queue as people see them; no password in a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// `embedded` or `redis`
    pub store: &'static str,
    pub store_url: String,
    /// `embedded` or `rabbitmq`
    pub queue: &'static str,
    pub queue_url: String,
}

/// The HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    pub listen: SocketAddr,
    /// Listen beyond loopback also without TLS or without a token.
    pub insecure: bool,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    pub tls: Option<ApiTls>,
    /// Hashes of tokens, as they were written.
    pub tokens: Vec<String>,
    /// A file with more of them, one a line.
    pub token_file: Option<PathBuf>,
}

/// Where the API's PEM files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTls {
    /// Our certificate chain, our own first.
    pub cert: PathBuf,
    /// The key of `cert`.
    pub key: PathBuf,
    /// The authorities whose certificates clients must have; without, clients need none.
    pub client_ca: Option<PathBuf>,
}

/// What is written about the work, to stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub format: Format,
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives as `baton_worker=debug,info`.
    pub level: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// What `baton dev` was told on its command line; it wins over the environment.
#[derive(Clone, Debug)]
pub struct Dev {
    /// The store's folder.
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// The catalogue's file.
    pub services: Option<PathBuf>,
    pub workflows: Option<PathBuf>,
}

/// Why the settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("the settings in {file} cannot be read: {reason}")]
    Unreadable { file: String, reason: String },
    #[error("{place}: there is no setting `{name}`{hint}")]
    Unknown {
        place: String,
        name: String,
        /// Empty, or `; did you mean …?`.
        hint: String,
    },
    #[error("the setting `{name}` {wrong}")]
    Wrong { name: String, wrong: String },
    #[error(
        "the store is {store} and the queue is {queue}: both are embedded in one process, or the \
         store is Redis and the queue is RabbitMQ; set `{missing}`"
    )]
    Half {
        store: &'static str,
        queue: &'static str,
        missing: &'static str,
    },
    #[error(
        "{process} is a process of its own and cannot share the embedded store and queue: set \
         store.url to redis://… and queue.url to amqp://…, or run everything in one process with \
         `baton dev`"
    )]
    Apart { process: &'static str },
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("it is text or json".to_owned()),
        }
    }
}

impl Config {
    /// Reads the settings of a process of its own. `environment` are variables, as
    /// [`environment`] gives them; others than `BATON__…` are not looked at. `process` names the
    /// binary in the refusal of an embedded store.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        process: &'static str,
    ) -> Result<Self, ConfigError> {
        let config = meaning::meaning(layers::read(file, environment, Vec::new())?)?;
        match config.backend {
            Backend::Brokers(_) => Ok(config),
            Backend::Embedded { .. } => Err(ConfigError::Apart { process }),
        }
    }

    /// The settings of `baton dev`: store and queue are embedded, whatever the environment says of
    /// them; everything else may be set there.
    pub fn for_dev(
        dev: &Dev,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut given = vec![("api.listen", dev.listen.to_string())];
        given.extend(dev.services.as_deref().map(|file| ("services", path(file))));
        given.extend(dev.workflows.as_deref().map(|dir| ("workflows", path(dir))));
        let here = |(name, _): &(String, String)| {
            let name = name.to_ascii_uppercase();
            !name.starts_with("BATON__STORE__") && !name.starts_with("BATON__QUEUE__")
        };
        let environment = environment.into_iter().filter(here);
        // Somebody watches the terminal: a line for every attempt only where it is asked for.
        let quiet = ("BATON__LOG__LEVEL".to_owned(), "warn".to_owned());
        let environment = std::iter::once(quiet).chain(environment);
        let config = meaning::meaning(layers::read(None, environment, given)?)?;
        let folder = dev.data.clone();
        Ok(Self {
            backend: Backend::Embedded { folder },
            ..config
        })
    }

    /// The same for these services only, where a command line names any with `--service`.
    pub fn for_services(mut self, names: &[String]) -> Result<Self, ConfigError> {
        if !names.is_empty() {
            self.services = meaning::known("--service", names, &self.catalogue)?;
        }
        Ok(self)
    }
}

impl Backend {
    /// What people see of store and queue.
    pub fn described(&self) -> Described {
        match self {
            Self::Embedded { folder } => Described {
                store: "embedded",
                store_url: format!("embedded:{}", folder.display()),
                queue: "embedded",
                queue_url: "embedded".to_owned(),
            },
            Self::Brokers(brokers) => Described {
                store: "redis",
                store_url: plain_url(&brokers.store.url),
                queue: "rabbitmq",
                queue_url: plain_url(&brokers.queue.url),
            },
        }
    }
}
