//! The HTTP API: reads requests strictly, asks the desk, and answers in one form.
//!
//! ```text
//!   request ─► gate (token, or browser's headers) ─► route ─► take (strict) ─► desk ─► JSON
//!                  └───────────────────────────────────┴──────────┴────────────┴────► problem+json
//! ```

mod browser;
mod dead_letters;
mod health;
pub mod page;
pub mod problem;
mod sagas;
mod schema;
mod take;
mod words;
mod workflows;

use crate::desk::Desk;
use crate::exposure::Exposure;
use crate::outside::Ports;
use crate::tokens::{Access, Gate};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use baton_shared::SagaId;
use http::{Method, StatusCode, Uri, header};
use problem::Problem;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::OpenApi;

/// What every handler has.
#[derive(Debug)]
pub struct Api<P> {
    pub desk: Desk<P>,
    pub gate: Arc<Gate>,
    pub exposure: Exposure,
}

/// No parameters, or an empty object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Paths that need no token: they say nothing of any saga.
const OPEN: [&str; 3] = ["/healthz", "/readyz", "/openapi.json"];

/// The whole API.
pub fn router<P: Ports>(api: Arc<Api<P>>) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready::<P>))
        .route("/metrics", get(health::metrics::<P>))
        .route("/openapi.json", get(health::openapi::<P>))
        .route("/v1/doctor", get(health::doctor::<P>))
        .route(
            "/v1/workflows",
            get(workflows::list::<P>).post(workflows::deploy::<P>),
        )
        .route("/v1/sagas", get(sagas::list::<P>).post(sagas::submit::<P>))
        .route("/v1/sagas/{id}", get(sagas::show::<P>))
        .route("/v1/sagas/{id}/wait", get(sagas::wait::<P>))
        .route("/v1/sagas/{id}/cancel", post(sagas::cancel::<P>))
        .route("/v1/sagas/{id}/pause", post(sagas::pause::<P>))
        .route("/v1/sagas/{id}/resume", post(sagas::resume::<P>))
        .route("/v1/dead-letters", get(dead_letters::list::<P>))
        .route(
            "/v1/dead-letters/retry",
            post(dead_letters::retry_many::<P>),
        )
        .route(
            "/v1/dead-letters/{saga}/{step}",
            get(dead_letters::show::<P>),
        )
        .route(
            "/v1/dead-letters/{saga}/{step}/retry",
            post(dead_letters::retry::<P>),
        )
        .route(
            "/v1/dead-letters/{saga}/{step}/skip",
            post(dead_letters::skip::<P>),
        )
        .route(
            "/v1/dead-letters/{saga}/{step}/drop",
            post(dead_letters::drop::<P>),
        )
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::from_fn_with_state(api.clone(), guard::<P>))
        .with_state(api)
}

/// Lets through who may pass, and counts what is refused.
async fn guard<P: Ports>(State(api): State<Arc<Api<P>>>, request: Request, next: Next) -> Response {
    let response = match pass(&api, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if let Some(problem::Code(code)) = response.extensions().get() {
        api.desk.shared.metrics.refused(code);
    }
    response
}

fn pass<P: Ports>(api: &Api<P>, request: &Request) -> Result<(), Problem> {
    if OPEN.contains(&request.uri().path()) {
        return Ok(());
    }
    browser::check(api.exposure, request)?;
    let denied = |code, detail| {
        Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            code,
            "who are you?",
            detail,
        ))
    };
    match api.gate.check(bearer(request)) {
        Access::Granted => Ok(()),
        Access::Missing => denied(
            "token-missing",
            "send a token in the header `Authorization: Bearer <token>`",
        ),
        Access::Wrong => denied(
            "token-wrong",
            "this token is not known here; ask for a new one",
        ),
    }
}

fn bearer(request: &Request) -> Option<&str> {
    let text = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn no_such_path(uri: Uri) -> Problem {
    let path = uri.path();
    let detail = format!("there is nothing at `{path}`; /openapi.json lists what there is");
    Problem::not_found("path-unknown", detail)
}

async fn no_such_method(method: Method, uri: Uri) -> Problem {
    let path = uri.path();
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "not with this method",
        format!("`{path}` does not take {method}; the header Allow names what it takes"),
    )
}

fn saga_id(text: &str) -> Result<SagaId, Problem> {
    text.parse().map_err(|error: baton_shared::InvalidId| {
        Problem::invalid("saga-id-invalid", error.to_string())
    })
}

/// `namespace/name` of what a person calls a workflow in a filter.
async fn workflow_name<P: Ports>(
    api: &Api<P>,
    name: Option<String>,
) -> Result<Option<String>, Problem> {
    match name {
        Some(name) if !name.contains('/') => {
            let full = api.desk.shared.definitions.full_name(&name).await?;
            Ok(Some(full))
        }
        name => Ok(name),
    }
}

/// The description of this API, made from the code.
#[derive(OpenApi)]
#[openapi(
    info(title = "Baton", description = "Runs business processes that span services."),
    paths(
        workflows::deploy, workflows::list,
        sagas::submit, sagas::list, sagas::show, sagas::wait, sagas::cancel, sagas::pause,
        sagas::resume,
        dead_letters::list, dead_letters::show, dead_letters::retry, dead_letters::skip,
        dead_letters::drop, dead_letters::retry_many,
        health::doctor, health::alive, health::ready, health::metrics, health::openapi,
    ),
    components(schemas(schema::SagaView, schema::DeadLetter, schema::Problem)),
    security(("token" = [])),
    modifiers(&Token),
)]
struct Document;

/// The way a token is sent.
struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", scheme);
    }
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
