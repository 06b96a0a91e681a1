//! Every error of the API, in one form: RFC 9457 problem details with a stable `code`.

use super::words;
use crate::definitions::{DeployError, Missing};
use crate::desk::{NotShown, NotSubmitted, Trouble};
use crate::driver::request::Declined;
use axum::response::{IntoResponse, Response};
use baton_engine::language::{Diagnostic, Severity};
use baton_engine::saga::Refusal;
use baton_shared::port::{QueueError, StoreError};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

/// Seconds after which a fault outside may have healed.
const HEALING: u64 = 5;
/// Seconds after which a passing overload may be over.
const PASSING: u64 = 1;

/// An answer that is no success. `detail` says what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable; also the last part of `type`.
    pub code: &'static str,
    pub title: &'static str,
    pub detail: String,
    /// In seconds.
    pub retry_after: Option<u64>,
    /// Further members: `diagnostics`, `candidates`, `saga`.
    pub more: Vec<(&'static str, Value)>,
}

impl Problem {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            retry_after: None,
            more: Vec::new(),
        }
    }

    #[must_use]
    fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    #[must_use]
    pub(super) fn with(mut self, member: &'static str, value: Value) -> Self {
        self.more.push((member, value));
        self
    }

    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            code,
            "the request is not valid",
            detail,
        )
    }

    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, "not found", detail)
    }

    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        let title = "in conflict with what is there";
        Self::new(StatusCode::CONFLICT, code, title, detail)
    }

    pub(super) fn json(&self) -> Value {
        let mut members = Map::new();
        let kind = format!("urn:baton:problem:{}", self.code);
        members.insert("type".to_owned(), json!(kind));
        members.insert("code".to_owned(), json!(self.code));
        members.insert("title".to_owned(), json!(self.title));
        members.insert("status".to_owned(), json!(self.status.as_u16()));
        members.insert("detail".to_owned(), json!(words::modest(&self.detail)));
        for (member, value) in &self.more {
            members.insert((*member).to_owned(), value.clone());
        }
        Value::Object(members)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.json().to_string();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::REQUEST_TIMEOUT {
            // The rest of the body may still come, and is no request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 6750, section 3.1: the error is named where a token was sent.
            let scheme = HeaderValue::from_static(match self.code {
                "token-wrong" => "Bearer realm=\"baton\", error=\"invalid_token\"",
                _ => "Bearer realm=\"baton\"",
            });
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        // For the counter of refusals, which sees only responses.
        response.extensions_mut().insert(Code(self.code));
        response
    }
}

/// The code of the problem a response carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code(pub(super) &'static str);

fn unavailable(code: &'static str, detail: String) -> Problem {
    let title = "not possible right now";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, title, detail).retry_after(HEALING)
}

fn broken(code: &'static str, detail: String) -> Problem {
    let title = "something kept is broken";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, code, title, detail)
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        match error {
            StoreError::Unavailable(_) => {
                unavailable("store-unavailable", format!("{text}; try again later"))
            }
            StoreError::Full(_) => {
                unavailable("store-full", format!("{text}; make room, then try again"))
            }
            StoreError::Damaged(_) => broken("store-damaged", text),
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        let detail = format!("{error}; nothing was written, try again later");
        match error {
            QueueError::Unavailable(_) => unavailable("queue-unavailable", detail),
            QueueError::Full(_) => unavailable("queue-full", detail),
            QueueError::Unroutable(_) => unavailable("queue-unroutable", detail),
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Store(error) => error.into(),
            Trouble::Queue(error) => error.into(),
        }
    }
}

impl From<NotSubmitted> for Problem {
    fn from(error: NotSubmitted) -> Self {
        match error {
            NotSubmitted::Trouble(trouble) => trouble.into(),
            NotSubmitted::Declined(declined) => declined.into(),
        }
    }
}

impl From<Declined> for Problem {
    fn from(declined: Declined) -> Self {
        let text = declined.to_string();
        match declined {
            Declined::Refused(refusal) => refused(refusal),
            Declined::NoSaga(_) => Self::not_found("saga-unknown", text),
            Declined::Conflict(_) => {
                Self::conflict("saga-exists", format!("{text}; choose another id"))
            }
            Declined::Store { error, unsure } => {
                let mut problem = Self::from(error);
                if unsure {
                    problem.detail = format!(
                        "{text}; it may have been done all the same: send the same request again"
                    );
                }
                problem
            }
            Declined::Contended(_) => {
                let mut problem = unavailable("saga-contended", format!("{text}; try again"));
                problem.retry_after = Some(PASSING);
                problem
            }
            Declined::Unreadable { .. } => broken("saga-unreadable", text),
            Declined::Overloaded(_) => {
                let detail = format!("{text}; nothing was written, send less and try again");
                let title = "too many requests";
                Self::new(StatusCode::TOO_MANY_REQUESTS, "overloaded", title, detail)
                    .retry_after(PASSING)
            }
            Declined::Stopping => unavailable("stopping", format!("{text}; try another one")),
        }
    }
}

/// What the core refuses: an input that does not fit, or a request that the saga's state rules out.
fn refused(refusal: Refusal) -> Problem {
    let Refusal { code, message } = refusal;
    match code {
        "input-invalid" => {
            let title = "the input does not fit";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, message)
        }
        "letter-unknown" => Problem::not_found(code, message),
        "reason-required" => Problem::invalid(code, message),
        _ => Problem::conflict(code, message),
    }
}

impl From<NotShown> for Problem {
    fn from(error: NotShown) -> Self {
        let text = error.to_string();
        match error {
            NotShown::NoSaga(_) => Self::not_found("saga-unknown", text),
            NotShown::Unreadable { .. } => broken("saga-unreadable", text),
            NotShown::Store(error) => error.into(),
        }
    }
}

impl From<Missing> for Problem {
    fn from(missing: Missing) -> Self {
        let text = missing.to_string();
        match missing {
            Missing::Unknown(_) => {
                Self::not_found("workflow-unknown", format!("{text}; deploy it first"))
            }
            Missing::Ambiguous { candidates, .. } => {
                Self::conflict("workflow-ambiguous", text).with("candidates", json!(candidates))
            }
            Missing::Unreadable { .. } => broken("workflow-unreadable", text),
            Missing::Store(error) => error.into(),
        }
    }
}

impl From<DeployError> for Problem {
    fn from(error: DeployError) -> Self {
        let text = error.to_string();
        match error {
            DeployError::Invalid(diagnostics) => {
                let title = "the workflow has errors";
                let detail = diagnostics
                    .iter()
                    .find(|diagnostic| diagnostic.severity == Severity::Error)
                    .map_or(text, |first| {
                        format!("line {}: {}", first.line, first.message)
                    });
                Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "workflow-invalid",
                    title,
                    detail,
                )
                .with("diagnostics", diagnostics.iter().map(shown).collect())
            }
            DeployError::Exists { .. } => Self::conflict("workflow-exists", text),
            DeployError::Store(error) => error.into(),
        }
    }
}

/// A diagnostic as JSON.
pub(super) fn shown(diagnostic: &Diagnostic) -> Value {
    json!({
        "severity": match diagnostic.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        "code": diagnostic.code,
        "message": words::modest(&diagnostic.message),
        "help": diagnostic.help,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "length": diagnostic.length,
    })
}
