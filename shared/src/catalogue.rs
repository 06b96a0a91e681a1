//! The service catalogue: what Baton knows of the services it calls.
//!
//! One file, read by orchestrators (which operation, what may be retried, what needs no undo) and by
//! workers (where it is, which credentials, how a response is judged). URLs and secrets live here, so
//! that workflows stay the same in every environment.

use crate::{RetryPolicy, ServiceName, duration};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// All services, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Catalogue {
    pub services: BTreeMap<ServiceName, Service>,
}

/// One service. What an operation says wins over what its service says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Service {
    /// Base URL; operation paths are appended to it. `http://` or `https://`.
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Calls one worker has under way at once.
    #[serde(default = "default_concurrency")]
    pub concurrency: usize,
    /// The largest answer read, in bytes; more is a broken answer.
    #[serde(default = "default_max_response")]
    pub max_response: usize,
    #[serde(flatten)]
    pub rules: Rules,
    #[serde(default)]
    pub operations: BTreeMap<String, Operation>,
}

/// One operation of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Operation {
    pub method: String,
    /// Below the service's URL; `{name}` takes the input's member of that name out of the body.
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema of the input (`with`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// JSON Schema of the answer; one that does not fit is a broken answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Changes nothing, so needs no undo. Default: GET and HEAD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    #[serde(flatten)]
    pub rules: Rules,
}

/// What a service or an operation may say about time, retries and statuses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// The longest one call may take. Default 30s.
    #[serde(with = "duration::option", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// `final`: the service keeps a rejection under its key and would have answered success had it
    /// applied an earlier copy, so a final rejection needs no undo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejections: Option<Rejections>,
    /// Statuses that are a retryable rejection besides 425, 429 and 503 with `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<Vec<u16>>,
    /// Statuses of a compensation that mean there is nothing to undo. Default 404 and 410, which
    /// count only where the step is not known to have happened; statuses listed here always count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nothing_to_undo: Option<Vec<u16>>,
}

/// What a rejection of a service proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rejections {
    /// Nothing happened and nothing will, under this key.
    Final,
    /// An earlier copy may still land.
    Open,
}

/// Credentials, by reference: the worker resolves a secret at the moment of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Auth {
    Bearer {
        token: SecretRef,
    },
    Basic {
        username: String,
        password: SecretRef,
    },
}

/// The name of a secret, never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRef {
    pub secret: String,
}

/// The default of [`Service::concurrency`].
pub const DEFAULT_CONCURRENCY: usize = 64;
/// The default of [`Service::max_response`]: 1 MiB.
pub const DEFAULT_MAX_RESPONSE: usize = 1024 * 1024;
/// The default of [`Rules::timeout`].
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

fn default_concurrency() -> usize {
    DEFAULT_CONCURRENCY
}
fn default_max_response() -> usize {
    DEFAULT_MAX_RESPONSE
}

/// An operation with its service, and the rules of both merged.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub service: &'a Service,
    pub operation: &'a Operation,
}

impl Catalogue {
    /// The operation `payments.authorize` names, if there is one.
    pub fn find(&self, name: &str) -> Option<(ServiceName, Found<'_>)> {
        let (service_name, operation_name) = name.split_once('.')?;
        let (name, service) = self
            .services
            .iter()
            .find(|(name, _)| name.as_str() == service_name)?;
        let operation = service.operations.get(operation_name)?;
        Some((name.clone(), Found { service, operation }))
    }

    /// Every `service.operation`, for messages that offer the nearest one.
    pub fn operations(&self) -> impl Iterator<Item = String> + '_ {
        self.services.iter().flat_map(|(service, described)| {
            described
                .operations
                .keys()
                .map(move |operation| format!("{service}.{operation}"))
        })
    }

    /// What is wrong with it, all at once; empty when all is well.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, service) in &self.services {
            if name.as_str().contains('.') {
                faults.push(format!(
                    "service `{name}`: its name must have no dot, which stands between service and \
                     operation; write `{}`",
                    name.as_str().replace('.', "-")
                ));
            }
            let of_service = |fault| format!("service `{name}`: {fault}");
            if *name == ServiceName::http() {
                let fault = "its name stands for calls without a catalogue; give it another";
                faults.push(of_service(fault.to_owned()));
            }
            faults.extend(url_fault(&service.url).map(of_service));
            faults.extend(service.rules.fault().map(of_service));
            if service.concurrency == 0 {
                faults.push(format!("service `{name}`: concurrency must be at least 1"));
            }
            for (operation, described) in &service.operations {
                faults.extend(
                    described
                        .fault()
                        .map(|fault| format!("operation `{name}.{operation}`: {fault}")),
                );
            }
        }
        faults
    }
}

