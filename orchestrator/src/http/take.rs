//! Reads requests strictly: every part that is not understood is refused in the API's own form.

use super::Api;
use super::problem::Problem;
use super::words;
use crate::driver::request::Declined;
use crate::outside::Ports;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query};
use baton_shared::json;
use baton_shared::nesting::{self, DEEPEST};
use baton_shared::port::Clock;
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode, header};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// How long a body may take to arrive.
const SLOWEST: Duration = Duration::from_secs(10);

/// A JSON body of a known shape. An empty body, or `null`, reads as `{}`: what is left out is left out.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

/// The query, of a known shape.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

/// The variable segments of the path.
#[derive(Debug)]
pub(super) struct Segments<T>(pub(super) T);

/// What kind of body it is, and its text.
#[derive(Debug)]
pub(super) enum Text {
    Json(String),
    Yaml(String),
}

impl<P: Ports, T: DeserializeOwned> FromRequest<Arc<Api<P>>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, api: &Arc<Api<P>>) -> Result<Self, Problem> {
        let kind = media_type(request.headers());
        let text = read(request.into_body(), api).await?;
        if text.trim().is_empty() {
            return parse("{}").map(Self);
        }
        match kind.as_deref() {
            Some("application/json") if text.trim() == "null" => parse("{}").map(Self),
            Some("application/json") => parse(&text).map(Self),
            found => Err(unsupported(found, "application/json")),
        }
    }
}

impl<P: Ports> FromRequest<Arc<Api<P>>> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, api: &Arc<Api<P>>) -> Result<Self, Problem> {
        let kind = media_type(request.headers());
        let text = read(request.into_body(), api).await?;
        match kind.as_deref() {
            Some("application/json") => Ok(Self::Json(text)),
            Some("application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml") => {
                Ok(Self::Yaml(text))
            }
            found => Err(unsupported(found, "application/yaml or application/json")),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Problem::invalid(
                "query-invalid",
                format!(
                    "the query is not valid: {}",
                    words::plain_query(&error.body_text())
                ),
            )),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(segments)) => Ok(Self(segments)),
            Err(error) => Err(Problem::invalid("path-invalid", error.body_text())),
        }
    }
}

/// Reads JSON text; the message names the place.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    if nesting::text_is_deeper(text, DEEPEST) {
        let detail = format!(
            "the body is nested more than {DEEPEST} levels deep; make it flatter, or put deep data \
             elsewhere and send a reference"
        );
        return Err(Problem::invalid("body-too-deep", detail));
    }
    // Shapes could be read from lists by position too, which nobody means.
    if text.trim_start().starts_with('[') {
        let detail = "the body is a list where an object belongs, as in {\"name\": value}";
        return Err(Problem::invalid("body-invalid", detail));
    }
    if let Err(error) = json::unambiguous(text)
        && error.is_data()
    {
        let detail = format!("the body does not say one thing: {error}; leave one of them out");
        return Err(Problem::invalid("body-invalid", detail));
    }
    serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            let fault = words::plain(&error.to_string());
            Problem::invalid("body-invalid", format!("the body does not fit: {fault}"))
        } else {
            let detail = format!("the body is not JSON: {error}");
            Problem::invalid("body-malformed", detail)
        }
    })
}

/// The whole body, unless it takes too long or we stop: who sends slowly holds nothing up.
async fn read<P: Ports>(body: Body, api: &Api<P>) -> Result<String, Problem> {
    let clock = api.desk.shared.ports.clock();
    tokio::select! {
        biased;
        text = read_whole(body, api.desk.shared.settings.body_limit) => text,
        () = clock.sleep_until(clock.now().after(SLOWEST)) => Err(too_slow()),
        () = api.desk.stopping() => Err(Declined::Stopping.into()),
    }
}

fn too_slow() -> Problem {
    let seconds = SLOWEST.as_secs();
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body-too-slow",
        "the body took too long",
        format!("a body must arrive whole within {seconds} s; nothing was done, send it again"),
    )
}

async fn read_whole(body: Body, limit: usize) -> Result<String, Problem> {
    let bytes = to_bytes(body, limit).await.map_err(|error| {
        // The only error of the limiter; everything else is a connection that broke.
        let too_large = std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit"));
        if too_large {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "the body is too large",
                format!(
                    "a body may have {limit} bytes; put large data elsewhere and send a reference"
                ),
            )
        } else {
            Problem::invalid("body-unreadable", format!("the body broke off: {error}"))
        }
    })?;
    String::from_utf8(bytes.into())
        .map_err(|_| Problem::invalid("body-malformed", "the body is not UTF-8 text"))
}

/// Without parameters, in lower case.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let kind = text.split(';').next().unwrap_or(text);
    Some(kind.trim().to_ascii_lowercase())
}

fn unsupported(found: Option<&str>, wanted: &str) -> Problem {
    let found = found.map_or_else(|| "no content type".to_owned(), |kind| format!("`{kind}`"));
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content-type-unsupported",
        "the body is of the wrong kind",
        format!("{found} where {wanted} belongs; set the header Content-Type"),
    )
}
