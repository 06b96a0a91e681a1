//! Spans and a collector that is slow, full, broken or away: bounded tries, bounded memory, and a count
//! of what is lost.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use baton_adapters::telemetry::Exporter;
use baton_shared::{Span, SpanKind, Spans, Timestamp, Traceparent};
use baton_tests::world::{free_port, until};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SOON: Duration = Duration::from_secs(30);

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    /// One after another; then 200.
    answers: VecDeque<(StatusCode, Value)>,
    /// The names of the spans in every request.
    requests: Vec<Vec<String>>,
}

impl Collector {
    async fn start(answers: &[(u16, Value)]) -> (Self, String) {
        let collector = Self::default();
        let answers = answers.iter().map(|(status, body)| {
            let status = StatusCode::from_u16(*status).expect("a status");
            (status, body.clone())
        });
        collector.0.lock().expect("sound").answers.extend(answers);
        let routes = Router::new()
            .route("/v1/traces", post(collect))
            .with_state(collector.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (collector, url)
    }

    fn requests(&self) -> Vec<Vec<String>> {
        self.0.lock().expect("sound").requests.clone()
    }

    async fn asked(&self, times: usize) -> Vec<Vec<String>> {
        let asked = async || Some(self.requests()).filter(|seen| seen.len() >= times);
        until("the collector is asked", SOON, asked).await
    }
}

async fn collect(
    State(collector): State<Collector>,
    body: axum::Json<Value>,
) -> (StatusCode, HeaderMap, axum::Json<Value>) {
    let mut inner = collector.0.lock().expect("sound");
    let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let names = spans.as_array().expect("spans").iter();
    let names = names.map(|span| span["name"].as_str().expect("a name").to_owned());
    let names = names.collect();
    inner.requests.push(names);
    let (status, body) = inner
        .answers
        .pop_front()
        .unwrap_or((StatusCode::OK, json!({})));
    let mut headers = HeaderMap::new();
    // At once: the usual waits are for collectors that do not say.
    headers.insert("retry-after", "0".parse().expect("a value"));
    (status, headers, axum::Json(body))
}

fn exporter(url: &str, more: &[(&str, &str)]) -> Exporter {
    let exporter = Exporter::of("test", |name| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(url.to_owned()),
        "OTEL_BSP_SCHEDULE_DELAY" => Some("20".to_owned()),
        _ => {
            let found = more.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        }
    });
    exporter.expect("it exports")
}

fn record(spans: &Spans, name: &str) {
    let above = Traceparent::parse(TRACE).expect("reads");
    spans.record(Span {
        context: spans.below(&above).expect("sampled"),
        parent: Some(above.span().to_owned()),
        name: name.to_owned(),
        kind: SpanKind::Client,
        started_at: Timestamp(1),
        ended_at: Timestamp(2),
        attributes: Vec::new(),
        failed: None,
    });
}

async fn lost(spans: &Spans, count: u64) {
    let counted = async || (spans.lost() >= count).then_some(());
    until("the loss is counted", SOON, counted).await;
    assert_eq!(spans.lost(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_go_better_is_sent_again() {
    let busy = [429, 502, 503, 504].map(|status| (status, json!({})));
    let (collector, url) = Collector::start(&busy).await;
    let exporter = exporter(&url, &[]);
    record(&exporter.spans(), "one");
    let seen = collector.asked(5).await;
    assert_eq!(seen, vec![vec!["one".to_owned()]; 5]);
    record(&exporter.spans(), "two");
    assert_eq!(collector.asked(6).await[5], ["two"]);
    assert_eq!(exporter.spans().lost(), 0);
    exporter.stop().await;
    assert_eq!(collector.requests().len(), 6, "nothing is sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_not_is_dropped_and_counted() {
    let (collector, url) = Collector::start(&[(400, json!({}))]).await;
    let exporter = exporter(&url, &[]);
    let spans = exporter.spans();
    record(&spans, "broken");
    lost(&spans, 1).await;
    record(&spans, "well");
    assert_eq!(collector.asked(2).await, [["broken"], ["well"]]);
    exporter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_are_bounded() {
    let busy = vec![(503, json!({})); 5];
    let (collector, url) = Collector::start(&busy).await;
    let exporter = exporter(&url, &[]);
    let spans = exporter.spans();
    record(&spans, "never");
    lost(&spans, 1).await;
    record(&spans, "well");
    let seen = collector.asked(6).await;
    assert_eq!(seen[4], ["never"], "five tries");
    assert_eq!(seen[5], ["well"]);
    exporter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_success_rejects_is_counted_and_not_sent_again() {
    let partial = json!({ "partialSuccess": { "rejectedSpans": "1", "errorMessage": "no" } });
    let (collector, url) = Collector::start(&[(200, partial)]).await;
    let exporter = exporter(&url, &[]);
    record(&exporter.spans(), "a");
    lost(&exporter.spans(), 1).await;
    let spans = exporter.spans();
    exporter.stop().await;
    assert_eq!((collector.requests().len(), spans.lost()), (1, 1));
}

/// Nobody listens: the queue keeps what it may, and everything else is counted at once.
#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded_while_the_collector_is_away() {
    let url = format!("http://127.0.0.1:{}", free_port());
    let sizes = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "10"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5"),
    ];
    let exporter = exporter(&url, &sizes);
    let spans = exporter.spans();
    for _ in 0..1000 {
        record(&spans, "many");
    }
    let at_once = spans.lost();
    assert!(at_once >= 1000 - 10 - 2 * 5, "{at_once}");
    // The end waits for no further try.
    exporter.stop().await;
    assert_eq!(spans.lost(), 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_sends_what_is_left() {
    let (collector, url) = Collector::start(&[]).await;
    let exporter = exporter(&url, &[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")]);
    let spans = exporter.spans();
    for n in 0..5 {
        record(&spans, &format!("s{n}"));
    }
    exporter.stop().await;
    let names: Vec<String> = collector.requests().concat();
    assert_eq!(names, ["s0", "s1", "s2", "s3", "s4"]);
    assert!(collector.requests().iter().all(|batch| batch.len() <= 2));
}
