//! The HTTP API as functions: a path and a body in, JSON or a [`Failure`] out.
//!
//! Connections are kept alive, so that following a saga costs one of them.

use crate::failure::{Failure, Refusal};
use crate::trust::{self, Trust};
use crate::value::spoken;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::Value;
use std::error::Error;
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take, beyond what the request itself asks the server to wait.
const ANSWER: Duration = Duration::from_secs(30);

/// The API at one address.
#[derive(Debug)]
pub struct Client {
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Scheme, host, port and path, without the last `/`.
    api: String,
    authorization: Option<HeaderValue>,
    /// Whether we can say who we are, where the server asks for a certificate.
    identity: bool,
}

/// What the server said to a request it granted.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// 200, or 201 where something came to be.
    pub status: u16,
    pub body: Value,
}

impl Client {
    /// Refuses an address that is no `http://` or `https://` URL, and files that are none. Opens no
    /// connection.
    pub fn new(api: &str, token: Option<&str>, trust: &Trust) -> Result<Self, Failure> {
        let fits = api.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()
        });
        if !fits {
            return Err(Failure::WrongCall(format!(
                "`{api}` is no address of an API: write it as http://127.0.0.1:7070"
            )));
        }
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(trust.config()?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Self {
            http: Http::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .build(connector),
            api: api.trim_end_matches('/').to_owned(),
            authorization: token.map(bearer).transpose()?,
            identity: trust.cert.is_some(),
        })
    }

    /// Whether what is sent passes others' networks unencrypted.
    pub fn is_overheard(&self) -> bool {
        let uri = self.api.parse::<Uri>().unwrap_or_default();
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let here = host.eq_ignore_ascii_case("localhost")
            || host
                .parse::<IpAddr>()
                .is_ok_and(|ip| ip.to_canonical().is_loopback());
        uri.scheme_str() == Some("http") && !here
    }

    /// Where the API is, for messages.
    pub fn api(&self) -> &str {
        &self.api
    }

    pub async fn get(&self, path: &Path) -> Result<Answer, Failure> {
        self.get_within(path, Duration::ZERO).await
    }

    /// A request that asks the server to wait for up to `wait`.
    pub async fn get_within(&self, path: &Path, wait: Duration) -> Result<Answer, Failure> {
        self.send(Method::GET, path, None, Bytes::new(), wait).await
    }

    pub async fn post(&self, path: &Path, body: &Value) -> Result<Answer, Failure> {
        self.post_within(path, body, Duration::ZERO).await
    }

    /// A request that may keep the server busy for `wait`.
    pub async fn post_within(
        &self,
        path: &Path,
        body: &Value,
        wait: Duration,
    ) -> Result<Answer, Failure> {
        let json = Some("application/json");
        let body = Bytes::from(body.to_string());
        self.send(Method::POST, path, json, body, wait).await
    }

    pub async fn post_yaml(&self, path: &Path, text: &str) -> Result<Answer, Failure> {
        let yaml = Some("application/yaml");
        let body = Bytes::copy_from_slice(text.as_bytes());
        self.send(Method::POST, path, yaml, body, Duration::ZERO)
            .await
    }

    async fn send(
        &self,
        method: Method,
        path: &Path,
        content_type: Option<&'static str>,
        body: Bytes,
        wait: Duration,
    ) -> Result<Answer, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{}", self.api, path.0))
            .header(ACCEPT, "application/json, application/problem+json");
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| self.unreachable(&error, false))?;
        let limit = ANSWER + wait;
        match tokio::time::timeout(limit, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::Unreachable {
                api: self.api.clone(),
                reason: format!("no answer within {}s", limit.as_secs()),
                sent: true,
            }),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let response = self.http.request(request).await;
        let response = response.map_err(|error| {
            let sent = !error.is_connect();
            self.unreachable(&error, sent)
        })?;
        let (head, body) = response.into_parts();
        let body = body.collect().await;
        let body = body.map_err(|error| self.unreachable(&error, true))?;
        let body = body.to_bytes();
        let status = head.status.as_u16();
        // 204 has nothing to say.
        let parsed = match &body[..] {
            [] => Ok(Value::Null),
            body => serde_json::from_slice::<Value>(body),
        };
        if head.status.is_success() {
            let not_baton = |error| Failure::NotBaton {
                api: self.api.clone(),
                reason: format!("its answer {status} is no JSON ({error})"),
            };
            let body = parsed.map_err(not_baton)?;
            return Ok(Answer { status, body });
        }
        let retry_after = head.headers.get(RETRY_AFTER);
        let retry_after = retry_after
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let body = parsed.unwrap_or(Value::Null);
        Err(Failure::Refused(Box::new(Refusal::read(
            status,
            retry_after,
            body,
        ))))
    }

    fn unreachable(&self, error: &(dyn Error + 'static), sent: bool) -> Failure {
        let api = self.api.clone();
        if let Some(reason) = trust::fault(error) {
            return Failure::Untrusted { api, reason };
        }
        let mut reason = innermost(error);
        match ended(error) {
            // A server that wants a certificate may hang up before its reason has arrived.
            Some(Ended::Closed) if api.starts_with("https:") && !self.identity => {
                reason += " (if it asks for certificates, give --cert FILE and --key FILE)";
            }
            Some(Ended::Garbled) if api.starts_with("http:") => {
                reason += " (if it speaks TLS, write https://)";
            }
            _ => {}
        }
        Failure::Unreachable { api, reason, sent }
    }

    /// Reads an answer's body as `T`; one of another shape is not Baton's.
    pub fn read<T: serde::de::DeserializeOwned>(&self, body: &Value) -> Result<T, Failure> {
        T::deserialize(body).map_err(|error| Failure::NotBaton {
            api: self.api.clone(),
            reason: format!("its answer has another shape than expected ({error})"),
        })
    }
}

