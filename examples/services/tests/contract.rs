//! The contract with Baton, and each switch of the demos, over HTTP.

use baton_example_services::{Options, serve_with};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Starts the services on a free port; they live as long as the test's runtime.
async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let options = Options {
        slow: Duration::from_millis(300),
    };
    tokio::spawn(serve_with(listener, options, std::future::pending()));
    address
}

/// One request; returns status, head and body.
async fn send(at: &str, line: &str, headers: &[(&str, &str)], body: &str) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(at).await.expect("connects");
    let mut text = format!("{line} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("content-type: application/json\r\n");
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes()).await.expect("sends");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head[9..12].parse().expect("a status");
    (
        status,
        head.to_ascii_lowercase(),
        serde_json::from_str(body).unwrap_or(Value::Null),
    )
}

async fn act(at: &str, path: &str, key: &str, body: Value) -> (u16, Value) {
    let headers = [
        ("idempotency-key", key),
        ("baton-saga", "s1"),
        ("baton-step", "step"),
    ];
    let (status, _, body) = send(at, &format!("POST {path}"), &headers, &body.to_string()).await;
    (status, body)
}

async fn undo(at: &str, path: &str, forward: &str, body: Value) -> (u16, Value) {
    let key = format!("{forward}:undo");
    let headers = [
        ("idempotency-key", key.as_str()),
        ("baton-compensates", forward),
    ];
    let (status, _, body) = send(at, &format!("POST {path}"), &headers, &body.to_string()).await;
    (status, body)
}