/// What is wrong with a base URL. One with a password is not repeated.
fn url_fault(url: &str) -> Option<String> {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let Some(rest) = rest else {
        let url = url.escape_debug();
        return Some(format!("url `{url}` must start with http:// or https://"));
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.contains('@') {
        let how = "name a secret under `auth` instead";
        return Some(format!("url carries a user name or a password; {how}"));
    }
    if rest.contains(['?', '#']) {
        let url = url.escape_debug();
        let why = "paths of operations are appended to it";
        return Some(format!("url `{url}` must end before `?` and `#`: {why}"));
    }
    None
}

impl Rules {
    fn fault(&self) -> Option<String> {
        let zero = self.timeout == Some(Duration::ZERO);
        zero.then(|| "timeout must be longer than nothing".to_owned())
    }
}

/// Methods that the catalogue may name.
pub const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

impl Operation {
    fn fault(&self) -> Option<String> {
        if !METHODS.contains(&self.method.as_str()) {
            return Some(format!(
                "method `{}` is none of {}",
                self.method.escape_debug(),
                METHODS.join(", ")
            ));
        }
        if !self.path.starts_with('/') {
            let path = self.path.escape_debug();
            return Some(format!("path `{path}` must start with `/`"));
        }
        self.rules.fault()
    }

    /// Whether it changes nothing, and so needs no undo.
    pub fn is_read_only(&self) -> bool {
        self.read_only
            .unwrap_or(matches!(self.method.as_str(), "GET" | "HEAD"))
    }
}

impl Found<'_> {
    fn rule<T>(&self, pick: impl Fn(&Rules) -> Option<T>) -> Option<T> {
        pick(&self.operation.rules).or_else(|| pick(&self.service.rules))
    }

    pub fn timeout(&self) -> Duration {
        self.rule(|rules| rules.timeout).unwrap_or(DEFAULT_TIMEOUT)
    }

    pub fn retry(&self) -> Option<RetryPolicy> {
        self.rule(|rules| rules.retry.clone())
    }

    /// Whether a final rejection proves that nothing happened.
    pub fn rejections_are_final(&self) -> bool {
        self.rule(|rules| rules.rejections) == Some(Rejections::Final)
    }

    pub fn retryable(&self) -> Vec<u16> {
        self.rule(|rules| rules.retryable.clone())
            .unwrap_or_default()
    }

    /// The statuses someone listed; none where the default (404, 410) holds.
    pub fn nothing_to_undo(&self) -> Option<Vec<u16>> {
        self.rule(|rules| rules.nothing_to_undo.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Catalogue, String> {
        serde_json::from_value(value).map_err(|e| e.to_string())
    }

    #[test]
    fn an_operation_wins_over_its_service() {
        let catalogue = read(json!({ "services": { "payments": {
            "url": "http://127.0.0.1:1", "timeout": "5s", "rejections": "final",
            "operations": {
                "authorize": { "method": "POST", "path": "/a", "timeout": "1s" },
                "look": { "method": "GET", "path": "/a" },
            },
        } } }))
        .expect("reads");
        let (service, found) = catalogue.find("payments.authorize").expect("is there");
        assert_eq!(service.as_str(), "payments");
        assert_eq!(found.timeout(), Duration::from_secs(1));
        assert!(found.rejections_are_final());
        assert!(!found.operation.is_read_only());
        let (_, look) = catalogue.find("payments.look").expect("is there");
        assert_eq!(look.timeout(), Duration::from_secs(5));
        assert!(look.operation.is_read_only());
        assert!(catalogue.find("payments.nothing").is_none());
    }

    /// `a.b.c` is the operation `b.c` of `a`: no call would reach a service `a.b`.
    #[test]
    fn a_service_that_no_call_can_name_is_a_fault() {
        let service = json!({ "url": "http://x", "operations": {
            "c": { "method": "GET", "path": "/" },
        } });
        let named = |name: &str| read(json!({ "services": { name: service } })).expect("reads");
        assert_eq!(named("a.b").faults().len(), 1);
        assert!(named("a.b").faults()[0].contains("`a-b`"));
        assert_eq!(named("a-b").faults(), Vec::<String>::new());
    }

    #[test]
    fn what_no_call_could_use_is_a_fault() {
        let fault = |name: &str, service: Value| {
            let read = read(json!({ "services": { name: service } })).expect("reads");
            read.faults().join("; ")
        };
        let secret = fault("p", json!({ "url": "http://app:s3cret@shop/x" }));
        assert!(
            secret.contains("`auth`") && !secret.contains("s3cret"),
            "{secret}"
        );
        for url in ["http://shop/x?y=1", "http://shop#x"] {
            assert!(fault("p", json!({ "url": url })).contains("must end before"));
        }
        let path = json!({ "url": "http://shop/@home" });
        assert_eq!(
            fault("p", path),
            "",
            "no user name: it stands behind the host"
        );
        assert!(fault("http", json!({ "url": "http://x" })).contains("give it another"));
        let operation = json!({ "method": "GET", "path": "/", "timeout": "0ms" });
        for service in [
            json!({ "url": "http://x", "timeout": "0s" }),
            json!({ "url": "http://x", "operations": { "o": operation } }),
        ] {
            assert!(fault("p", service).contains("timeout must be longer"));
        }
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let wrong =
            |service: Value| read(json!({ "services": { "p": service } })).expect_err("is refused");
        assert!(wrong(json!({ "url": "http://x", "timeuot": "1s" })).contains("timeuot"));
        let operation = json!({ "method": "GET", "path": "/", "retires": {} });
        let fault = wrong(json!({ "url": "http://x", "operations": { "o": operation } }));
        assert!(fault.contains("retires"), "{fault}");
    }
}
