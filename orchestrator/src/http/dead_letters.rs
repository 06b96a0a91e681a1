//! `/v1/dead-letters`: list, show, retry, skip, drop; also many at once.

use super::page;
use super::problem::Problem;
use super::sagas::{Acted, act};
use super::schema;
use super::take::{Asked, Json, Segments};
use super::{Api, Nothing, saga_id};
use crate::desk::Desk;
use crate::letters::Filter;
use crate::orphan::Orphan;
use crate::outside::Ports;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use baton_engine::saga::Input;
use baton_engine::saga::view::DeadLetter;
use baton_shared::StepId;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What stands for a saga in the id of an orphan.
const NO_SAGA: &str = "-";
/// Dead letters that one request retries at most.
const MANY: usize = 10_000;
/// Of these, under way at once.
const AT_ONCE: usize = 64;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// `namespace/name`, or `name` where that is unambiguous.
    workflow: Option<String>,
    service: Option<String>,
    #[param(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
    saga: Option<String>,
    /// 1 to 1000; default 50. A page ends where a saga does, so it may have a few more.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(pattern = r"^[A-Za-z0-9_-]+$")]
    after: Option<String>,
}

/// A page of dead letters; orphans come last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Letters {
    #[schema(value_type = Vec<schema::DeadLetter>)]
    dead_letters: Vec<DeadLetter>,
    next: Option<String>,
}

/// Lists what waits for a person.
#[utoipa::path(get, path = "/v1/dead-letters", operation_id = "list_dead_letters", tag = "dead letters", params(Wanted),
    responses(
        (status = 200, description = "a page", body = Letters),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn list<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<axum::Json<Letters>, Problem> {
    let limit = page::limit(wanted.limit)?;
    let after = wanted.after.as_deref().map(page::place).transpose()?;
    let filter = Filter {
        workflow: super::workflow_name(&api, wanted.workflow).await?,
        service: wanted.service,
        saga: wanted.saga.as_deref().map(saga_id).transpose()?,
    };
    let first = after.is_none();
    let page = api.desk.letters(&filter, after, limit).await?;
    if first && page.letters.is_empty() {
        known(&api, filter.service.as_deref())?;
    }
    Ok(axum::Json(Letters {
        dead_letters: page.letters,
        next: page.next.as_ref().map(page::token),
    }))
}

/// A service of which nothing is held may be a name mistyped. One that has left the catalogue is still
/// found as long as something of it is held.
fn known<P: Ports>(api: &Api<P>, service: Option<&str>) -> Result<(), Problem> {
    let Some(service) = service else {
        return Ok(());
    };
    match api.desk.shared.definitions.no_service(service) {
        Some(why) => Err(Problem::not_found("service-unknown", why)),
        None => Ok(()),
    }
}

/// A dead letter with what the step was given; an orphan with its message.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    letter: DeadLetter,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Orphan>,
}

