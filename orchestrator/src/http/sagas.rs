//! `/v1/sagas`: submit, list, show, wait, cancel, pause, resume.

use super::page;
use super::problem::Problem;
use super::schema;
use super::take::{Asked, Json, Segments};
use super::{Api, Nothing, saga_id};
use crate::driver::request::Submit;
use crate::letters::Place;
use crate::outside::Ports;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use baton_engine::saga::view::SagaView;
use baton_engine::saga::{Input, Status};
use baton_engine::store::{Query, Store};
use baton_shared::duration;
use baton_shared::port::Clock;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Steps of a saga shown when nobody says how many.
const STEPS: usize = 500;
/// How long a request waits when nobody says.
const WAIT: Duration = Duration::from_secs(30);
/// How long a request waits at most.
const WAIT_MOST: Duration = Duration::from_secs(600);
/// The words a list can be narrowed to.
const STATUSES: [&str; 8] = [
    "running",
    "waiting",
    "compensating",
    "suspended",
    "completed",
    "compensated",
    "faulted",
    "cancelled",
];

/// A saga to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Submission {
    /// `namespace/name`, or `name` where that is unambiguous.
    workflow: String,
    /// The newest when left out.
    version: Option<String>,
    /// 1 to 128 letters, digits, `-`, `_` or `.`. The same id with the same input is the same saga.
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
    id: Option<String>,
    /// Any value; default `{}`.
    #[serde(default)]
    #[schema(value_type = Value)]
    input: Option<Value>,
}

/// A saga that was started, now or before.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Submitted {
    id: String,
    /// `namespace/name`
    workflow: String,
    version: String,
    #[schema(value_type = schema::Status)]
    status: Status,
    /// What of it survives a power cut: `fsync`, `second`, `memory`.
    durability: &'static str,
}

/// Starts a saga, once: the same id with the same input gives the same saga.
#[utoipa::path(post, path = "/v1/sagas", tag = "sagas", request_body = Submission,
    responses(
        (status = 201, description = "started, and kept", body = Submitted),
        (status = 200, description = "it was started before", body = Submitted),
        (status = "default", description = "a problem: 404 no such workflow, 409 the id or name is \
         in conflict, 413 too large, 422 the input does not fit, 429 or 503 with Retry-After",
         body = schema::Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn submit<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Asked(Nothing {}): Asked<Nothing>,
    headers: HeaderMap,
    Json(asked): Json<Submission>,
) -> Result<Response, Problem> {
    let shared = &api.desk.shared;
    let id = match &asked.id {
        Some(id) => saga_id(id)?,
        None => shared.ids.saga(shared.ports.clock().now()),
    };
    let version = asked.version.as_deref();
    let workflow = shared.definitions.resolve(&asked.workflow, version).await?;
    let traceparent = headers
        .get("traceparent")
        .and_then(|text| text.to_str().ok());
    let submit = Submit {
        workflow,
        pinned: asked.version.is_some(),
        input: asked.input.unwrap_or_else(|| json!({})),
        traceparent: traceparent.map(str::to_owned),
    };
    let reply = api.desk.submit(id, submit).await?;
    let status = if reply.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let submitted = Submitted {
        id: reply.saga.to_string(),
        workflow: reply.workflow,
        version: reply.version,
        status: reply.status,
        durability: shared.ports.store().durability().name(),
    };
    Ok((status, axum::Json(submitted)).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// One of the status words.
    #[param(value_type = Option<schema::Status>)]
    status: Option<String>,
    /// `namespace/name`, or `name` where that is unambiguous.
    workflow: Option<String>,
    /// 1 to 1000; default 50.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(pattern = r"^[A-Za-z0-9_-]+$")]
    after: Option<String>,
}

/// One line of the list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    id: String,
    workflow: String,
    version: String,
    #[schema(value_type = schema::Status)]
    status: String,
    /// Open dead letters.
    held: u32,
    created_at: String,
    updated_at: String,
}

/// A page of sagas, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sagas {
    sagas: Vec<Line>,
    /// For `after`; none on the last page.
    next: Option<String>,
}

