//! How a command ends: its exit code, and what is told when it did not work.

use crate::render::plain;
use crate::terminal::Screen;
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

/// The exit codes, stable for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; with `submit --wait`: the saga completed.
    Ok,
    /// The server refused, a file has errors, or the saga ended otherwise than completed.
    Refused,
    /// The call itself is wrong: unknown words, unreadable files, JSON that is none.
    WrongCall,
    /// There is no Baton where we looked.
    Unreachable,
    /// With `submit --wait`: the saga is suspended, or has not ended in time.
    Open,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Refused => 1,
            Exit::WrongCall => 2,
            Exit::Unreachable => 3,
            Exit::Open => 4,
            Exit::Interrupted => 130,
        })
    }
}

/// Why a command did not do it. The text is for people: what happened, where, what to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    WrongCall(String),
    #[error(
        "cannot reach Baton at {api}: {reason}. Start it with `baton dev`, or name another with --api."
    )]
    Unreachable {
        api: String,
        reason: String,
        /// The request may have arrived: only the answer is missing for certain.
        sent: bool,
    },
    /// Somebody is there, and is not who we wanted or does not want us.
    #[error("cannot talk to Baton at {api}: {reason}")]
    Untrusted { api: String, reason: String },
    /// A submission was sent, and nobody said what became of it.
    #[error(
        "no answer from Baton at {api}: {reason}. Whether saga `{id}` was accepted is not known: \
         `baton show {id}` looks, and submitting the same again with --id {id} is safe."
    )]
    Unanswered {
        api: String,
        reason: String,
        id: String,
    },
    /// The server answered, and later did no more.
    #[error(
        "lost Baton at {api}: {reason}. Saga `{id}` was accepted and goes on when Baton is back: \
         `baton watch {id}` follows it."
    )]
    Lost {
        api: String,
        reason: String,
        id: String,
    },
    /// Something answered that does not speak our API.
    #[error(
        "what answers at {api} does not look like Baton: {reason}. Name the right address with --api."
    )]
    NotBaton { api: String, reason: String },
    #[error("{0}")]
    Refused(Box<Refusal>),
    #[error("{0}")]
    System(String),
    /// Whoever read our output has gone: no failure of anybody.
    #[error("stdout was closed")]
    BrokenPipe,
    /// Ctrl-C while this saga was followed.
    #[error("{0} goes on without you: `baton watch {0}` looks again")]
    Interrupted(String),
}

impl Failure {
    pub fn exit(&self) -> Exit {
        match self {
            Self::BrokenPipe => Exit::Ok,
            Self::Refused(_) | Self::System(_) => Exit::Refused,
            Self::WrongCall(_) => Exit::WrongCall,
            Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::Unanswered { .. }
            | Self::Lost { .. }
            | Self::NotBaton { .. } => Exit::Unreachable,
            Self::Interrupted(_) => Exit::Interrupted,
        }
    }

    /// The lines for stderr; none where nobody needs telling.
    pub fn told(&self, screen: &Screen) -> Option<String> {
        match self {
            Self::BrokenPipe => None,
            Self::Interrupted(_) => Some(screen.note_line(&self.to_string())),
            _ => Some(screen.error_line(&self.to_string())),
        }
    }
}

/// An answer of the API that says no (RFC 9457).
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub status: u16,
    /// Stable, as `saga-unknown`; empty where the answer had none.
    pub code: String,
    pub title: String,
    pub detail: Option<String>,
    pub retry_after: Option<Duration>,
    /// The whole answer, with members of its own kind.
    pub body: Value,
}

impl Refusal {
    /// Reads a problem document, or makes the best of another answer.
    pub fn read(status: u16, retry_after: Option<Duration>, body: Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(plain);
        let reason = http::StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        Self {
            status,
            code: text("code").unwrap_or_default(),
            title: text("title").unwrap_or_else(|| reason.unwrap_or("refused").to_lowercase()),
            detail: text("detail").filter(|detail| !detail.is_empty()),
            retry_after,
            body,
        }
    }

    fn advice(&self) -> Option<String> {
        match self.status {
            401 => Some("Give a token with --token or in BATON_TOKEN.".into()),
            403 => Some("The token does not allow this.".into()),
            429 | 503 => Some(match self.retry_after {
                Some(after) => format!("Try again in {}s.", after.as_secs().max(1)),
                None => "Try again later.".into(),
            }),
            _ => None,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.detail {
            Some(detail) if says_it_all(detail, &self.title) => f.write_str(detail)?,
            Some(detail) => write!(f, "{}: {detail}", self.title)?,
            None => f.write_str(&self.title)?,
        }
        if self.code.is_empty() {
            write!(f, " ({})", self.status)?;
        } else {
            write!(f, " ({} {})", self.status, self.code)?;
        }
        match self.advice() {
            Some(advice) => write!(f, ". {advice}"),
            None => Ok(()),
        }
    }
}

fn says_it_all(detail: &str, title: &str) -> bool {
    detail.to_lowercase().contains(&title.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_says_what_and_what_to_do() {
        let told = |status, after: Option<u64>, body| {
            Refusal::read(status, after.map(Duration::from_secs), body).to_string()
        };
        let problem = json!({ "code": "saga-unknown", "title": "no such saga", "detail": "there is no saga `x`" });
        assert_eq!(
            told(404, None, problem),
            "no such saga: there is no saga `x` (404 saga-unknown)"
        );
        let same = json!({ "code": "c", "title": "No such saga", "detail": "no such saga: `x`" });
        assert_eq!(told(404, None, same), "no such saga: `x` (404 c)");
        let full = json!({ "code": "store-full", "title": "the store is full" });
        assert_eq!(
            told(503, Some(5), full),
            "the store is full (503 store-full). Try again in 5s."
        );
        assert_eq!(
            told(401, None, Value::Null),
            "unauthorized (401). Give a token with --token or in BATON_TOKEN."
        );
    }
}
