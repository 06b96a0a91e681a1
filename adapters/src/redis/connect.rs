//! The first connection: is this a Redis that Baton can keep its promises on?

use super::gather::Gather;
use super::keys::Keys;
use super::links::{HELD, Links};
use super::scripts::Scripts;
use super::{Inner, Settings, Store, trouble};
use crate::tls::{Tls, TlsError};
use baton_engine::store::Durability;
use baton_shared::port::StoreError;
use deadpool_redis::{Manager, Pool, PoolError, Runtime, Timeouts};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, ConnectionInfo, ErrorKind, IntoConnectionInfo,
    RedisError, TlsCertificates,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// An answer that takes longer is given up; the write may have happened, which its repetition
/// finds out.
const RESPONSE: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(2);

/// Why the store cannot be used. No message contains a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    #[error("the Redis URL cannot be read: {0}; it looks like redis://user:password@host:6379/0")]
    Url(String),
    #[error("Redis at {at} cannot be reached: {reason}")]
    Unreachable { at: String, reason: String },
    #[error("Redis at {at} refuses the login: {reason}")]
    Login { at: String, reason: String },
    #[error(
        "Redis at {at} has maxmemory-policy {policy} and would silently evict sagas: set it to noeviction"
    )]
    Policy { at: String, policy: String },
    #[error(
        "Redis at {at} holds sagas in {found} partitions, and the settings say {wanted}: set partitions to {found}; the number is fixed when the store is first used"
    )]
    Partitions {
        at: String,
        found: String,
        wanted: u16,
    },
    #[error("Redis at {at} cannot run Baton's scripts, it needs Redis 7.0 or Valkey: {reason}")]
    Scripts { at: String, reason: String },
    #[error("TLS to Redis: {0}")]
    Tls(#[from] TlsError),
}

/// Connects, checks the server's settings and claims the number of partitions.
pub async fn connect(settings: Settings) -> Result<Store, ConnectError> {
    let info = address(&settings)?;
    let at = plain(&info);
    let pool = pool(info).map_err(|error| ConnectError::Url(error.to_string()))?;
    let mut connection = pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => refused(&at, &error),
        other => ConnectError::Unreachable {
            at: at.clone(),
            reason: other.to_string(),
        },
    })?;

    let served = inspect(&mut connection)
        .await
        .map_err(|error| refused(&at, &error))?;
    if served.policy != "noeviction" {
        return Err(ConnectError::Policy {
            at,
            policy: served.policy,
        });
    }
    let loaded: Result<(), RedisError> = Scripts::load().query_async(&mut *connection).await;
    loaded.map_err(|error| match error.code() {
        // It is starting, or a long script runs: not a Redis that cannot.
        Some("LOADING" | "BUSY" | "MASTERDOWN") => refused(&at, &error),
        _ => ConnectError::Scripts {
            at: at.clone(),
            reason: error.to_string(),
        },
    })?;

    let keys = Keys {
        prefix: settings.prefix,
        partitions: settings.partitions.max(1),
    };
    let full = claim(&mut connection, &keys, &at).await?;
    drop(connection);
    let links = Arc::new(Links::new(pool));
    let inner = Arc::new(Inner {
        results: Gather::new(links.clone()),
        links,
        keys,
        scripts: Scripts::new(),
        durability: served.durability,
        trouble: trouble::Trouble::default(),
    });
    trouble::note(&inner, full.as_ref());
    Ok(Store { inner })
}

fn address(settings: &Settings) -> Result<ConnectionInfo, ConnectError> {
    // The parser's message may repeat the URL, and with it a password: only its kind is told.
    let bad = |error: RedisError| ConnectError::Url(error.category().to_owned());
    let info = settings.url.as_str().into_connection_info().map_err(bad)?;
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let info = info.set_tcp_settings(tcp);
    match &settings.tls {
        Some(tls) if settings.url.starts_with("rediss:") => secured(info, tls),
        _ => Ok(info),
    }
}

fn secured(info: ConnectionInfo, tls: &Tls) -> Result<ConnectionInfo, ConnectError> {
    let pem = tls.read()?;
    let client_tls = pem
        .identity
        .map(|(client_cert, client_key)| ClientTlsConfig {
            client_cert,
            client_key,
        });
    let certificates = TlsCertificates {
        client_tls,
        root_cert: pem.ca,
    };
    Client::build_with_tls(info, certificates)
        .map(|client| client.get_connection_info().clone())
        .map_err(|error| ConnectError::Url(error.to_string()))
}

/// The address as it may be shown.
fn plain(info: &ConnectionInfo) -> String {
    match info.redis_settings().username() {
        Some(user) => format!("{user}@{}", info.addr()),
        None => info.addr().to_string(),
    }
}

