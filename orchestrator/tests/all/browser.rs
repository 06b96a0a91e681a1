//! Pages of others that use a visitor's browser to reach an API on this machine.

use crate::api::{Answer, Server};
use crate::fake::run::TRIP;
use axum::body::Body;
use http::Request;

const HERE: &str = "127.0.0.1:7070";

/// A submission without a body's content type, as any page can make a browser send it.
async fn sent(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server
        .send(request.body(Body::empty()).expect("request"))
        .await
}

#[tokio::test]
async fn a_page_of_somebody_else_is_refused() {
    let server = Server::start(&[], &[]);
    for (origin, refused) in [
        ("https://evil.example", true),
        ("http://127.0.0.1:7071", true),
        ("http://localhost:7070", true),
        ("http://127.0.0.1:7070.evil.example", true),
        ("null", true),
        ("", true),
        ("http://127.0.0.1:7070", false),
    ] {
        let headers = [("host", HERE), ("origin", origin)];
        for path in ["/v1/sagas/nope/pause", "/v1/dead-letters/retry"] {
            let answer = sent(&server, path, &headers).await;
            let code = answer.json()["code"].clone();
            assert_eq!(code == "origin-refused", refused, "{origin}: {code}");
            assert_eq!(answer.status == 403, refused, "{origin}: {}", answer.text);
        }
    }
    let metrics = server.get("/metrics").await.text;
    assert!(
        metrics.contains("baton_refusals_total{reason=\"origin-refused\"}"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_name_that_others_can_point_here_is_refused() {
    let server = Server::start(&[], &[]);
    for (host, refused) in [
        ("evil.example", true),
        ("evil.example:7070", true),
        ("127.0.0.1.evil.example", true),
        ("localhost.evil.example:7070", true),
        ("user@127.0.0.1@evil.example", true),
        ("0.0.0.0:7070", true),
        ("10.0.0.1", true),
        ("", true),
        (HERE, false),
        ("127.0.0.1", false),
        ("127.9.9.9:1", false),
        ("localhost:8080", false),
        ("LOCALHOST", false),
        ("[::1]:7070", false),
        ("[::ffff:127.0.0.1]", false),
    ] {
        let answer = sent(&server, "/v1/sagas/nope/pause", &[("host", host)]).await;
        let wanted = if refused { 421 } else { 404 };
        assert_eq!(answer.status, wanted, "{host}: {}", answer.text);
        if refused {
            assert_eq!(answer.json()["code"], "host-refused", "{host}");
        }
    }
    // One good name does not make up for a bad one, wherever it stands.
    let both = [("host", HERE), ("host", "evil.example")];
    assert_eq!(sent(&server, "/v1/sagas/x/pause", &both).await.status, 421);
    let line = "http://evil.example/v1/sagas/x/pause";
    assert_eq!(sent(&server, line, &[("host", HERE)]).await.status, 421);
}

#[tokio::test]
async fn who_sends_a_token_may_come_from_anywhere() {
    let server = Server::start(&[], &["bat_one"]);
    let headers = [
        ("host", "baton.example"),
        ("origin", "https://console.example"),
        ("authorization", "Bearer bat_one"),
    ];
    let answer = sent(&server, "/v1/sagas/nope/pause", &headers).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    let answer = sent(&server, "/v1/sagas/nope/pause", &headers[..2]).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
}

#[tokio::test]
async fn health_is_told_by_any_name_and_empty_bodies_are_taken() {
    let server = Server::start(&[], &[]);
    server.deploy(TRIP).await;
    let request = Request::get("/healthz").header("host", "pod-7");
    let request = request.body(Body::empty()).expect("request");
    assert_eq!(server.send(request).await.status, 200);
    server
        .post(
            "/v1/sagas",
            serde_json::json!({ "workflow": "trip", "id": "t-1" }),
        )
        .await;
    let paused = sent(&server, "/v1/sagas/t-1/pause", &[("host", HERE)]).await;
    assert_eq!(paused.status, 200, "{}", paused.text);
}
