//! What the settings mean together: defaults filled in, contradictions refused.

use super::raw::{self, Raw};
use super::{Api, ApiTls, Backend, Brokers, Config, ConfigError, FOLDER, LISTEN, Log, catalogue};
use crate::tls::Tls;
use crate::{amqp, redis};
use baton_engine::language::nearest;
use baton_shared::catalogue::Catalogue;
use baton_shared::{ServiceName, duration};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Most partitions: each is a queue at the broker.
const PARTITIONS_MAX: u64 = 1024;
/// The largest request body that may be allowed; the core keeps it in memory and in the journal.
const BODY_MAX: u64 = 16 * 1024 * 1024;
const BODY: u64 = 256 * 1024;
const RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);
const LEVEL: &str = "info";

pub(super) fn meaning(raw: Raw) -> Result<Config, ConfigError> {
    let partitions = partitions(raw.store.partitions)?;
    let catalogue = match &raw.services {
        Some(file) => catalogue(Path::new(file))?,
        None => Catalogue::default(),
    };
    Ok(Config {
        backend: backend(raw.store, raw.queue, partitions)?,
        partitions,
        api: api(raw.api)?,
        services: services(&raw.worker, &catalogue)?,
        catalogue,
        workflows: raw.workflows.map(PathBuf::from),
        secrets: raw.secrets.dir.map(PathBuf::from),
        retention: retention(raw.retention.as_deref())?,
        log: Log {
            format: raw.log.format.unwrap_or_default(),
            level: raw.log.level.unwrap_or_else(|| LEVEL.to_owned()),
        },
    })
}

fn wrong(name: &str, wrong: impl Into<String>) -> ConfigError {
    ConfigError::Wrong {
        name: name.to_owned(),
        wrong: wrong.into(),
    }
}

fn partitions(written: Option<u64>) -> Result<u16, ConfigError> {
    match written {
        None => Ok(redis::PARTITIONS),
        Some(count) if (1..=PARTITIONS_MAX).contains(&count) => {
            Ok(u16::try_from(count).expect("at most the most"))
        }
        Some(count) => Err(wrong(
            "store.partitions",
            format!("is {count}: it must be 1 to {PARTITIONS_MAX}"),
        )),
    }
}

/// What a URL names. Its text is not repeated in refusals: it may hold a password.
enum Place {
    Here(PathBuf),
    Server(String),
}

fn place(name: &str, url: Option<String>, schemes: [&str; 2]) -> Result<Place, ConfigError> {
    let url = url.unwrap_or_else(|| "embedded".to_owned());
    if let Some(folder) = url.strip_prefix("embedded") {
        match folder.strip_prefix(':') {
            None if folder.is_empty() => return Ok(Place::Here(FOLDER.into())),
            Some("") => return Ok(Place::Here(FOLDER.into())),
            Some(folder) => return Ok(Place::Here(folder.into())),
            None => {}
        }
    }
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
        return Ok(Place::Server(url));
    }
    let [plain, secured] = schemes;
    let found = scheme.map_or("without a scheme".to_owned(), |s| format!("`{s}://…`"));
    Err(wrong(
        name,
        format!("is {found}: write embedded:DIR, {plain}://… or {secured}://…"),
    ))
}

