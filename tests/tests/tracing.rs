//! The trace of a saga, as an OpenTelemetry collector sees it: the caller's span, the saga below it,
//! the attempts below the saga, and below each attempt what the service is told.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use baton_tests::world::{Api, Program, free_port, until};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::path::Path as File;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const WORKFLOW: &str = "
document: { dsl: '1.0.3', namespace: test, name: traced, version: '1.0.0' }
do:
  - pay: { call: payments.authorize, with: { card: hush } }
  - ship: { call: shipping.book, with: {} }
";

/// Collector and services on one port, and what they saw.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Bodies of exports, and a header that was asked for.
    exports: Vec<(Value, String)>,
    /// Path and `traceparent` of each call of a service.
    calls: Vec<(String, String)>,
}

impl Seen {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nobody panics with it")
    }

    fn spans(&self) -> Vec<Value> {
        let inner = self.inner();
        let scopes = inner
            .exports
            .iter()
            .map(|(body, _)| &body["resourceSpans"][0]["scopeSpans"][0]["spans"]);
        scopes
            .flat_map(|spans| spans.as_array().expect("spans").clone())
            .collect()
    }
}

fn header(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

async fn collect(State(seen): State<Seen>, headers: HeaderMap, Json(body): Json<Value>) {
    let team = header(&headers, "x-team");
    seen.inner().exports.push((body, team));
}

/// The first call fails in a way that is tried again.
async fn serve(
    State(seen): State<Seen>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    let mut inner = seen.inner();
    let status = match inner.calls.len() {
        0 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    inner.calls.push((path, header(&headers, "traceparent")));
    (status, Json(json!({})))
}

/// The address of collector and services.
async fn world(seen: &Seen) -> String {
    let app = Router::new()
        .route("/v1/traces", post(collect))
        .route("/service/{*path}", post(serve))
        .with_state(seen.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{at}")
}

async fn dev(services: &str, env: &[(&str, String)], folder: &File, log: &File) -> (Program, Api) {
    let retry = "{ count: 2, delay: 10ms }";
    let catalogue = format!(
        "services:
  payments:
    url: {services}/service
    retry: {retry}
    operations: {{ authorize: {{ method: POST, path: /authorize }} }}
  shipping:
    url: {services}/service
    operations: {{ book: {{ method: POST, path: /book }} }}
"
    );
    let file = folder.join("services.yaml");
    std::fs::write(&file, catalogue).expect("writable");
    let port = free_port();
    let args = [
        "dev".to_owned(),
        "--services".to_owned(),
        file.display().to_string(),
        "--data".to_owned(),
        folder.join("data").display().to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{port}"),
    ];
    let baton = Program::logged("baton", &args, env, log);
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    api.ready().await;
    api.deploy(WORKFLOW).await;
    (baton, api)
}

async fn submit(api: &Api, id: &str) {
    let body = json!({ "workflow": "test/traced", "id": id, "input": {} }).to_string();
    let request = hyper::Request::post(format!("{}/v1/sagas", api.base()))
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.expect("an answer");
    assert_eq!(answer.status(), 201);
}

fn attribute(span: &Value, key: &str) -> Option<Value> {
    let attributes = span["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|found| found["key"] == key)?;
    let value = found["value"].as_object()?.values().next()?;
    Some(value.clone())
}

/// An attempt's span in a line.
fn told(span: &&Value) -> String {
    assert_eq!(attribute(span, "baton.saga"), Some(json!("traced")));
    let shown = |key| attribute(span, key).map(|value| value.as_str().unwrap_or("?").to_owned());
    let attempt = shown("baton.attempt").expect("a number");
    let status = shown("http.response.status_code").expect("a status");
    let error = shown("error.type").map_or_else(String::new, |error| format!(" error {error}"));
    let name = span["name"].as_str().expect("a name");
    format!("{name} {attempt} {status}{error}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_is_one_trace_from_its_caller_to_the_services() {
    let seen = Seen::default();
    let base = world(&seen).await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let env = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", base.clone()),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "x-team=shop%20floor".to_owned(),
        ),
        ("OTEL_SERVICE_NAME", "orders".to_owned()),
    ];
    let (mut baton, api) = dev(&base, &env, folder.path(), &log).await;
    submit(&api, "traced").await;
    api.becomes("traced", "completed").await;
    // At once: what is not exported yet is exported at the end.
    assert_eq!(baton.terminate(), Some(0));

    let spans = seen.spans();
    assert!(
        spans.iter().all(|span| span["traceId"] == TRACE),
        "{spans:?}"
    );
    let (sagas, attempts): (Vec<_>, Vec<_>) =
        spans.iter().partition(|span| span["name"] == "test/traced");
    let [saga] = sagas[..] else {
        panic!("one span for the saga: {spans:?}");
    };
    assert_eq!(saga["parentSpanId"], CALLER);
    assert_eq!(attribute(saga, "baton.status"), Some(json!("completed")));
    assert!(
        attempts
            .iter()
            .all(|span| span["parentSpanId"] == saga["spanId"])
    );
    assert_eq!(
        attempts.iter().map(told).collect::<Vec<_>>(),
        [
            "payments.authorize 1 503 error 503",
            "payments.authorize 2 200",
            "shipping.book 1 200",
        ]
    );

    let inner = seen.inner();
    let sent: Vec<_> = inner.calls.iter().map(|(_, trace)| trace.clone()).collect();
    let mut named: Vec<_> = attempts
        .iter()
        .map(|span| format!("00-{TRACE}-{}-01", span["spanId"].as_str().expect("an id")))
        .collect();
    // Batches keep the order in which attempts ended.
    assert_eq!(sent, named, "each service is told the span of its attempt");
    named.sort();
    named.dedup();
    assert_eq!(named.len(), 3, "a span of its own for each attempt");
    for (body, team) in &inner.exports {
        assert_eq!(team, "shop floor");
        let service = &body["resourceSpans"][0]["resource"]["attributes"][0];
        assert_eq!(service["value"]["stringValue"], "orders");
        assert!(!body.to_string().contains("hush"), "no bodies");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_told_once_and_costs_nothing() {
    let seen = Seen::default();
    let base = world(&seen).await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", nobody)];
    let (mut baton, api) = dev(&base, &env, folder.path(), &log).await;
    let complaints = || {
        let text = std::fs::read_to_string(&log).expect("a log");
        text.matches("spans are dropped").count()
    };
    submit(&api, "first").await;
    api.becomes("first", "completed").await;
    let told = async || (complaints() == 1).then_some(());
    until("a complaint", Duration::from_secs(20), told).await;
    submit(&api, "second").await;
    api.becomes("second", "completed").await;
    assert_eq!(baton.terminate(), Some(0));
    assert_eq!(complaints(), 1);
    assert!(seen.spans().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_silent_does_not_hold_up_the_end() {
    let seen = Seen::default();
    let base = world(&seen).await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    // Connections are taken by the kernel, and by nobody else.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = silent.local_addr().expect("an address");
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{at}"))];
    let (mut baton, api) = dev(&base, &env, folder.path(), &log).await;
    submit(&api, "silent").await;
    api.becomes("silent", "completed").await;
    let asked = Instant::now();
    assert_eq!(baton.terminate(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
}