/// Shows a dead letter.
#[utoipa::path(get, path = "/v1/dead-letters/{saga}/{step}", operation_id = "show_dead_letter", tag = "dead letters",
    params(("saga" = String, Path, description = "`-` for an orphan", pattern = r"^(-|[A-Za-z0-9][A-Za-z0-9_.-]{0,127})$"), ("step" = String, Path)),
    responses(
        (status = 200, description = "the dead letter", body = schema::DeadLetter),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn show<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments((saga, step)): Segments<(String, String)>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<axum::Json<Shown>, Problem> {
    if saga == NO_SAGA {
        let orphan = api
            .desk
            .orphan(&step)
            .await?
            .ok_or_else(|| unknown(&saga, &step))?;
        let letter = orphan.letter(&step);
        return Ok(axum::Json(Shown {
            letter,
            input: None,
            output: None,
            message: Some(orphan),
        }));
    }
    let shown = api.desk.letter(&saga_id(&saga)?, &step).await?;
    let shown = shown.ok_or_else(|| unknown(&saga, &step))?;
    Ok(axum::Json(Shown {
        letter: shown.letter,
        input: Some(shown.input),
        output: shown.output,
        message: None,
    }))
}

fn unknown(saga: &str, step: &str) -> Problem {
    let detail = format!("there is no open dead letter `{saga}/{step}`");
    Problem::not_found("dead-letter-unknown", detail)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    /// With an input the step is undone first, and then sent with a new key.
    #[serde(default)]
    #[schema(value_type = Value)]
    input: Option<Value>,
}

/// Tries it again: the same bytes under the same key, or an edited input.
#[utoipa::path(post, path = "/v1/dead-letters/{saga}/{step}/retry", tag = "dead letters",
    params(("saga" = String, Path, pattern = r"^(-|[A-Za-z0-9][A-Za-z0-9_.-]{0,127})$"), ("step" = String, Path)), request_body = Option<Retry>,
    responses(
        (status = 200, description = "taken", body = Acted),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn retry<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments((saga, step)): Segments<(String, String)>,
    Asked(Nothing {}): Asked<Nothing>,
    Json(Retry { input }): Json<Retry>,
) -> Result<axum::Json<Acted>, Problem> {
    only_drop(&saga)?;
    let step = StepId::new(step);
    act(&api, &saga, Input::Retry { step, input }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    /// The output the step then has; default null.
    #[serde(default)]
    output: Value,
    reason: Option<String>,
}

/// Counts it as done.
#[utoipa::path(post, path = "/v1/dead-letters/{saga}/{step}/skip", tag = "dead letters",
    params(("saga" = String, Path, pattern = r"^(-|[A-Za-z0-9][A-Za-z0-9_.-]{0,127})$"), ("step" = String, Path)), request_body = Option<Skip>,
    responses(
        (status = 200, description = "taken", body = Acted),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn skip<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments((saga, step)): Segments<(String, String)>,
    Asked(Nothing {}): Asked<Nothing>,
    Json(Skip { output, reason }): Json<Skip>,
) -> Result<axum::Json<Acted>, Problem> {
    only_drop(&saga)?;
    let input = Input::Skip {
        step: StepId::new(step),
        output,
        reason,
    };
    act(&api, &saga, input).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Drop {
    /// For those who look at it later.
    #[schema(pattern = r"\S")]
    reason: String,
}

/// Gives it up: it will not be done. An orphan is forgotten.
#[utoipa::path(post, path = "/v1/dead-letters/{saga}/{step}/drop", tag = "dead letters",
    params(("saga" = String, Path, pattern = r"^(-|[A-Za-z0-9][A-Za-z0-9_.-]{0,127})$"), ("step" = String, Path)), request_body = Drop,
    responses(
        (status = 200, description = "taken", body = Acted),
        (status = 204, description = "the orphan is forgotten"),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn drop<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Segments((saga, step)): Segments<(String, String)>,
    Asked(Nothing {}): Asked<Nothing>,
    Json(Drop { reason }): Json<Drop>,
) -> Result<Response, Problem> {
    if reason.trim().is_empty() {
        let detail = "say in `reason` why it is dropped";
        return Err(Problem::invalid("body-invalid", detail));
    }
    if saga == NO_SAGA {
        if !api.desk.drop_orphan(&step).await? {
            return Err(unknown(&saga, &step));
        }
        tracing::info!(orphan = step, reason, "orphan dropped");
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let step = StepId::new(step);
    let acted = act(&api, &saga, Input::Drop { step, reason }).await?;
    Ok(acted.into_response())
}

fn only_drop(saga: &str) -> Result<(), Problem> {
    if saga == NO_SAGA {
        let detail = "an orphan belongs to no saga: it can only be shown and dropped";
        return Err(Problem::conflict("orphan", detail));
    }
    Ok(())
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Many {
    workflow: Option<String>,
    service: Option<String>,
    /// Must be true: so many is said on purpose.
    #[serde(default)]
    all: bool,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Retried {
    retried: Vec<String>,
    failed: Vec<Failed>,
    /// There were more than one request takes: send it again.
    more: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Failed {
    id: String,
    #[schema(value_type = schema::Problem)]
    problem: Value,
}

/// Retries all dead letters, or all of a workflow or service, with unchanged inputs.
#[utoipa::path(post, path = "/v1/dead-letters/retry", tag = "dead letters", request_body = Many,
    responses(
        (status = 200, description = "each was tried", body = Retried),
        (status = "default", description = "a problem", body = schema::Problem,
         content_type = "application/problem+json"),
    ))]
pub(super) async fn retry_many<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    Asked(Nothing {}): Asked<Nothing>,
    Json(many): Json<Many>,
) -> Result<axum::Json<Retried>, Problem> {
    if !many.all {
        let detail = "set `all: true` to retry every dead letter that fits";
        return Err(Problem::invalid("body-invalid", detail));
    }
    let filter = Filter {
        workflow: super::workflow_name(&api, many.workflow).await?,
        service: many.service,
        saga: None,
    };
    let page = api.desk.letters(&filter, None, MANY).await?;
    if page.letters.is_empty() {
        known(&api, filter.service.as_deref())?;
    }
    let mut retried = Retried {
        retried: Vec::new(),
        failed: Vec::new(),
        more: page.letters.len() >= MANY,
    };
    let each = page
        .letters
        .into_iter()
        .map(|letter| retry_one(&api.desk, letter));
    let mut each = stream::iter(each).buffered(AT_ONCE);
    while let Some(done) = each.next().await {
        match done {
            Some((id, None)) => retried.retried.push(id),
            Some((id, Some(problem))) => retried.failed.push(Failed {
                id,
                problem: problem.json(),
            }),
            None => {}
        }
    }
    Ok(axum::Json(retried))
}

/// `None` for orphans, which cannot be retried.
async fn retry_one<P: Ports>(
    desk: &Desk<P>,
    letter: DeadLetter,
) -> Option<(String, Option<Problem>)> {
    let (saga, step) = (letter.saga?, letter.step?);
    let input = Input::Retry {
        step: StepId::new(step),
        input: None,
    };
    let failed = desk.act(saga, input).await.err().map(Problem::from);
    Some((letter.id, failed))
}