fn bearer(token: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
        Failure::WrongCall("the token holds characters that no token has".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// How a connection ended that was there.
enum Ended {
    Closed,
    /// With bytes that are no HTTP.
    Garbled,
}

fn ended(error: &(dyn Error + 'static)) -> Option<Ended> {
    let mut error = error;
    loop {
        if let Some(http) = error.downcast_ref::<hyper::Error>() {
            return match http {
                http if http.is_parse() => Some(Ended::Garbled),
                http if http.is_user() => None,
                _ => Some(Ended::Closed),
            };
        }
        error = error.source()?;
    }
}

/// What really happened, from under the layers of the HTTP client.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    loop {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return spoken(io);
        }
        match error.source() {
            Some(source) => error = source,
            None => return error.to_string(),
        }
    }
}

/// A path with its query, every part percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// `/v1` and the segments.
    pub fn of(segments: &[&str]) -> Self {
        let mut path = String::from("/v1");
        for segment in segments {
            path.push('/');
            path.push_str(&encoded(segment));
        }
        Self(path)
    }

    /// With `name=value` in the query, where there is a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            let mark = if self.0.contains('?') { '&' } else { '?' };
            self.0.push(mark);
            self.0.push_str(name);
            self.0.push('=');
            self.0.push_str(&encoded(value));
        }
        self
    }
}

/// All but the unreserved characters of RFC 3986. A segment `.` or `..` would be read as a way.
fn encoded(text: &str) -> String {
    if text == "." || text == ".." {
        return text.replace('.', "%2E");
    }
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes all");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_carry_every_step_name() {
        let path = Path::of(&["dead-letters", "order-1", "charge[3]#2~1:undo"]);
        assert_eq!(
            path.0,
            "/v1/dead-letters/order-1/charge%5B3%5D%232~1%3Aundo"
        );
        assert_eq!(Path::of(&["sagas", ".."]).0, "/v1/sagas/%2E%2E");
        let query = Path::of(&["sagas"])
            .with("status", None)
            .with("workflow", Some("shop/order"))
            .with("limit", Some("5"));
        assert_eq!(query.0, "/v1/sagas?workflow=shop%2Forder&limit=5");
    }

    #[test]
    fn an_address_must_be_one() {
        for wrong in [
            "",
            "localhost",
            "ftp://x",
            "http://",
            "http://a/?q=1",
            "7070",
        ] {
            assert!(client(wrong, None).is_err(), "{wrong}");
        }
        for right in ["http://127.0.0.1:7070", "https://baton.example/api/"] {
            assert!(client(right, Some("t")).is_ok(), "{right}");
        }
        let wrong = client("http://x", Some("s3cret\nb")).expect_err("no header");
        assert!(!wrong.to_string().contains("s3cret"), "{wrong}");
    }

    #[test]
    fn only_tls_or_this_machine_keeps_a_token_secret() {
        for (api, overheard) in [
            ("http://127.0.0.1:7070", false),
            ("http://localhost", false),
            ("http://[::1]:7070", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("https://baton.example", false),
            ("http://baton.example", true),
            ("http://10.0.0.1:7070/api", true),
            ("http://127.0.0.1.example", true),
        ] {
            let client = client(api, None).expect("an address");
            assert_eq!(client.is_overheard(), overheard, "{api}");
        }
    }

    fn client(api: &str, token: Option<&str>) -> Result<Client, Failure> {
        Client::new(api, token, &Trust::default())
    }
}
