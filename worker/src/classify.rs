//! Judges what came back from a service: the one place that decides between *succeeded*, *rejected*
//! and *unknown*.
//!
//! ```text
//!   nothing was sent ─────────────────────────────► rejected, retryable
//!   2xx, readable, of the right shape ────────────► succeeded
//!   425, 429, 503 with Retry-After, catalogue ────► rejected, retryable
//!   other 4xx but 408 ────────────────────────────► rejected, final
//!   everything else ──────────────────────────────► unknown: it may have happened
//! ```
//!
//! Pure: no clock, no socket. In doubt the answer is *unknown*, because an unknown step is
//! compensated and a believed rejection may not be.

use crate::{content, retry_after};
use baton_shared::planted::{self, Bug};
use baton_shared::{Problem, Request, Timestamp, Verdict};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

/// The most characters of a body that go into a problem's detail.
pub const EXCERPT: usize = 300;

/// A whole answer: its length was kept and within the limit.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What came back from one exchange.
#[derive(Clone, Debug)]
pub enum Came {
    Answer(Answer),
    /// Refused, no such host, no connection in time: not a byte of the request left.
    NotSent {
        why: String,
    },
    /// A connection was there and time ran out. `status` if the head of the answer had come.
    TimedOut {
        status: Option<u16>,
    },
    /// The connection broke, or what came is no HTTP.
    Lost {
        status: Option<u16>,
        why: String,
    },
    /// More body than the catalogue allows.
    TooLarge {
        status: u16,
        limit: usize,
    },
}

/// What the catalogue says about judging an operation's answers.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Statuses from 400 that are a retryable rejection besides the standard ones.
    pub retryable: &'a [u16],
    /// The shape of a success.
    pub output: Option<&'a jsonschema::Validator>,
}

/// The verdict on what came back, and the HTTP status where there was one.
pub fn classify(
    came: &Came,
    rules: Rules<'_>,
    request: &Request,
    now: Timestamp,
) -> (Verdict, Option<u16>) {
    match came {
        Came::Answer(answer) => (judge(answer, rules, request, now), Some(answer.status)),
        Came::NotSent { why } => {
            let problem = Problem::standard("communication", 503, "The service cannot be reached");
            let problem = problem.with_detail(format!("nothing was sent: {}", excerpt(why)));
            (
                Verdict::Rejected {
                    retryable: true,
                    retry_after_ms: None,
                    problem,
                },
                None,
            )
        }
        Came::TimedOut { status } => {
            let problem = Problem::standard("timeout", 408, "The service did not answer in time");
            (Verdict::Unknown { problem }, *status)
        }
        Came::Lost { status, why } => (broken("The connection was lost", why), *status),
        Came::TooLarge { status, limit } => {
            let why = format!("more than the {limit} bytes that `maxResponse` allows");
            (broken("The answer is too large", &why), Some(*status))
        }
    }
}

/// An answer that proves nothing.
fn broken(title: &str, why: &str) -> Verdict {
    let problem = Problem::standard("communication", 502, title).with_detail(excerpt(why));
    Verdict::Unknown { problem }
}

fn judge(answer: &Answer, rules: Rules<'_>, request: &Request, now: Timestamp) -> Verdict {
    match answer.status {
        200..=299 => success(answer, rules, request),
        status if status >= 400 && rules.retryable.contains(&status) => retryable(answer, now),
        425 | 429 => retryable(answer, now),
        503 if wait(answer, now).is_some() => retryable(answer, now),
        408 => Verdict::Unknown {
            problem: problem(answer),
        },
        500..=599 if planted::is(Bug::ServerErrorBelieved) => Verdict::Rejected {
            retryable: false,
            retry_after_ms: None,
            problem: problem(answer),
        },
        400..=499 => Verdict::Rejected {
            retryable: false,
            retry_after_ms: None,
            problem: problem(answer),
        },
        _ => Verdict::Unknown {
            problem: problem(answer),
        },
    }
}

fn success(answer: &Answer, rules: Rules<'_>, request: &Request) -> Verdict {
    let output = match content::output(answer, request) {
        Ok(output) => output,
        Err(why) => return broken("The answer is not readable", &why),
    };
    match rules.output.and_then(|schema| misfit(schema, &output)) {
        None => Verdict::Succeeded { output },
        Some(why) => broken(
            "The answer does not have the shape the catalogue promises",
            &why,
        ),
    }
}

/// The first few ways in which `value` does not fit, or nothing.
fn misfit(schema: &jsonschema::Validator, value: &serde_json::Value) -> Option<String> {
    let faults: Vec<String> = schema
        .iter_errors(value)
        .take(3)
        .map(|fault| match fault.instance_path().to_string() {
            place if place.is_empty() => fault.to_string(),
            place => format!("`{place}`: {fault}"),
        })
        .collect();
    (!faults.is_empty()).then(|| faults.join("; "))
}

fn retryable(answer: &Answer, now: Timestamp) -> Verdict {
    let retry_after_ms = wait(answer, now);
    Verdict::Rejected {
        retryable: true,
        retry_after_ms,
        problem: problem(answer),
    }
}

/// The service's `Retry-After` in milliseconds, if there is one that can be read.
fn wait(answer: &Answer, now: Timestamp) -> Option<u64> {
    let text = answer.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    let wait = retry_after::parse(text, now)?;
    u64::try_from(wait.as_millis()).ok()
}

/// The members of an `application/problem+json` body; each may be missing.
#[derive(Default, Deserialize)]
struct ProblemBody {
    #[serde(rename = "type")]
    kind: Option<String>,
    title: Option<String>,
    detail: Option<String>,
}

/// The problem of an answer that is no success: the service's own words where it has some. The
/// status is the one of the answer, whatever the body says.
fn problem(answer: &Answer) -> Problem {
    let reason = StatusCode::from_u16(answer.status)
        .ok()
        .and_then(|s| s.canonical_reason());
    let title = match reason {
        Some(reason) => format!("{} {reason}", answer.status),
        None => format!("HTTP status {}", answer.status),
    };
    let plain = Problem::standard("communication", answer.status, title);
    if content::media_type(answer).as_deref() == Some("application/problem+json")
        && let Ok(said) = serde_json::from_slice::<ProblemBody>(&answer.body)
    {
        return carried(plain, said);
    }
    let detail = excerpt(&String::from_utf8_lossy(&answer.body));
    if detail.is_empty() {
        plain
    } else {
        plain.with_detail(detail)
    }
}

fn carried(plain: Problem, said: ProblemBody) -> Problem {
    let some = |text: Option<String>| text.map(|t| excerpt(&t)).filter(|t| !t.is_empty());
    Problem {
        kind: some(said.kind)
            .filter(|kind| kind != "about:blank")
            .unwrap_or(plain.kind),
        title: some(said.title).unwrap_or(plain.title),
        detail: some(said.detail),
        ..plain
    }
}

/// The first [`EXCERPT`] characters in one printable line.
fn excerpt(text: &str) -> String {
    let printable = |c: char| {
        if c.is_control() || c == '\u{fffd}' {
            ' '
        } else {
            c
        }
    };
    // Bounded before it is split, so that a megabyte of blanks costs nothing.
    let start: String = text.chars().take(4 * EXCERPT).map(printable).collect();
    let line = start.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(EXCERPT).collect()
}
