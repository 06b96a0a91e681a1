//! What the standard `OTEL_` variables ask for.
//!
//! Without an endpoint nothing is exported, whatever else is set. An empty variable counts as none,
//! as the specification wants it. What is asked for and not done here is refused, not passed over:
//! nobody would miss the spans until they are needed.

use baton_shared::sampler::Sampler;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Uri, uri};
use std::time::Duration;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const TRACES_HEADERS: &str = "OTEL_EXPORTER_OTLP_TRACES_HEADERS";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
const TRACES_TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT";
const SERVICE: &str = "OTEL_SERVICE_NAME";
const RESOURCE: &str = "OTEL_RESOURCE_ATTRIBUTES";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
const DELAY: &str = "OTEL_BSP_SCHEDULE_DELAY";
const QUEUE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const BATCH: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
const SPENT: &str = "OTEL_BSP_EXPORT_TIMEOUT";
/// The protocol that we speak.
const SPOKEN: &str = "http/json";
/// Spans that may wait at the most: some hundred MiB.
const QUEUE_MOST: usize = 1 << 18;
/// Spans in one request at the most.
const BATCH_MOST: usize = 1 << 14;

/// Why spans cannot be exported. Addresses and headers are not repeated: they may hold a secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExportError {
    #[error("{variable} is no address for spans: write http://HOST:4318 or https://HOST")]
    Endpoint { variable: &'static str },
    #[error("{variable} is no list of headers: write NAME=VALUE,NAME=VALUE")]
    Headers { variable: &'static str },
    #[error(
        "{variable} is no list of attributes: write NAME=VALUE,NAME=VALUE, values percent-encoded"
    )]
    Attributes { variable: &'static str },
    #[error("{variable} is `{found}`: write {wanted}")]
    Value {
        variable: &'static str,
        found: String,
        wanted: String,
    },
    #[error("TLS cannot be set up for spans: {0}")]
    Tls(#[from] rustls::Error),
}

/// Where spans go, under which name, and how many at once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    /// `service.name` first.
    pub(super) resource: Vec<(String, String)>,
    pub(super) sampler: Sampler,
    /// How long the collector may take for one request.
    pub(super) timeout: Duration,
    /// How long one batch may take with all its tries.
    pub(super) spent: Duration,
    /// The longest a span waits for others.
    pub(super) delay: Duration,
    /// Spans that wait.
    pub(super) queue: usize,
    /// Spans in one request.
    pub(super) batch: usize,
}

/// Variables that are set, by name.
struct Set<F>(F);

