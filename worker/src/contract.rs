//! The headers of Baton's contract with services (docs/service-contract.md), and credentials.

use crate::base64;
use crate::secrets::{Secrets, variable};
use crate::target::header_text;
use baton_shared::catalogue::Auth;
use baton_shared::{Job, Problem};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

pub static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub static SAGA: HeaderName = HeaderName::from_static("baton-saga");
pub static STEP: HeaderName = HeaderName::from_static("baton-step");
pub static ATTEMPT: HeaderName = HeaderName::from_static("baton-attempt");
pub static COMPENSATES: HeaderName = HeaderName::from_static("baton-compensates");
pub static DEADLINE: HeaderName = HeaderName::from_static("baton-deadline");
pub static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Headers of most calls: ours, the body's type and its length, the host and a credential.
const USUAL: usize = 12;

const USER_AGENT: &str = concat!("baton/", env!("CARGO_PKG_VERSION"));

/// Headers an author may not set: the connection's own, and those that say where a message ends.
const RESERVED: [HeaderName; 8] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::EXPECT,
];

/// The headers of one attempt, without credentials; or why its request cannot be sent at all.
pub fn headers(job: &Job, traceparent: Option<&str>) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::with_capacity(USUAL + job.request.headers.len());
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    if job.request.body.is_some() {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
    }
    if !job.request.headers.is_empty() {
        headers.extend(authored(job)?);
    }
    let attempt = job.id.attempt.to_string();
    let deadline = job.deadline.rfc3339();
    let contract = [
        (&IDEMPOTENCY_KEY, Some(job.key.as_str())),
        (&SAGA, Some(job.id.saga.as_str())),
        (&STEP, Some(job.id.step.as_str())),
        (&ATTEMPT, Some(attempt.as_str())),
        (&COMPENSATES, job.compensates.as_deref()),
        (&DEADLINE, Some(deadline.as_str())),
        (&TRACEPARENT, traceparent),
    ];
    for (name, text) in contract {
        let Some(text) = text else { continue };
        let value = HeaderValue::from_str(&header_text(text));
        headers.insert(name, value.map_err(|_| unsendable(name.as_str()))?);
    }
    Ok(headers)
}

/// Those of the workflow's author. One that comes more than once is sent so.
fn authored(job: &Job) -> Result<HeaderMap, Problem> {
    let mut authored = HeaderMap::new();
    for (name, value) in &job.request.headers {
        let name: HeaderName = name.parse().map_err(|_| unsendable(name))?;
        let value = HeaderValue::from_str(value).map_err(|_| unsendable(name.as_str()))?;
        if RESERVED.contains(&name) {
            return Err(unsendable(name.as_str()));
        }
        authored.append(name, value);
    }
    Ok(authored)
}

fn unsendable(name: &str) -> Problem {
    Problem::standard("configuration", 400, "The request cannot be sent").with_detail(format!(
        "nothing was sent: header `{}` is not allowed",
        header_text(name)
    ))
}

/// The `Authorization` of a service, its secret resolved now; or which secret is missing.
pub fn authorization(auth: &Auth, secrets: &impl Secrets) -> Result<HeaderValue, Problem> {
    let (name, text) = match auth {
        Auth::Bearer { token } => {
            let secret = secrets.secret(&token.secret);
            (
                &token.secret,
                secret.map(|secret| format!("Bearer {}", secret.expose())),
            )
        }
        Auth::Basic { username, password } => {
            let secret = secrets.secret(&password.secret);
            let pair = secret.map(|secret| format!("{username}:{}", secret.expose()));
            let text = pair.map(|pair| format!("Basic {}", base64::encode(pair.as_bytes())));
            (&password.secret, text)
        }
    };
    let missing = |what: &str| {
        Problem::standard("authentication", 401, "A secret is missing")
            .with_detail(format!("nothing was sent: secret `{name}` {what}"))
    };
    let text = text.ok_or_else(|| {
        missing(&format!(
            "is not set on this worker: set {}, or keep it in the file `{name}` of the folder that \
             the setting `secrets.dir` names",
            variable(name)
        ))
    })?;
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| missing("on this worker has characters no header may hold"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Takes out what must not travel to another host.
pub fn strip_credentials(headers: &mut HeaderMap) {
    for name in [
        header::AUTHORIZATION,
        header::COOKIE,
        header::PROXY_AUTHORIZATION,
    ] {
        headers.remove(name);
    }
}
