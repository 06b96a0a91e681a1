//! What was written: the settings by their names, before anything is made of them.

use crate::config::Format;
use crate::tls::Tls;
use serde::Deserialize;

/// The name of every setting, as a file nests them and a message writes them.
pub const SETTINGS: [&str; 26] = [
    "store.url",
    "store.partitions",
    "store.prefix",
    "store.tls.ca",
    "store.tls.cert",
    "store.tls.key",
    "queue.url",
    "queue.prefix",
    "queue.tls.ca",
    "queue.tls.cert",
    "queue.tls.key",
    "api.listen",
    "api.insecure",
    "api.bodyLimit",
    "api.tls.cert",
    "api.tls.key",
    "api.tls.clientCa",
    "api.tokens",
    "api.tokenFile",
    "services",
    "workflows",
    "secrets.dir",
    "retention",
    "log.format",
    "log.level",
    "worker.services",
];

/// The settings that are lists; in the environment their parts are separated by commas.
pub(super) const LISTS: [&str; 2] = ["api.tokens", "worker.services"];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub(super) store: Store,
    pub(super) queue: Queue,
    pub(super) api: Api,
    pub(super) services: Option<String>,
    pub(super) workflows: Option<String>,
    pub(super) secrets: Secrets,
    pub(super) retention: Option<String>,
    pub(super) log: Log,
    pub(super) worker: Worker,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Store {
    pub(super) url: Option<String>,
    pub(super) partitions: Option<u64>,
    pub(super) prefix: Option<String>,
    pub(super) tls: Option<Tls>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Queue {
    pub(super) url: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) tls: Option<Tls>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct Api {
    pub(super) listen: Option<String>,
    pub(super) insecure: Option<bool>,
    pub(super) body_limit: Option<u64>,
    pub(super) tls: Option<ApiTls>,
    pub(super) tokens: Vec<String>,
    pub(super) token_file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct ApiTls {
    pub(super) cert: Option<String>,
    pub(super) key: Option<String>,
    pub(super) client_ca: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Secrets {
    pub(super) dir: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    pub(super) format: Option<Format>,
    pub(super) level: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Worker {
    pub(super) services: Vec<String>,
}