fn backend(store: raw::Store, queue: raw::Queue, partitions: u16) -> Result<Backend, ConfigError> {
    let store_at = place("store.url", store.url, ["redis", "rediss"])?;
    let is_default = queue.url.is_none();
    let queue_at = place("queue.url", queue.url, ["amqp", "amqps"])?;
    match (store_at, queue_at) {
        (Place::Here(folder), Place::Here(other)) => {
            // The queue is in memory; a folder of its own would promise what is not there.
            if is_default || other == folder || other == Path::new(FOLDER) {
                return Ok(Backend::Embedded { folder });
            }
            Err(wrong(
                "queue.url",
                "names a folder other than store.url does: the embedded queue keeps nothing of its \
                 own; write embedded",
            ))
        }
        (Place::Server(store_url), Place::Server(queue_url)) => {
            secured("store", &store_url, "rediss", store.tls.as_ref())?;
            secured("queue", &queue_url, "amqps", queue.tls.as_ref())?;
            let default = redis::Settings::default();
            let store = redis::Settings {
                url: store_url,
                partitions,
                prefix: store.prefix.unwrap_or(default.prefix),
                tls: store.tls,
            };
            let default = amqp::Settings::default();
            let queue = amqp::Settings {
                url: queue_url,
                prefix: queue.prefix.unwrap_or(default.prefix),
                tls: queue.tls,
                wait: true,
            };
            Ok(Backend::Brokers(Box::new(Brokers { store, queue })))
        }
        (Place::Here(_), Place::Server(_)) => Err(ConfigError::Half {
            store: "embedded",
            queue: "RabbitMQ",
            missing: "store.url",
        }),
        (Place::Server(_), Place::Here(_)) => Err(ConfigError::Half {
            store: "Redis",
            queue: "embedded",
            missing: "queue.url",
        }),
    }
}

/// Certificates that would not be used are refused: somebody believes the connection secured.
fn secured(half: &str, url: &str, scheme: &str, tls: Option<&Tls>) -> Result<(), ConfigError> {
    let Some(tls) = tls else { return Ok(()) };
    let name = format!("{half}.tls");
    if !url.starts_with(&format!("{scheme}://")) {
        let why = format!("is set, but {half}.url does not start with {scheme}://");
        return Err(wrong(&name, why));
    }
    if tls.cert.is_some() != tls.key.is_some() {
        return Err(wrong(&name, "needs cert and key together"));
    }
    Ok(())
}

fn api(raw: raw::Api) -> Result<Api, ConfigError> {
    let listen = raw.listen.as_deref().unwrap_or(LISTEN);
    let body = raw.body_limit.unwrap_or(BODY);
    if !(1..=BODY_MAX).contains(&body) {
        let why = format!("is {body}: it must be 1 to {BODY_MAX} bytes");
        return Err(wrong("api.bodyLimit", why));
    }
    Ok(Api {
        listen: listen.parse().map_err(|_| {
            let why =
                format!("is `{listen}`: write an IP address and a port, as in 127.0.0.1:7070");
            wrong("api.listen", why)
        })?,
        insecure: raw.insecure.unwrap_or(false),
        body_limit: usize::try_from(body).expect("at most the most"),
        tls: raw.tls.map(api_tls).transpose()?,
        tokens: raw.tokens,
        token_file: raw.token_file.map(PathBuf::from),
    })
}

fn api_tls(raw: raw::ApiTls) -> Result<ApiTls, ConfigError> {
    match (raw.cert, raw.key) {
        (Some(cert), Some(key)) => Ok(ApiTls {
            cert: cert.into(),
            key: key.into(),
            client_ca: raw.client_ca.map(PathBuf::from),
        }),
        _ => Err(wrong("api.tls", "needs cert and key together")),
    }
}

fn retention(text: Option<&str>) -> Result<Duration, ConfigError> {
    let Some(text) = text else {
        return Ok(RETENTION);
    };
    duration::parse(text).map_err(|why| wrong("retention", format!("cannot be used: {why}")))
}

fn services(raw: &raw::Worker, catalogue: &Catalogue) -> Result<Vec<ServiceName>, ConfigError> {
    known("worker.services", &raw.services, catalogue)
}

/// The services of these names; `setting` is where they were named.
pub(super) fn known(
    setting: &str,
    names: &[String],
    catalogue: &Catalogue,
) -> Result<Vec<ServiceName>, ConfigError> {
    let http = ServiceName::http();
    let all: Vec<&ServiceName> = catalogue.services.keys().chain([&http]).collect();
    let find = |name: &String| {
        let found = all.iter().find(|known| known.as_str() == name);
        found.map(|known| (*known).clone()).ok_or_else(|| {
            let right = nearest(name, all.iter().map(|known| known.as_str()));
            let hint = right.map_or_else(String::new, |right| format!("; did you mean `{right}`?"));
            let why = format!("names `{name}`, which is not in the service catalogue{hint}");
            wrong(setting, why)
        })
    };
    names.iter().map(find).collect()
}
