//! Every way to ask wrongly, and the one form in which it is answered.

use crate::api::Server;
use crate::fake::run::TRIP;
use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

const JSON: Option<&str> = Some("application/json");
const YAML: Option<&str> = Some("application/yaml");

/// Method, path, content type, body, status, code.
type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    u16,
    &'static str,
);

const TABLE: &[Row] = &[
    ("GET", "/", None, "", 404, "path-unknown"),
    ("GET", "/v2/sagas", None, "", 404, "path-unknown"),
    ("GET", "/v1/sagas/", None, "", 404, "path-unknown"),
    ("DELETE", "/v1/sagas", None, "", 405, "method-not-allowed"),
    ("PUT", "/v1/sagas/t-1", None, "", 405, "method-not-allowed"),
    ("POST", "/healthz", None, "", 405, "method-not-allowed"),
    (
        "GET",
        "/v1/sagas?stauts=running",
        None,
        "",
        400,
        "query-invalid",
    ),
    (
        "GET",
        "/v1/sagas?status=sleeping",
        None,
        "",
        400,
        "query-invalid",
    ),
    ("GET", "/v1/sagas?limit=0", None, "", 400, "query-invalid"),
    (
        "GET",
        "/v1/sagas?limit=many",
        None,
        "",
        400,
        "query-invalid",
    ),
    (
        "GET",
        "/v1/sagas?after=xyz",
        None,
        "",
        400,
        "page-token-invalid",
    ),
    (
        "GET",
        "/v1/sagas?workflow=nope",
        None,
        "",
        404,
        "workflow-unknown",
    ),
    ("GET", "/v1/sagas/nope", None, "", 404, "saga-unknown"),
    ("GET", "/v1/sagas/no%20pe", None, "", 400, "saga-id-invalid"),
    ("GET", "/v1/sagas/%ff", None, "", 400, "path-invalid"),
    (
        "GET",
        "/v1/sagas/nope?steps=1",
        None,
        "",
        400,
        "query-invalid",
    ),
    ("GET", "/v1/sagas/nope/wait", None, "", 404, "saga-unknown"),
    (
        "GET",
        "/v1/sagas/nope/wait?timeout=soon",
        None,
        "",
        400,
        "query-invalid",
    ),
    (
        "POST",
        "/v1/sagas/nope/cancel",
        None,
        "",
        404,
        "saga-unknown",
    ),
    (
        "POST",
        "/v1/sagas/nope/pause",
        JSON,
        "{}",
        404,
        "saga-unknown",
    ),
    (
        "POST",
        "/v1/sagas/nope/pause",
        JSON,
        "{\"a\":1}",
        400,
        "body-invalid",
    ),
    (
        "POST",
        "/v1/sagas/nope/resume?x=1",
        None,
        "",
        400,
        "query-invalid",
    ),
    ("POST", "/v1/sagas", JSON, "{", 400, "body-malformed"),
    ("POST", "/v1/sagas", JSON, "[]", 400, "body-invalid"),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"workflow\":\"trip\",\"input\":{\"n\":[{\"a\":1,\"a\":2}]}}",
        400,
        "body-invalid",
    ),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"workflow\":\"trip\",\"workflow\":\"other\"}",
        400,
        "body-invalid",
    ),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"workflow\":\"trip\",\"imput\":{}}",
        400,
        "body-invalid",
    ),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"input\":{}}",
        400,
        "body-invalid",
    ),
    ("POST", "/v1/sagas", None, "", 400, "body-invalid"),
    (
        "POST",
        "/v1/sagas",
        Some("text/plain"),
        "{}",
        415,
        "content-type-unsupported",
    ),
    (
        "POST",
        "/v1/sagas",
        None,
        "{}",
        415,
        "content-type-unsupported",
    ),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"workflow\":\"nope\"}",
        404,
        "workflow-unknown",
    ),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"workflow\":\"test/trip\",\"version\":\"9.0.0\"}",
        404,
        "workflow-unknown",
    ),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"workflow\":\"trip\",\"id\":\"a b\"}",
        400,
        "saga-id-invalid",
    ),
    (
        "POST",
        "/v1/sagas",
        JSON,
        "{\"workflow\":\"trip\",\"id\":\"t-1\",\"input\":2}",
        409,
        "saga-exists",
    ),
    (
        "POST",
        "/v1/workflows",
        YAML,
        "nonsense: [",
        422,
        "workflow-invalid",
    ),
    (
        "POST",
        "/v1/workflows",
        YAML,
        "do: 1",
        422,
        "workflow-invalid",
    ),
    (
        "POST",
        "/v1/workflows",
        JSON,
        "{\"sauce\":\"\"}",
        400,
        "body-invalid",
    ),
    (
        "POST",
        "/v1/workflows",
        None,
        "do: 1",
        415,
        "content-type-unsupported",
    ),
    ("GET", "/v1/workflows?all=1", None, "", 400, "query-invalid"),
    (
        "GET",
        "/v1/dead-letters?page=2",
        None,
        "",
        400,
        "query-invalid",
    ),
    (
        "GET",
        "/v1/dead-letters/t-1/nope",
        None,
        "",
        404,
        "dead-letter-unknown",
    ),
    (
        "GET",
        "/v1/dead-letters/-/nope",
        None,
        "",
        404,
        "dead-letter-unknown",
    ),
    (
        "POST",
        "/v1/dead-letters/t-1/nope/retry",
        None,
        "",
        404,
        "letter-unknown",
    ),
    (
        "POST",
        "/v1/dead-letters/t-1/nope/drop",
        JSON,
        "{}",
        400,
        "body-invalid",
    ),
    (
        "POST",
        "/v1/dead-letters/t-1/nope/drop",
        JSON,
        "{\"reason\":\" \"}",
        400,
        "body-invalid",
    ),
    (
        "POST",
        "/v1/dead-letters/-/nope/skip",
        None,
        "",
        409,
        "orphan",
    ),
    (
        "POST",
        "/v1/dead-letters/-/nope/drop",
        JSON,
        "{\"reason\":\"x\"}",
        404,
        "dead-letter-unknown",
    ),
    (
        "POST",
        "/v1/dead-letters/retry",
        JSON,
        "{}",
        400,
        "body-invalid",
    ),
];

