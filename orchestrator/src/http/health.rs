//! `/healthz`, `/readyz`, `/metrics` and `/v1/doctor`: how it is.

use super::problem::Problem;
use super::schema;
use super::take::Asked;
use super::{Api, Nothing};
use crate::letters::Filter;
use crate::metrics::Known;
use crate::outside::Ports;
use crate::stuck::stuck;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use baton_engine::store::{Durability, Query, Store};
use baton_shared::port::{Queue, StoreError};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::security::SecurityRequirement;

/// Sagas that are looked at to count open dead letters.
const COUNTED: usize = 1000;

/// It runs.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "it runs", body = String)))]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether it takes new work.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses(
        (status = 200, description = "it takes new work", body = String),
        (status = 503, description = "it does not; `reasons` says why", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn ready<P: Ports>(State(api): State<Arc<Api<P>>>) -> Response {
    let troubles = api.desk.troubles();
    let reasons: Vec<String> = troubles.iter().map(ToString::to_string).collect();
    match troubles.into_iter().next() {
        None => "ready\n".into_response(),
        Some(first) => Problem::from(first)
            .with("reasons", json!(reasons))
            .into_response(),
    }
}

/// Counters in Prometheus text.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses(
        (status = 200, description = "Prometheus text format 0.0.4", body = String),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn metrics<P: Ports>(State(api): State<Arc<Api<P>>>) -> Result<Response, Problem> {
    let open = open_letters(&api).await?;
    let shared = &api.desk.shared;
    let known = Known {
        dead_letters_open: open,
        exposed: api.exposure.is_open(),
        spans_lost: shared.settings.spans.lost(),
    };
    let text = shared.metrics.render(known);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Open dead letters of the newest sagas that hold some.
async fn open_letters<P: Ports>(api: &Api<P>) -> Result<u64, StoreError> {
    let query = Query {
        held: true,
        limit: COUNTED,
        ..Query::default()
    };
    let rows = api.desk.shared.ports.store().list(query).await?;
    Ok(rows.iter().map(|(_, row)| u64::from(row.held)).sum())
}

/// What this orchestrator stands on, and what is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Doctor {
    version: &'static str,
    store: StoreState,
    queue: QueueState,
    /// In sentences; empty when all is well.
    problems: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StoreState {
    kind: String,
    /// Without password.
    url: String,
    /// `fsync`, `second`, `memory`: read from the store's real settings.
    durability: &'static str,
    ready: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QueueState {
    kind: String,
    /// Without password.
    url: String,
    ready: bool,
}

/// Examines this orchestrator.
#[utoipa::path(get, path = "/v1/doctor", tag = "health",
    responses(
        (status = 200, description = "the findings", body = Doctor),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn doctor<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Asked(Nothing {}): Asked<Nothing>,
) -> axum::Json<Doctor> {
    let shared = &api.desk.shared;
    let (store, queue) = (shared.ports.store(), shared.ports.queue());
    let mut problems: Vec<String> = api
        .desk
        .troubles()
        .iter()
        .map(ToString::to_string)
        .collect();
    if store.durability() == Durability::Memory {
        problems.push("the store keeps nothing over a restart (durability `memory`)".to_owned());
    }
    let lost = shared.metrics.lost();
    if lost > 0 {
        problems.push(format!(
            "the store has lost events that it had acknowledged, of {lost} sagas or more since this \
             orchestrator started: it was emptied, or an older copy took its place; sagas may be \
             missing, and steps may be called again under their keys"
        ));
    }
    if api.exposure.is_open() {
        problems.push("the API is reachable beyond this machine without protection".to_owned());
    }
    match stuck(shared).await {
        Ok(all) => problems.extend(all.iter().map(ToString::to_string)),
        Err(error) => problems.push(error.to_string()),
    }
    match api.desk.letters(&Filter::default(), None, 1).await {
        Ok(page) if page.letters.is_empty() => {}
        Ok(_) => problems.push("there are open dead letters: see `baton dlq list`".to_owned()),
        Err(error) => problems.push(error.to_string()),
    }
    // A store that does not answer is asked more than once.
    let mut told = BTreeSet::new();
    problems.retain(|problem| told.insert(problem.clone()));
    let described = &shared.settings.described;
    axum::Json(Doctor {
        version: env!("CARGO_PKG_VERSION"),
        store: StoreState {
            kind: described.store.clone(),
            url: without_password(&described.store_url),
            durability: store.durability().name(),
            ready: store.trouble().is_none(),
        },
        queue: QueueState {
            kind: described.queue.clone(),
            url: without_password(&described.queue_url),
            ready: queue.trouble().is_none(),
        },
        problems,
    })
}

/// `amqp://user:secret@host` → `amqp://user:***@host`
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // The last @: a password may hold others.
    let Some(at) = rest[..end].rfind('@') else {
        return url.to_owned();
    };
    let (user, host) = (&rest[..at], &rest[at..]);
    match user.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***{host}"),
        None => url.to_owned(),
    }
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "health", security(()),
    responses((status = 200, description = "the description of this API, OpenAPI 3.1",
        body = Object, content_type = "application/json")))]
pub(super) async fn openapi<P: Ports>(State(api): State<Arc<Api<P>>>) -> Response {
    let mut document = super::document();
    if !api.gate.closed() {
        // No token is needed here, and none is looked at.
        document.security = Some(vec![SecurityRequirement::default()]);
    }
    (StatusCode::OK, axum::Json(document)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_never_show() {
        for (url, shown) in [
            (
                "amqp://guest:p@ss@h:5672/%2f",
                "amqp://guest:***@h:5672/%2f",
            ),
            ("redis://:secret@h:6379", "redis://:***@h:6379"),
            ("redis://h:6379/0", "redis://h:6379/0"),
            ("redis://user@h", "redis://user@h"),
            ("/var/lib/baton", "/var/lib/baton"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
