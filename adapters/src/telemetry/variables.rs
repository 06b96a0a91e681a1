//! What the standard `OTEL_` variables ask for.
//!
//! Without an endpoint nothing is exported, whatever else is set. An empty variable counts as none,
//! as the specification wants it.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Uri, uri};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const TRACES_HEADERS: &str = "OTEL_EXPORTER_OTLP_TRACES_HEADERS";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
/// The protocol that we speak.
const SPOKEN: &str = "http/json";

/// Why spans cannot be exported. Values are not repeated: they may hold a secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExportError {
    #[error("{variable} is no address for spans: write http://HOST:4318 or https://HOST")]
    Endpoint { variable: &'static str },
    #[error("{variable} is no list of headers: write NAME=VALUE,NAME=VALUE")]
    Headers { variable: &'static str },
    #[error("TLS cannot be set up for spans: {0}")]
    Tls(#[from] rustls::Error),
}

/// Where spans go, and under which name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) service: String,
    /// A protocol that is asked for and not spoken here.
    pub(super) ignored: Option<String>,
}

/// `None` when nothing is to be exported. `variable` looks one up by its name.
pub(super) fn target(
    service: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Target>, ExportError> {
    let set = |name: &'static str| {
        let value = variable(name)?.trim().to_owned();
        (!value.is_empty()).then_some((name, value))
    };
    let is = |name, word: &str| set(name).is_some_and(|(_, set)| set.eq_ignore_ascii_case(word));
    if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
        return Ok(None);
    }
    // The endpoint of all signals is a base; the one of traces is taken as it stands.
    let base =
        |(name, base): (_, String)| (name, format!("{}/v1/traces", base.trim_end_matches('/')));
    let Some((name, endpoint)) = set(TRACES_ENDPOINT).or_else(|| set(ENDPOINT).map(base)) else {
        return Ok(None);
    };
    let uri = address(&endpoint).ok_or(ExportError::Endpoint { variable: name })?;
    let headers = match set(TRACES_HEADERS).or_else(|| set(HEADERS)) {
        Some((name, list)) => headers(&list).ok_or(ExportError::Headers { variable: name })?,
        None => HeaderMap::new(),
    };
    let protocol = set(TRACES_PROTOCOL).or_else(|| set(PROTOCOL));
    Ok(Some(Target {
        uri,
        headers,
        service: set("OTEL_SERVICE_NAME").map_or_else(|| service.to_owned(), |(_, name)| name),
        ignored: protocol
            .map(|(_, asked)| asked)
            .filter(|asked| asked != SPOKEN),
    }))
}

fn address(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let web = [uri::Scheme::HTTP, uri::Scheme::HTTPS];
    let known = uri.scheme().is_some_and(|scheme| web.contains(scheme));
    (known && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// `name=value,name=value`; values are percent-encoded. A value is never shown in a log.
fn headers(list: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for pair in list.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let name: HeaderName = name.trim().parse().ok()?;
        let decoded = Bytes::from(decoded(value.trim())?);
        let mut value = HeaderValue::from_maybe_shared(decoded).ok()?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Some(headers)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            decoded.push(first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        decoded.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Option<Target>, ExportError> {
        target("baton", |name| {
            let found = set.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn nothing_is_exported_unless_asked_for() {
        for set in [
            &[][..],
            &[(ENDPOINT, "")],
            &[(HEADERS, "a=b"), ("OTEL_SERVICE_NAME", "x")],
            &[(ENDPOINT, "http://c:4318"), ("OTEL_SDK_DISABLED", "TRUE")],
            &[
                (ENDPOINT, "http://c:4318"),
                ("OTEL_TRACES_EXPORTER", "none"),
            ],
        ] {
            assert_eq!(read(set), Ok(None), "{set:?}");
        }
    }

    #[test]
    fn the_endpoint_of_traces_wins_and_is_taken_as_it_stands() {
        for (set, expected) in [
            (
                &[(ENDPOINT, "http://c:4318")][..],
                "http://c:4318/v1/traces",
            ),
            (&[(ENDPOINT, "https://c/base/")], "https://c/base/v1/traces"),
            (
                &[
                    (ENDPOINT, "http://c:4318"),
                    (TRACES_ENDPOINT, "http://d/in"),
                ],
                "http://d/in",
            ),
        ] {
            let uri = read(set).expect("reads").expect("exports").uri;
            assert_eq!(uri.to_string(), expected);
        }
    }

    #[test]
    fn headers_name_and_protocol_are_read() {
        let target = read(&[
            (ENDPOINT, "http://c:4318"),
            (HEADERS, "authorization=Bearer%20abc, x-team=shop"),
            ("OTEL_SERVICE_NAME", "orders"),
            (PROTOCOL, "grpc"),
        ]);
        let target = target.expect("reads").expect("exports");
        assert_eq!(target.headers["authorization"], "Bearer abc");
        assert_eq!(target.headers["x-team"], "shop");
        assert!(!format!("{:?}", target.headers).contains("abc"), "secret");
        assert_eq!(target.service, "orders");
        assert_eq!(target.ignored.as_deref(), Some("grpc"));
    }

    #[test]
    fn slips_are_told_without_the_value() {
        for (name, value) in [
            (ENDPOINT, "collector:4318"),
            (TRACES_ENDPOINT, "ftp://s3cret@c"),
            (HEADERS, "s3cret"),
            (HEADERS, "a=%0As3cret"),
            (HEADERS, "a=%s3cret"),
        ] {
            let said = read(&[(name, value), (ENDPOINT, "http://c")]);
            let said = said.expect_err(value).to_string();
            assert!(said.starts_with(name) && !said.contains("s3cret"), "{said}");
        }
    }
}
