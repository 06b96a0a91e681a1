//! What a worker reports of one attempt.

use crate::{JobId, Timestamp};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// A verdict as it is read: what serde derives for a tagged enum gathers all members before it reads the
/// first, since the tag may stand anywhere.
#[derive(Deserialize)]
struct Told {
    is: Is,
    #[serde(default, deserialize_with = "there")]
    output: Option<Value>,
    retryable: Option<bool>,
    #[serde(rename = "retryAfterMs")]
    retry_after_ms: Option<u64>,
    problem: Option<Problem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Is {
    Succeeded,
    Accepted,
    Rejected,
    Unknown,
}

/// A member that is there is some value, `null` among them.
fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Verdict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = Told::deserialize(deserializer)?;
        let missing = D::Error::missing_field;
        Ok(match told.is {
            Is::Succeeded => Self::Succeeded {
                output: told.output.ok_or_else(|| missing("output"))?,
            },
            Is::Accepted => Self::Accepted,
            Is::Rejected => Self::Rejected {
                retryable: told.retryable.ok_or_else(|| missing("retryable"))?,
                retry_after_ms: told.retry_after_ms,
                problem: told.problem.ok_or_else(|| missing("problem"))?,
            },
            Is::Unknown => Self::Unknown {
                problem: told.problem.ok_or_else(|| missing("problem"))?,
            },
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Verdict, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_tag_of_a_verdict_may_stand_anywhere() {
        let problem = r#"{"type":"t","status":503,"title":"busy"}"#;
        for text in [
            r#"{"is":"succeeded","output":null}"#.to_owned(),
            r#"{"is":"succeeded","output":{"is":"unknown"}}"#.to_owned(),
            r#"{"is":"accepted"}"#.to_owned(),
            format!(r#"{{"is":"rejected","retryable":true,"problem":{problem}}}"#),
            format!(
                r#"{{"is":"rejected","retryable":false,"retryAfterMs":7,"problem":{problem}}}"#
            ),
            format!(r#"{{"is":"unknown","problem":{problem}}}"#),
        ] {
            let verdict = read(&text).expect("as we write it");
            assert_eq!(serde_json::to_string(&verdict).expect("plain data"), text);
            let members: serde_json::Map<String, Value> =
                serde_json::from_str(&text).expect("an object");
            let turned: serde_json::Map<String, Value> = members.into_iter().rev().collect();
            let turned = Value::Object(turned).to_string();
            assert_eq!(read(&turned).as_ref(), Ok(&verdict), "{turned}");
        }
    }

    #[test]
    fn what_a_verdict_lacks_is_named() {
        for (text, named) in [
            (r#"{"output":1}"#, "`is`"),
            (r#"{"is":"flown"}"#, "`flown`"),
            (r#"{"is":"succeeded"}"#, "`output`"),
            (r#"{"is":"unknown","output":1}"#, "`problem`"),
            (r#"{"is":"rejected","retryable":true}"#, "`problem`"),
        ] {
            let said = read(text).expect_err(text);
            assert!(said.contains(named), "{text}: {said}");
        }
    }
}
