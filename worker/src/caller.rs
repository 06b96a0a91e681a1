//! The port `Caller` over HTTP: finds the service, adds credentials and limits, calls, judges.

use crate::classify::{Came, Rules, classify};
use crate::contract;
use crate::exchange::{Carrier, Exchange, Ready};
use crate::secrets::Secrets;
use crate::target;
use baton_shared::catalogue::{Auth, Catalogue, DEFAULT_MAX_RESPONSE, Found, METHODS, Service};
use baton_shared::port::{Caller, Clock};
use baton_shared::{Job, Outcome, Problem, ServiceName, Timestamp, Verdict};
use bytes::Bytes;
use http::{Method, header};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Calls services as the catalogue describes them. What carries its requests may be a simulated
/// network; everything else here is the same then.
pub struct HttpCaller<S, K, X = Exchange> {
    services: Services,
    carrier: X,
    secrets: S,
    clock: Arc<K>,
}

/// What a catalogue says of its services, its schemas compiled: made once, and shared by reference
/// count with every caller that there is.
#[derive(Clone)]
pub struct Services(Arc<HashMap<ServiceName, Prepared>>);

/// A service, ready for calls.
struct Prepared {
    url: String,
    auth: Option<Auth>,
    max_response: usize,
    /// Of the service, for an operation the catalogue here does not have.
    retryable: Vec<u16>,
    operations: HashMap<String, Judging>,
}

/// How the answers of an operation are judged.
struct Judging {
    retryable: Vec<u16>,
    output: Option<jsonschema::Validator>,
}

/// Why no calls can be made with a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFault {
    #[error(
        "operation `{operation}`: its output is no JSON Schema: {why}; correct it in the catalogue"
    )]
    Schema { operation: String, why: String },
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl<S: Secrets, K: Clock> HttpCaller<S, K> {
    /// Compiles the catalogue's schemas and opens an empty connection pool.
    pub fn new(catalogue: &Catalogue, secrets: S, clock: Arc<K>) -> Result<Self, CatalogueFault> {
        let services = Services::of(catalogue)?;
        Ok(Self::over(services, secrets, clock, Exchange::new()?))
    }
}

impl Services {
    /// Compiles the catalogue's schemas.
    pub fn of(catalogue: &Catalogue) -> Result<Self, CatalogueFault> {
        let services = catalogue.services.iter();
        let services = services.map(|(name, service)| {
            let prepared = Prepared::new(name, service)?;
            Ok((name.clone(), prepared))
        });
        Ok(Self(Arc::new(
            services.collect::<Result<_, CatalogueFault>>()?,
        )))
    }

    fn get(&self, name: &ServiceName) -> Option<&Prepared> {
        self.0.get(name)
    }
}

impl<S: Secrets, K: Clock, X: Carrier> HttpCaller<S, K, X> {
    /// `carrier` is the way to the services.
    pub fn over(services: Services, secrets: S, clock: Arc<K>, carrier: X) -> Self {
        Self {
            services,
            carrier,
            secrets,
            clock,
        }
    }

    async fn attempt(&self, job: &Job, traceparent: Option<&str>) -> (Verdict, Option<u16>) {
        let now = self.clock.now();
        let Some(until) = stop_at(job, now) else {
            return (too_late(), None);
        };
        let ready = match self.ready(job, traceparent) {
            Ok(ready) => ready,
            Err(problem) => {
                let verdict = Verdict::Rejected {
                    retryable: false,
                    retry_after_ms: None,
                    problem,
                };
                return (verdict, None);
            }
        };
        let came = self
            .carrier
            .make(ready, self.clock.sleep_until(until))
            .await;
        self.judge(job, &came)
    }