impl<F: Fn(&str) -> Option<String>> Set<F> {
    fn text(&self, name: &'static str) -> Option<(&'static str, String)> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then_some((name, value))
    }

    fn first(&self, names: [&'static str; 2]) -> Option<(&'static str, String)> {
        names.into_iter().find_map(|name| self.text(name))
    }

    /// A whole number within these bounds.
    fn number(
        &self,
        names: [&'static str; 2],
        usual: u64,
        (least, most): (u64, u64),
    ) -> Result<u64, ExportError> {
        let Some((variable, found)) = self.first(names) else {
            return Ok(usual);
        };
        let number = found.parse().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| ExportError::Value {
            variable,
            found,
            wanted: format!("a whole number from {least} to {most}"),
        })
    }

    fn milliseconds(&self, names: [&'static str; 2], usual: u64) -> Result<Duration, ExportError> {
        self.number(names, usual, (1, 3_600_000))
            .map(Duration::from_millis)
    }

    fn size(&self, name: &'static str, usual: usize, most: usize) -> Result<usize, ExportError> {
        let number = self.number([name; 2], usual as u64, (1, most as u64))?;
        Ok(usize::try_from(number).unwrap_or(usual))
    }
}

/// `None` when nothing is to be exported. `variable` looks one up by its name.
pub(super) fn target(
    service: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Target>, ExportError> {
    let set = Set(variable);
    let disabled = set.text("OTEL_SDK_DISABLED");
    if disabled.is_some_and(|(_, word)| word.eq_ignore_ascii_case("true")) || !exports(&set)? {
        return Ok(None);
    }
    // The endpoint of all signals is a base; the one of traces is taken as it stands.
    let base =
        |(name, base): (_, String)| (name, format!("{}/v1/traces", base.trim_end_matches('/')));
    let endpoint = set.text(TRACES_ENDPOINT);
    let Some((name, endpoint)) = endpoint.or_else(|| set.text(ENDPOINT).map(base)) else {
        return Ok(None);
    };
    let uri = address(&endpoint).ok_or(ExportError::Endpoint { variable: name })?;
    speaks(&set)?;
    let sampler = sampler(&set)?;
    if sampler.is_off() {
        return Ok(None);
    }
    let headers = match set.first([TRACES_HEADERS, HEADERS]) {
        Some((name, list)) => headers(&list).ok_or(ExportError::Headers { variable: name })?,
        None => HeaderMap::new(),
    };
    let queue = set.size(QUEUE, 8192, QUEUE_MOST)?;
    Ok(Some(Target {
        uri,
        headers,
        resource: resource(&set, service)?,
        sampler,
        timeout: set.milliseconds([TRACES_TIMEOUT, TIMEOUT], 10_000)?,
        spent: set.milliseconds([SPENT; 2], 30_000)?,
        delay: set.milliseconds([DELAY; 2], 1_000)?,
        queue,
        batch: set.size(BATCH, 512, BATCH_MOST)?.min(queue),
    }))
}

fn exports<F: Fn(&str) -> Option<String>>(set: &Set<F>) -> Result<bool, ExportError> {
    match set.text(EXPORTER) {
        None => Ok(true),
        Some((_, word)) if word == "otlp" => Ok(true),
        Some((_, word)) if word == "none" => Ok(false),
        Some((variable, found)) => Err(ExportError::Value {
            variable,
            found,
            wanted: "otlp or none; Baton has no other exporter".to_owned(),
        }),
    }
}

fn speaks<F: Fn(&str) -> Option<String>>(set: &Set<F>) -> Result<(), ExportError> {
    match set.first([TRACES_PROTOCOL, PROTOCOL]) {
        Some((variable, found)) if found != SPOKEN => Err(ExportError::Value {
            variable,
            found,
            wanted: format!("{SPOKEN}, or leave it out; Baton speaks no other protocol"),
        }),
        _ => Ok(()),
    }
}

fn sampler<F: Fn(&str) -> Option<String>>(set: &Set<F>) -> Result<Sampler, ExportError> {
    let Some((variable, found)) = set.text(SAMPLER) else {
        return Ok(Sampler::default());
    };
    Ok(match found.as_str() {
        "always_on" => Sampler::new(false, 1.0),
        "always_off" => Sampler::new(false, 0.0),
        "traceidratio" => Sampler::new(false, ratio(set)?),
        "parentbased_always_on" => Sampler::new(true, 1.0),
        "parentbased_always_off" => Sampler::new(true, 0.0),
        "parentbased_traceidratio" => Sampler::new(true, ratio(set)?),
        _ => {
            let wanted =
                "always_on, always_off or traceidratio, each also with parentbased_ before it";
            return Err(ExportError::Value {
                variable,
                found,
                wanted: wanted.to_owned(),
            });
        }
    })
}

fn ratio<F: Fn(&str) -> Option<String>>(set: &Set<F>) -> Result<f64, ExportError> {
    let Some((variable, found)) = set.text(SAMPLER_ARG) else {
        return Ok(1.0);
    };
    let ratio = found
        .parse()
        .ok()
        .filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| ExportError::Value {
        variable,
        found,
        wanted: "a number from 0 to 1".to_owned(),
    })
}

/// What describes this process; `service.name` is ours unless a variable says another.
fn resource<F: Fn(&str) -> Option<String>>(
    set: &Set<F>,
    service: &str,
) -> Result<Vec<(String, String)>, ExportError> {
    let mut resource = Vec::new();
    if let Some((variable, list)) = set.text(RESOURCE) {
        let wrong = ExportError::Attributes { variable };
        for pair in pairs(&list).ok_or_else(|| wrong.clone())? {
            let (name, value) = pair;
            let value = String::from_utf8(value).map_err(|_| wrong.clone())?;
            resource.push((name.to_owned(), value));
        }
    }
    let named = resource.iter().position(|(name, _)| name == "service.name");
    let among = named.map(|at| resource.remove(at).1);
    let name = set.text(SERVICE).map(|(_, name)| name).or(among);
    let name = name.unwrap_or_else(|| service.to_owned());
    resource.insert(0, ("service.name".to_owned(), name));
    Ok(resource)
}

fn address(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let web = [uri::Scheme::HTTP, uri::Scheme::HTTPS];
    let known = uri.scheme().is_some_and(|scheme| web.contains(scheme));
    (known && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// A value is never shown in a log.
fn headers(list: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(list)? {
        let name: HeaderName = name.parse().ok()?;
        let mut value = HeaderValue::from_maybe_shared(Bytes::from(value)).ok()?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Some(headers)
}

/// `name=value,name=value`; values are percent-encoded.
fn pairs(list: &str) -> Option<Vec<(&str, Vec<u8>)>> {
    let pairs = list.split(',').filter(|pair| !pair.trim().is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let name = name.trim();
        (!name.is_empty()).then_some((name, decoded(value.trim())?))
    });
    pairs.collect()
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

    fn named(service: &str) -> (String, String) {
        ("service.name".to_owned(), service.to_owned())
    }

    #[test]
    fn what_is_not_done_here_is_refused_with_what_is() {
        for (name, value, wanted) in [
            (PROTOCOL, "grpc", "http/json"),
            (TRACES_PROTOCOL, "http/protobuf", "http/json"),
            (EXPORTER, "zipkin", "otlp or none"),
            (SAMPLER, "jaeger_remote", "traceidratio"),
            (TIMEOUT, "10s", "a whole number from 1 to 3600000"),
            (DELAY, "-1", "a whole number from 1"),
            (QUEUE, "0", "a whole number from 1 to 262144"),
            (BATCH, "1e3", "a whole number from 1 to 16384"),
            (RESOURCE, "a", "NAME=VALUE"),
            (RESOURCE, "=b", "NAME=VALUE"),
            (RESOURCE, "a=%ff", "NAME=VALUE"),
        ] {
            let said = read(&[(name, value), (ENDPOINT, "http://c")]);
            let said = said.expect_err(value).to_string();
            assert!(said.starts_with(name) && said.contains(wanted), "{said}");
        }
        let arg = [
            (ENDPOINT, "http://c"),
            (SAMPLER, "traceidratio"),
            (SAMPLER_ARG, "2"),
        ];
        let said = read(&arg).expect_err("2").to_string();
        assert!(said.starts_with(SAMPLER_ARG), "{said}");
    }

    #[test]
    fn sizes_times_attributes_and_sampler_are_read() {
        let plain = read(&[(ENDPOINT, "http://c")])
            .expect("reads")
            .expect("exports");
        assert_eq!((plain.queue, plain.batch), (8192, 512));
        assert_eq!(plain.sampler, Sampler::default());
        let set = read(&[
            (ENDPOINT, "http://c"),
            (EXPORTER, "otlp"),
            (
                RESOURCE,
                "deployment.environment=test%20bed, service.name=shop,host.name=h",
            ),
            (TIMEOUT, "5000"),
            (TRACES_TIMEOUT, "700"),
            (SPENT, "9000"),
            (DELAY, "50"),
            (QUEUE, "64"),
            (BATCH, "100"),
            (SAMPLER, "parentbased_traceidratio"),
            (SAMPLER_ARG, "0.25"),
        ]);
        let set = set.expect("reads").expect("exports");
        let attribute = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [
            named("shop"),
            attribute("deployment.environment", "test bed"),
            attribute("host.name", "h"),
        ];
        assert_eq!(set.resource, expected);
        let times = [set.timeout, set.spent, set.delay].map(|time| time.as_millis());
        assert_eq!(times, [700, 9000, 50]);
        assert_eq!((set.queue, set.batch), (64, 64), "a batch fits the queue");
        assert_eq!(set.sampler, Sampler::new(true, 0.25));
    }

    #[test]
    fn nothing_is_exported_unless_asked_for() {
        for set in [
            &[][..],
            &[(ENDPOINT, "")],
            &[(HEADERS, "a=b"), (SERVICE, "x")],
            &[(ENDPOINT, "http://c:4318"), ("OTEL_SDK_DISABLED", "TRUE")],
            &[
                (ENDPOINT, "http://c:4318"),
                ("OTEL_TRACES_EXPORTER", "none"),
            ],
            &[(ENDPOINT, "http://c:4318"), (SAMPLER, "always_off")],
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
            (SERVICE, "orders"),
            (PROTOCOL, "http/json"),
        ]);
        let target = target.expect("reads").expect("exports");
        assert_eq!(target.headers["authorization"], "Bearer abc");
        assert_eq!(target.headers["x-team"], "shop");
        assert!(!format!("{:?}", target.headers).contains("abc"), "secret");
        assert_eq!(target.resource, [named("orders")]);
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