/// Lists sagas.
#[utoipa::path(get, path = "/v1/sagas", operation_id = "list_sagas", tag = "sagas", params(Wanted),
    responses(
        (status = 200, description = "a page", body = Sagas),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn list<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<axum::Json<Sagas>, Problem> {
    if let Some(status) = &wanted.status
        && !STATUSES.contains(&status.as_str())
    {
        let detail = format!("status `{status}` is none of {}", STATUSES.join(", "));
        return Err(Problem::invalid("query-invalid", detail));
    }
    let limit = page::limit(wanted.limit)?;
    let after = match wanted.after.as_deref().map(page::place).transpose()? {
        Some(Place::Orphan(_)) => return Err(page::wrong_token()),
        Some(Place::Saga(at, saga)) => Some((at, saga)),
        None => None,
    };
    let query = Query {
        status: wanted.status,
        workflow: super::workflow_name(&api, wanted.workflow).await?,
        held: false,
        after,
        limit: limit + 1,
    };
    let mut rows = api.desk.shared.ports.store().list(query).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|(saga, row)| page::token(&Place::Saga(row.created_at, saga.clone())));
    let sagas = rows.into_iter().map(|(saga, row)| Line {
        id: saga.to_string(),
        workflow: row.workflow,
        version: row.version,
        status: row.status,
        held: row.held,
        created_at: row.created_at.rfc3339(),
        updated_at: row.updated_at.rfc3339(),
    });
    Ok(axum::Json(Sagas {
        sagas: sagas.collect(),
        next,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Steps {
    /// How many steps to leave out at the beginning.
    #[param(maximum = 9_007_199_254_740_991_u64)]
    steps_after: Option<usize>,
    /// 1 to 1000; default 500.
    #[param(minimum = 1, maximum = 1000)]
    steps_limit: Option<usize>,
}

/// Shows a saga with its steps.
#[utoipa::path(get, path = "/v1/sagas/{id}", operation_id = "show_saga", tag = "sagas", params(("id" = String, Path, pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"), Steps),
    responses(
        (status = 200, description = "the saga", body = schema::SagaView),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn show<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments(id): Segments<String>,
    Asked(steps): Asked<Steps>,
) -> Result<axum::Json<SagaView>, Problem> {
    let limit = page::limit(steps.steps_limit.or(Some(STEPS)))?;
    let left_out = page::left_out(steps.steps_after)?;
    let view = api.desk.view(&saga_id(&id)?).await?;
    Ok(axum::Json(view.page(left_out, limit)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Timeout {
    /// As `500ms`, `30s`, `5m`; default 30s, at most 10m.
    #[param(pattern = r"^[0-9]{1,9}(ms|s|m|h|d)$")]
    timeout: Option<String>,
}

/// Shows a saga once it has ended or is suspended, or when the time is up.
#[utoipa::path(get, path = "/v1/sagas/{id}/wait", tag = "sagas",
    params(("id" = String, Path, pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"), Timeout),
    responses(
        (status = 200, description = "the saga, ended or not", body = schema::SagaView),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn wait<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments(id): Segments<String>,
    Asked(asked): Asked<Timeout>,
) -> Result<axum::Json<SagaView>, Problem> {
    let timeout = match &asked.timeout {
        Some(text) => {
            duration::parse(text).map_err(|fault| Problem::invalid("query-invalid", fault))?
        }
        None => WAIT,
    };
    let deadline = api
        .desk
        .shared
        .ports
        .clock()
        .now()
        .after(timeout.min(WAIT_MOST));
    let view = api.desk.wait(&saga_id(&id)?, deadline).await?;
    Ok(axum::Json(view.page(0, STEPS)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    reason: Option<String>,
}

/// What a saga is after a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Acted {
    id: String,
    #[schema(value_type = schema::Status)]
    status: Status,
}

/// Cancels a saga: what was done is undone.
#[utoipa::path(post, path = "/v1/sagas/{id}/cancel", tag = "sagas", params(("id" = String, Path, pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "taken", body = Acted),
        (status = "default", description = "a problem: 409 where it is too late",
         body = schema::Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn cancel<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments(id): Segments<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Json(Reason { reason }): Json<Reason>,
) -> Result<axum::Json<Acted>, Problem> {
    act(&api, &id, Input::Cancel { reason }).await
}

/// Pauses a saga: nothing new starts.
#[utoipa::path(post, path = "/v1/sagas/{id}/pause", tag = "sagas", params(("id" = String, Path, pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")),
    responses(
        (status = 200, description = "taken", body = Acted),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn pause<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments(id): Segments<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<axum::Json<Acted>, Problem> {
    act(&api, &id, Input::Pause).await
}

/// Ends a pause.
#[utoipa::path(post, path = "/v1/sagas/{id}/resume", tag = "sagas", params(("id" = String, Path, pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")),
    responses(
        (status = 200, description = "taken", body = Acted),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn resume<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments(id): Segments<String>,
    Asked(Nothing {}): Asked<Nothing>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<axum::Json<Acted>, Problem> {
    act(&api, &id, Input::Resume).await
}

pub(super) async fn act<P: Ports>(
    api: &Api<P>,
    id: &str,
    input: Input,
) -> Result<axum::Json<Acted>, Problem> {
    let reply = api.desk.act(saga_id(id)?, input).await?;
    Ok(axum::Json(Acted {
        id: reply.saga.to_string(),
        status: reply.status,
    }))
}