    /// The request as it leaves, or why it cannot: then nothing was sent.
    fn ready(&self, job: &Job, traceparent: Option<&str>) -> Result<Ready, Problem> {
        let request = &job.request;
        let service = self.services.get(&job.service);
        let inline = job.operation.is_none() && job.service == ServiceName::http();
        let unsendable = |why: String| {
            Problem::standard("configuration", 400, "The request cannot be sent")
                .with_detail(format!("nothing was sent: {why}"))
        };
        let uri = match service {
            _ if inline => target::inline(&request.target, &request.query),
            Some(service) => target::operation(&service.url, &request.target, &request.query),
            None => {
                let name = &job.service;
                return Err(unsendable(format!(
                    "this worker's catalogue has no service `{name}`"
                )));
            }
        }
        .map_err(|fault| unsendable(fault.to_string()))?;
        let method = request.method.to_ascii_uppercase();
        let method = (METHODS
            .contains(&method.as_str())
            .then(|| Method::from_str(&method).ok()))
        .flatten()
        .ok_or_else(|| unsendable(format!("the method is none of {}", METHODS.join(", "))))?;
        let mut headers = contract::headers(job, traceparent)?;
        // Credentials belong to the catalogue's URL; an inline call goes wherever a workflow says.
        let auth = service
            .filter(|_| !inline)
            .and_then(|service| service.auth.as_ref());
        if let Some(auth) = auth {
            let value = contract::authorization(auth, &self.secrets)?;
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(Ready {
            method,
            uri,
            headers,
            body: Bytes::from(request.body.clone().unwrap_or_default()),
            redirect: request.redirect,
            max_response: service.map_or(DEFAULT_MAX_RESPONSE, |service| service.max_response),
        })
    }

    fn judge(&self, job: &Job, came: &Came) -> (Verdict, Option<u16>) {
        let service = self.services.get(&job.service);
        let operation = service
            .zip(job.operation.as_ref())
            .and_then(|(service, name)| service.operations.get(name));
        let rules = Rules {
            retryable: match (operation, service) {
                (Some(operation), _) => &operation.retryable,
                (None, Some(service)) => &service.retryable,
                (None, None) => &[],
            },
            output: operation.and_then(|operation| operation.output.as_ref()),
        };
        classify(came, rules, &job.request, self.clock.now())
    }
}

impl Prepared {
    fn new(name: &ServiceName, service: &Service) -> Result<Self, CatalogueFault> {
        let mut operations = HashMap::new();
        for (operation_name, operation) in &service.operations {
            let compile = |schema| {
                jsonschema::validator_for(schema).map_err(|fault| CatalogueFault::Schema {
                    operation: format!("{name}.{operation_name}"),
                    why: fault.to_string(),
                })
            };
            let output = operation.output.as_ref().map(compile).transpose()?;
            let retryable = Found { service, operation }.retryable();
            operations.insert(operation_name.clone(), Judging { retryable, output });
        }
        Ok(Self {
            url: service.url.clone(),
            auth: service.auth.clone(),
            max_response: service.max_response,
            retryable: service.rules.retryable.clone().unwrap_or_default(),
            operations,
        })
    }
}

/// When the call must be over: its own time or what is left to the deadline, less a little, so that
/// the outcome is there before the orchestrator books it as unknown. `None` when no time is left.
pub fn stop_at(job: &Job, now: Timestamp) -> Option<Timestamp> {
    let left = job
        .deadline
        .since(now)
        .min(Duration::from_millis(job.timeout_ms));
    let margin = (left / 20).min(Duration::from_millis(100));
    let left = left.saturating_sub(margin);
    (left >= Duration::from_millis(1)).then(|| now.after(left))
}

/// What is reported of a job that came after its deadline: not called, and not known to have been
/// called by an earlier copy.
pub fn too_late() -> Verdict {
    let problem = Problem::standard("timeout", 408, "deadline passed before the call");
    Verdict::Unknown { problem }
}

impl<S: Secrets, K: Clock, X: Carrier> Caller for HttpCaller<S, K, X> {
    async fn call(&self, job: &Job, traceparent: Option<&str>, redelivered: bool) -> Outcome {
        let started_at = self.clock.now();
        let (verdict, status) = self.attempt(job, traceparent).await;
        let ended_at = self.clock.now();
        Outcome {
            job: job.id.clone(),
            verdict,
            status,
            redelivered,
            started_at,
            ended_at,
        }
    }
}