fn pool(info: ConnectionInfo) -> Result<Pool, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(RESPONSE));
    let manager = Manager::new_with_config(info, config)?;
    let timeouts = Timeouts {
        wait: Some(CONNECT),
        create: Some(2 * CONNECT),
        recycle: Some(RESPONSE),
    };
    Ok(Pool::builder(manager)
        .max_size(HELD + 1)
        .runtime(Runtime::Tokio1)
        .timeouts(timeouts)
        .build()
        .expect("a runtime is set"))
}

/// A refused login, or else a server that cannot be reached.
fn refused(at: &str, error: &RedisError) -> ConnectError {
    let (at, reason) = (at.to_owned(), error.to_string());
    // Without a password it is the first command that fails, not the login.
    let login = error.kind() == ErrorKind::AuthenticationFailed
        || matches!(error.code(), Some("WRONGPASS" | "NOAUTH" | "NOPERM"));
    match login {
        true => ConnectError::Login { at, reason },
        false => ConnectError::Unreachable { at, reason },
    }
}

struct Served {
    policy: String,
    durability: Durability,
}

/// Reads what the server is really set to. `CONFIG` may be forbidden; then `INFO` tells the policy
/// and whether there is an append-only file, and the lesser durability is assumed.
async fn inspect(connection: &mut MultiplexedConnection) -> Result<Served, RedisError> {
    let mut ask = redis::cmd("CONFIG");
    ask.arg("GET").arg("append*");
    let config: Result<HashMap<String, String>, RedisError> = ask.query_async(connection).await;
    let mut ask = redis::cmd("CONFIG");
    ask.arg("GET").arg("maxmemory-policy");
    let policy: Result<HashMap<String, String>, RedisError> = ask.query_async(connection).await;
    match (config, policy) {
        (Ok(config), Ok(mut policy)) => {
            let is = |name: &str, value: &str| config.get(name).is_some_and(|v| v == value);
            let durability = match () {
                () if !is("appendonly", "yes") => Durability::Memory,
                () if is("appendfsync", "always") => Durability::Fsync,
                () if is("appendfsync", "everysec") => Durability::Second,
                () => Durability::Memory,
            };
            Ok(Served {
                policy: policy.remove("maxmemory-policy").unwrap_or_default(),
                durability,
            })
        }
        _ => {
            let info: String = redis::cmd("INFO").query_async(connection).await?;
            Ok(from_info(&info))
        }
    }
}

fn from_info(info: &str) -> Served {
    let field = |name: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    };
    let durability = match field("aof_enabled") {
        Some("1") => Durability::Second,
        _ => Durability::Memory,
    };
    Served {
        policy: field("maxmemory_policy").unwrap_or("unknown").to_owned(),
        durability,
    }
}

/// Fixes the number of partitions, or finds it fixed. A Redis too full to note it is no reason not
/// to start if it has been noted before: what it said is returned as trouble.
async fn claim(
    connection: &mut MultiplexedConnection,
    keys: &Keys,
    at: &str,
) -> Result<Option<StoreError>, ConnectError> {
    let mut note = redis::cmd("SET");
    note.arg(keys.count()).arg(keys.partitions).arg("NX");
    let noted: Result<Option<String>, RedisError> = note.query_async(connection).await;
    let mut ask = redis::cmd("GET");
    ask.arg(keys.count());
    let found: Option<String> = ask
        .query_async(connection)
        .await
        .map_err(|error| refused(at, &error))?;
    match (found, noted) {
        (Some(found), noted) if found == keys.partitions.to_string() => {
            Ok(noted.err().map(|error| super::error::store_error(&error)))
        }
        (Some(found), _) => Err(ConnectError::Partitions {
            at: at.to_owned(),
            found,
            wanted: keys.partitions,
        }),
        (None, Err(error)) => Err(refused(at, &error)),
        (None, Ok(_)) => Err(ConnectError::Unreachable {
            at: at.to_owned(),
            reason: "it lost what was just written".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_is_read_cautiously() {
        let served = from_info("maxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n");
        assert_eq!(
            (served.policy.as_str(), served.durability),
            ("allkeys-lru", Durability::Second)
        );
        assert_eq!(
            from_info("aof_enabled:0\r\n").durability,
            Durability::Memory
        );
    }

    #[test]
    fn a_bad_url_is_not_repeated() {
        let url = "http://user:secret@host".to_owned();
        let Err(error) = address(&Settings {
            url,
            ..Settings::default()
        }) else {
            panic!("http is no way to Redis");
        };
        let said = error.to_string();
        assert!(!said.contains("secret"), "{said}");
    }
}
