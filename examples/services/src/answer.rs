//! Answers: JSON, or a problem (RFC 9457).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer as it is kept under a key and sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// Sent as `Retry-After`, in seconds; such an answer is never kept.
    pub retry_after: Option<u32>,
}

impl Answer {
    pub fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body,
            retry_after: None,
        }
    }

    /// A problem whose type is the last part of a URL of the shop.
    pub fn problem(status: u16, kind: &str, title: &str) -> Self {
        let kind = format!("https://shop.example/problems/{kind}");
        let body = json!({ "type": kind, "title": title, "status": status });
        Self {
            status,
            body,
            retry_after: None,
        }
    }

    /// Not now; nothing happened.
    pub fn busy() -> Self {
        Self {
            retry_after: Some(0),
            ..Self::problem(503, "busy", "Busy, try again")
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let kind = match self.status {
            200..=299 => "application/json",
            _ => "application/problem+json",
        };
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (
            status,
            [(header::CONTENT_TYPE, kind)],
            self.body.to_string(),
        )
            .into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