#[tokio::test]
async fn the_whole_table() {
    let server = Server::start(&[], &[]);
    server.deploy(TRIP).await;
    let submission = serde_json::json!({ "workflow": "trip", "id": "t-1", "input": 1 });
    server.post("/v1/sagas", submission).await;
    for (method, path, kind, body, status, code) in TABLE {
        let what = format!("{method} {path} {body}");
        let method: Method = method.parse().expect("method");
        let mut request = Request::builder().method(method).uri(*path);
        if let Some(kind) = kind {
            request = request.header("content-type", *kind);
        }
        let request = request.body(Body::from(*body)).expect("request");
        let answer = server.send(request).await;
        assert_eq!(answer.status.as_u16(), *status, "{what}: {}", answer.text);
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{what}"
        );
        let problem = answer.json();
        assert_eq!(problem["code"], *code, "{what}: {problem}");
        assert_eq!(
            problem["type"],
            format!("urn:baton:problem:{code}"),
            "{what}"
        );
        assert_eq!(problem["status"], *status, "{what}");
        let detail = problem["detail"].as_str().expect("detail");
        assert!(detail.len() > 10, "{what}: {detail}");
        assert_eq!(
            *status == 405,
            answer.headers.contains_key("allow"),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_unread() {
    let server = Server::start(&[], &[]);
    for (size, status) in [(256 * 1024, 404), (256 * 1024 + 1, 413)] {
        let frame = "{\"workflow\":\"nope\",\"input\":\"\"}";
        let fill = "x".repeat(size - frame.len());
        let body = frame.replace("\"\"}", &format!("\"{fill}\"}}"));
        assert_eq!(body.len(), size);
        let request = Request::post("/v1/sagas")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .expect("request");
        assert_eq!(server.send(request).await.status.as_u16(), status, "{size}");
    }
}

#[tokio::test]
async fn another_text_under_a_deployed_version_is_a_conflict() {
    let server = Server::start(&[], &[]);
    server.deploy(TRIP).await;
    let answer = server.deploy(&format!("{TRIP}\n# changed")).await;
    assert_eq!(answer.status.as_u16(), 409);
    assert_eq!(answer.json()["code"], "workflow-exists");
}

#[tokio::test]
async fn a_wrong_workflow_is_told_where_it_is_wrong() {
    let server = Server::start(&[], &[]);
    let answer = server.deploy(&TRIP.replace("wait:", "wiat:")).await;
    let problem = answer.json();
    assert_eq!(problem["code"], "workflow-invalid");
    let first = &problem["diagnostics"][0];
    assert_eq!(first["severity"], "error", "{problem}");
    assert!(first["line"].as_u64() > Some(1), "{problem}");
}

#[tokio::test]
async fn the_document_names_every_route() {
    let server = Server::start(&[], &[]);
    let document = server.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths");
    let methods: usize = paths
        .values()
        .map(|path| path.as_object().map_or(0, serde_json::Map::len))
        .sum();
    assert_eq!((paths.len(), methods), (18, 20), "{:?}", paths.keys());
    for path in paths.keys() {
        let path = path.replace(['{', '}'], "x");
        let request = Request::patch(path.as_str())
            .body(Body::empty())
            .expect("request");
        assert_eq!(
            server.send(request).await.status.as_u16(),
            405,
            "{path} is there"
        );
    }
}

/// Clients are made of these names, and refuse a document in which two are the same.
#[tokio::test]
async fn the_document_names_each_operation_once() {
    let server = Server::start(&[], &[]);
    let document = server.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.values().filter_map(|path| path.as_object());
    let operations = operations.flat_map(|methods| methods.values());
    let mut names: Vec<_> = operations.map(|it| it["operationId"].to_string()).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "{names:?}");
}

/// It describes the API that serves it: a token is needed, or none is looked at.
#[tokio::test]
async fn the_document_tells_whether_a_token_is_needed() {
    let open = Server::start(&[], &[]).get("/openapi.json").await.json();
    assert_eq!(open["security"], json!([{}]));
    let closed = Server::start(&[], &["t"]).get("/openapi.json").await.json();
    assert_eq!(closed["security"], json!([{ "token": [] }]));
}

#[tokio::test]
async fn errors_are_short_and_in_a_persons_words() {
    let server = Server::start(&[], &[]);
    let long = "x".repeat(100_000);
    for (path, body) in [
        ("/v1/sagas", format!("{{\"workflow\":\"{long}\"}}")),
        ("/v1/sagas", format!("{{\"workflow\":\"a`b{long}\"}}")),
        ("/v1/sagas", format!("{{\"{long}\":1}}")),
        ("/v1/sagas", format!("\"{long}\"")),
        (
            "/v1/sagas",
            format!("{{\"workflow\":\"x\",\"id\":\"{long}\"}}"),
        ),
        ("/v1/sagas", "5".to_owned()),
        ("/v1/sagas", "{\"workflow\":5}".to_owned()),
        ("/v1/dead-letters/retry", "{\"all\":\"yes\"}".to_owned()),
        ("/v1/sagas/x/pause", "{\"a\":1}".to_owned()),
        ("/v1/sagas/x/pause?a=1", String::new()),
    ] {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(body))
            .expect("request");
        let answer = server.send(request).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        assert!(answer.text.len() < 3000, "{} bytes", answer.text.len());
        let problem = answer.json();
        let detail = problem["detail"].as_str().expect("detail");
        for word in ["struct", "deserialize", "invalid type", "field", "expected"] {
            assert!(!detail.contains(word), "{word}: {detail}");
        }
    }
    let answer = server
        .deploy(&TRIP.replace("wait:", &format!("{long}:")))
        .await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(answer.text.len() < 10_000, "{} bytes", answer.text.len());
}

/// The OpenAPI document says so: a body whose members may all be left out may be left out, too.
#[tokio::test]
async fn no_body_and_null_say_nothing() {
    let server = Server::start(&[], &[]);
    for path in [
        "/v1/sagas/nope/cancel",
        "/v1/dead-letters/nope/step/retry",
        "/v1/dead-letters/nope/step/skip",
    ] {
        let bare = Request::post(path).body(Body::empty()).expect("request");
        assert_eq!(server.send(bare).await.status.as_u16(), 404, "{path}");
        let null = server.post(path, serde_json::Value::Null).await;
        assert_eq!(null.status.as_u16(), 404, "{path}");
    }
    let null = server.post("/v1/sagas", serde_json::Value::Null).await;
    assert_eq!(null.status.as_u16(), 400);
}
