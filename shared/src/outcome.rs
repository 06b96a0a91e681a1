//! What a worker reports of one attempt.

use crate::{JobId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The report of one attempt. Written to the worker's record before it is sent, so that a
/// redelivered job gets the same answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub job: JobId,
    pub verdict: Verdict,
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The job came a second time: the first copy may have reached the service, so that a
    /// rejection proves nothing (semantics S6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redelivered: bool,
    #[serde(rename = "startedAt")]
    pub started_at: Timestamp,
    #[serde(rename = "endedAt")]
    pub ended_at: Timestamp,
}

/// What the worker saw (semantics section 2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Verdict {
    /// A success status and a readable answer of the right shape.
    Succeeded { output: Value },
    /// The service took the job and will answer later. Reserved: no worker sends it yet, and an
    /// orchestrator that gets it keeps waiting for the real outcome.
    Accepted,
    /// The service refused.
    Rejected {
        retryable: bool,
        /// The service's own wish, in milliseconds from `ended_at`.
        #[serde(
            default,
            rename = "retryAfterMs",
            skip_serializing_if = "Option::is_none"
        )]
        retry_after_ms: Option<u64>,
        problem: Problem,
    },
    /// It may have happened.
    Unknown { problem: Problem },
}

/// An error as the language knows it (RFC 9457 members).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// A URI, or the last segment of one of the standard ones (`communication`, `timeout`).
    #[serde(rename = "type")]
    pub kind: String,
    pub status: u16,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// JSON pointer of the task in its workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

/// Where the standard error types live.
pub const ERROR_TYPES: &str = "https://open-workflow-specification.org/spec/1.0.0/errors/";

impl Problem {
    /// An error of one of the standard types: `communication`, `timeout`, `validation`…
    pub fn standard(segment: &str, status: u16, title: impl Into<String>) -> Self {
        Self {
            kind: format!("{ERROR_TYPES}{segment}"),
            status,
            title: title.into(),
            detail: None,
            instance: None,
        }
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
