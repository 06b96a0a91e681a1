//! The HTTP API: requests as text (`METHOD /path?query`, headers, an empty line, the body), `----`
//! between them, to a whole orchestrator in memory. Every answer is one that the OpenAPI document
//! describes; every refusal is a problem with its code; nothing is ever a 500.

use super::{Target, text};
use crate::target::clock::Jumping;
use baton_adapters::embedded::{Queue, RamDisk, Settings as StoreSettings, Store};
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::driver::{Shared, drive};
use baton_orchestrator::exposure::Exposure;
use baton_orchestrator::http::{Api, document, router};
use baton_orchestrator::tokens::{Gate, Tokens};
use baton_orchestrator::{Outside, Settings};
use baton_shared::catalogue::Catalogue;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use tower::ServiceExt;

pub(super) const TARGET: Target = Target {
    name: "api",
    run,
    seeds,
    words: &[
        "GET ",
        "POST ",
        "PUT ",
        "HEAD ",
        "DELETE ",
        "OPTIONS ",
        "/v1/sagas",
        "/v1/workflows",
        "/v1/dead-letters",
        "/v1/doctor",
        "/a",
        "/wait",
        "/cancel",
        "/pause",
        "/resume",
        "/retry",
        "/skip",
        "/drop",
        "?limit=",
        "?after=",
        "?status=",
        "?timeout=",
        "&steps_after=",
        "%00",
        "%2f",
        "%ff",
        "\ncontent-type: application/json",
        "\ncontent-type: application/yaml",
        "\nauthorization: Bearer x",
        "\norigin: http://evil",
        "\ntraceparent: 00-",
        "\n\n",
        "\n----\n",
        "{\"workflow\":\"w\"}",
        "\"id\":",
        "\"input\":",
        "\"reason\":",
        "\"version\":",
        "{",
        "}",
        "[",
    ],
};

/// Requests of one input.
const REQUESTS: usize = 8;
/// A workflow that is there, with a step that nobody works for.
const WORKFLOW: &str = "document: { dsl: '1.0.3', namespace: x, name: w, version: '1.0.0' }
do:
  - a: { set: { n: '${ . }' } }
  - b: { call: http, with: { method: post, endpoint: 'http://127.0.0.1:1/' }, timeout: { after: PT1S } }
";
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(document()).expect("the document is JSON"));

fn seeds() -> Vec<Vec<u8>> {
    let json = "content-type: application/json\n\n";
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    vec![
        format!("POST /v1/sagas\n{json}{{\"workflow\":\"w\",\"input\":{deep}}}").into_bytes(),
        format!("POST /v1/sagas\n{json}{}", "x".repeat(300_000)).into_bytes(),
        format!("GET /v1/sagas/{}\n", "x".repeat(60_000)).into_bytes(),
        format!("GET /v1/sagas?after={}\n", "x".repeat(60_000)).into_bytes(),
    ]
}

fn run(bytes: &[u8]) {
    let text = text(bytes);
    let requests: Vec<_> = text
        .split("\n----\n")
        .take(REQUESTS)
        .filter_map(request)
        .collect();
    if requests.is_empty() {
        return;
    }
    let clock = Jumping::default();
    let store_settings = StoreSettings {
        inline: true,
        ..StoreSettings::default()
    };
    let store = Store::open_on(Arc::new(RamDisk::default()), store_settings).expect("a new disk");
    let ports = Arc::new(Outside {
        store: store.clone(),
        queue: Queue::new(1_000),
        records: store,
        clock: clock.clone(),
    });
    let definitions = Definitions::new(ports.clone(), Catalogue::default());
    let settings = Settings::default().with_partitions(1);
    let shared = Arc::new(Shared::new(ports, definitions, settings));
    let (desk, asked) = Desk::new(shared.clone());
    let driver = drive(&shared, asked, std::future::pending());
    let ask = ask(desk, requests);
    clock.run(pin!(driver), pin!(ask));
}

/// Deploys the workflow, then sends each request and holds its answer to the document.
async fn ask(
    desk: Desk<impl baton_orchestrator::outside::Ports>,
    requests: Vec<Request<Full<Bytes>>>,
) {
    let none: [&str; 0] = [];
    let tokens = Tokens::read(&none, None).expect("no tokens");
    let api = Api {
        desk,
        gate: Arc::new(Gate::new(&tokens).expect("no file to read")),
        exposure: Exposure {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            tls: false,
            token: false,
            insecure: false,
        },
    };
    let router = router(Arc::new(api));
    let deploy = Request::post("/v1/workflows").header("content-type", "application/yaml");
    let deploy = deploy.body(Full::from(WORKFLOW)).expect("a request");
    for request in std::iter::once(deploy).chain(requests) {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let Ok(answer) = router.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("a body in memory").to_bytes();
        let answer = Response::from_parts(head, body);
        judge(&method, &path, &answer);
    }
}

fn judge(method: &http::Method, path: &str, answer: &Response<Bytes>) {
    let status = answer.status();
    let body = text(answer.body());
    let what = format!("{method} {path}: {status} {body}");
    assert!(!matches!(status.as_u16(), 500..=502 | 504..), "{what}");
    if method == http::Method::HEAD {
        return;
    }
    let kind = answer
        .headers()
        .get("content-type")
        .and_then(|kind| kind.to_str().ok());
    if !status.is_success() {
        assert_eq!(kind, Some("application/problem+json"), "{what}");
        let problem: Value = serde_json::from_str(&body).expect("a problem is JSON");
        assert_eq!(problem["status"], status.as_u16(), "{what}");
        for member in ["type", "code", "title", "detail"] {
            let said = problem[member].as_str();
            assert!(
                said.is_some_and(|said| !said.is_empty()),
                "{member}: {what}"
            );
        }
        return;
    }
    let operation = operation(method, path).unwrap_or_else(|| panic!("not described: {what}"));
    let described = &operation["responses"][status.as_str()];
    assert!(described.is_object(), "not described: {what}");
    if let Some(content) = described["content"].as_object() {
        let media = kind
            .and_then(|kind| kind.split(';').next())
            .unwrap_or_default();
        assert!(
            content.contains_key(media),
            "{media} is not described: {what}"
        );
    }
}

/// What the document says of it. Its templates match segment by segment.
fn operation(method: &http::Method, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let fits = |template: &str| {
        let (mut want, mut have) = (template.split('/'), path.split('/'));
        loop {
            match (want.next(), have.next()) {
                (None, None) => return true,
                (Some(want), Some(have)) if want.starts_with('{') || want == have => {}
                _ => return false,
            }
        }
    };
    let exact = paths.get(path).into_iter();
    let fitting = paths
        .iter()
        .filter(|(template, _)| fits(template))
        .map(|(_, item)| item);
    let method = method.as_str().to_ascii_lowercase();
    exact.chain(fitting).find_map(|item| item.get(&method))
}

fn request(text: &str) -> Option<Request<Full<Bytes>>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    if !target.starts_with('/') {
        return None;
    }
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).take(100) {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            request = request.header(name, value);
        }
    }
    request
        .body(Full::from(Bytes::copy_from_slice(body.as_bytes())))
        .ok()
}