async fn effects(at: &str) -> Vec<Value> {
    let (_, _, body) = send(at, "GET /ledger", &[], "").await;
    body["effects"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn the_same_key_gets_the_same_answer_and_one_effect() {
    let at = start().await;
    let first = act(&at, "/inventory/reserve", "k", json!({ "orderId": 1 })).await;
    let second = act(&at, "/inventory/reserve", "k", json!({ "orderId": 1 })).await;
    assert_eq!(first.0, 200);
    assert_eq!(first, second);
    let effects = effects(&at).await;
    assert_eq!(effects.len(), 1);
    assert_eq!(
        (&effects[0]["times"], &effects[0]["calls"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        (&effects[0]["saga"], &effects[0]["what"]),
        (&json!("s1"), &json!("inventory.reserve"))
    );
    let other = act(&at, "/inventory/reserve", "k", json!({ "orderId": 2 })).await;
    assert_eq!(other.0, 422);
    assert_eq!(
        act(&at, "/inventory/reserve", "k2", json!({ "orderId": 1 }))
            .await
            .0,
        200
    );
    let (status, _, _) = send(&at, "POST /inventory/reserve", &[], "{}").await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn every_undo_marks_its_effect_by_key_or_by_id() {
    let at = start().await;
    let pairs = [
        ("/inventory/reserve", "/inventory/release", "reservationId"),
        ("/payments/authorize", "/payments/void", "authorizationId"),
        ("/shipping/book", "/shipping/cancel", "shipmentId"),
    ];
    for (forward, back, id) in pairs {
        let (_, by_key) = act(&at, forward, "a", json!({})).await;
        assert_eq!(
            undo(&at, back, "a", json!({})).await,
            (200, json!({ "undone": by_key[id] }))
        );
        assert_eq!(
            undo(&at, back, "a", json!({})).await.0,
            200,
            "the same key, the same answer"
        );
        let (_, by_id) = act(&at, forward, "b", json!({})).await;
        let mut body = json!({});
        body[id] = by_id[id].clone();
        assert_eq!(
            act(&at, back, "b-undo", body).await,
            (200, json!({ "undone": by_id[id] }))
        );
    }
    assert!(
        effects(&at)
            .await
            .iter()
            .all(|effect| effect["undone"] == true)
    );
}

#[tokio::test]
async fn an_undo_that_came_first_leaves_a_tombstone() {
    let at = start().await;
    assert_eq!(undo(&at, "/payments/void", "late", json!({})).await.0, 404);
    assert_eq!(
        act(&at, "/payments/authorize", "late", json!({})).await.0,
        410
    );
    assert!(effects(&at).await.is_empty());
    // A tombstone at one service says nothing about another.
    assert_eq!(act(&at, "/shipping/book", "late", json!({})).await.0, 200);
}

#[tokio::test]
async fn a_flaky_customer_fails_twice_for_each_key() {
    let at = start().await;
    let body = json!({ "customerId": "flaky" });
    for path in ["/inventory/reserve", "/payments/authorize"] {
        let headers = [("idempotency-key", path)];
        for expected in [503, 503, 200, 200] {
            let line = format!("POST {path}");
            let (status, head, _) = send(&at, &line, &headers, &body.to_string()).await;
            assert_eq!(status, expected);
            assert_eq!(head.contains("retry-after: 0"), expected == 503);
        }
    }
    assert_eq!(effects(&at).await.len(), 2);
}

#[tokio::test]
async fn rejections_are_kept_and_are_problems() {
    let at = start().await;
    let cases = [
        ("/payments/authorize", json!({ "card": "declined" }), 402),
        ("/shipping/book", json!({ "address": "Atlantis" }), 422),
        (
            "/payments/capture",
            json!({ "authorizationId": "none" }),
            422,
        ),
        ("/shipping/dispatch", json!({ "shipmentId": "none" }), 422),
    ];
    for (path, body, expected) in cases {
        let first = act(&at, path, path, body.clone()).await;
        assert_eq!(first.0, expected);
        assert!(
            first.1["title"].is_string() && first.1["status"] == expected,
            "{first:?}"
        );
        assert_eq!(act(&at, path, path, body).await, first);
    }
    let headers = [("idempotency-key", "k")];
    let (_, head, _) = send(
        &at,
        "POST /payments/authorize",
        &headers,
        r#"{"card":"declined"}"#,
    )
    .await;
    assert!(
        head.contains("content-type: application/problem+json"),
        "{head}"
    );
    assert!(effects(&at).await.is_empty());
}

#[tokio::test]
async fn a_slow_road_is_booked_long_before_it_is_answered() {
    let at = start().await;
    let began = Instant::now();
    let book = {
        let at = at.clone();
        tokio::spawn(async move {
            act(
                &at,
                "/shipping/book",
                "k",
                json!({ "address": "slow-road" }),
            )
            .await
        })
    };
    while effects(&at).await.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(5), "never booked");
    }
    assert!(!book.is_finished());
    assert_eq!(book.await.expect("answers").0, 200);
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn what_is_stubborn_fails_until_healed() {
    let at = start().await;
    act(
        &at,
        "/payments/authorize",
        "a",
        json!({ "customerId": "stubborn" }),
    )
    .await;
    let (_, booked) = act(
        &at,
        "/shipping/book",
        "b",
        json!({ "address": "lost-depot" }),
    )
    .await;
    let dispatch = || act(&at, "/shipping/dispatch", "d", booked.clone());
    for _ in 0..2 {
        assert_eq!(undo(&at, "/payments/void", "a", json!({})).await.0, 500);
        assert_eq!(dispatch().await.0, 503);
    }
    assert_eq!(send(&at, "POST /admin/heal", &[], "").await.0, 200);
    assert_eq!(undo(&at, "/payments/void", "a", json!({})).await.0, 200);
    assert_eq!(dispatch().await.0, 200);
}

#[tokio::test]
async fn scoring_reads_and_leaves_nothing() {
    let at = start().await;
    for (customer, score) in [("ada", 10), ("risky", 95)] {
        let line = format!("GET /fraud/score?customerId={customer}&amount=5");
        let (status, _, body) = send(&at, &line, &[], "").await;
        assert_eq!((status, &body["score"]), (200, &json!(score)));
    }
    assert!(effects(&at).await.is_empty());
}
