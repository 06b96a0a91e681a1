//! The HTTP caller against services that lie, stall and break off.

mod hostile;

use baton_shared::catalogue::Catalogue;
use baton_shared::nesting::DEEPEST;
use baton_shared::port::{Caller, Clock};
use baton_shared::{
    Job, JobId, JobKind, Outcome, Partition, Request, ServiceName, StepId, Timestamp, Verdict,
};
use baton_worker::{HttpCaller, Secret, Secrets};
use hostile::{Hostile, Manner};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        Timestamp(u64::try_from(now.as_millis()).expect("before the end of time"))
    }
    async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(at.since(self.now())).await;
    }
}

/// Knows one secret.
struct OneSecret;

impl Secrets for OneSecret {
    fn secret(&self, name: &str) -> Option<Secret> {
        (name == "pay-token").then(|| Secret::new("s3cret"))
    }
}

fn catalogue(url: &str, more: Value) -> Catalogue {
    let mut service = json!({
        "url": url, "maxResponse": 1000,
        "operations": { "authorize": {
            "method": "POST", "path": "/authorize", "retryable": [423],
            "output": { "type": "object", "required": ["id"] },
        } },
    });
    for (key, value) in more.as_object().expect("an object") {
        service[key] = value.clone();
    }
    serde_json::from_value(json!({ "services": { "pay": service } })).expect("a catalogue")
}

fn job() -> Job {
    Job {
        id: JobId {
            saga: "order-1".parse().expect("an id"),
            step: StepId::new("authorize[0]"),
            kind: JobKind::Task,
            epoch: 0,
            round: 0,
            attempt: 3,
        },
        service: "pay".parse().expect("a name"),
        operation: Some("authorize".into()),
        key: "order-1:authorize[0]".into(),
        compensates: None,
        request: Request {
            method: "POST".into(),
            target: "/authorize".into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Some(r#"{"amount":5}"#.into()),
            take: Default::default(),
            redirect: false,
        },
        timeout_ms: 5000,
        deadline: WallClock.now().after(Duration::from_secs(60)),
        partition: Partition(0),
        again: false,
    }
}

/// An inline call of `url`.
fn inline(url: String) -> Job {
    let mut job = job();
    job.service = ServiceName::http();
    job.operation = None;
    job.request.method = "GET".into();
    job.request.target = url;
    job.request.body = None;
    job.request.redirect = true;
    job
}

async fn call_with(catalogue: &Catalogue, job: &Job) -> Outcome {
    let caller = HttpCaller::new(catalogue, OneSecret, Arc::new(WallClock)).expect("a caller");
    caller.call(job, Some("00-aaaa-bbbb-01"), false).await
}

async fn call(server: &Hostile, job: &Job) -> Outcome {
    call_with(&catalogue(&server.url, json!({})), job).await
}

fn unknown(outcome: &Outcome) -> String {
    match &outcome.verdict {
        Verdict::Unknown { problem } => format!("{} {:?}", problem.title, problem.detail),
        other => panic!("not unknown: {other:?}"),
    }
}

fn rejected(outcome: &Outcome) -> (bool, String) {
    match &outcome.verdict {
        Verdict::Rejected {
            retryable, problem, ..
        } => (
            *retryable,
            format!("{} {} {:?}", problem.kind, problem.title, problem.detail),
        ),
        other => panic!("not rejected: {other:?}"),
    }
}

const OK: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"id\":\"a\"}";

#[tokio::test]
async fn the_contract_is_sent_and_a_good_answer_succeeds() {
    let server = Hostile::say(OK).await;
    let mut job = job();
    job.id.kind = JobKind::Compensation;
    job.compensates = Some("order-1:ä".into());
    job.request.query = vec![("a b".into(), "c&d".into())];
    job.request.headers = vec![
        ("X-Mine".into(), "1".into()),
        ("Idempotency-Key".into(), "forged".into()),
    ];
    let auth = json!({ "auth": { "bearer": { "token": { "secret": "pay-token" } } } });
    let outcome = call_with(&catalogue(&server.url, auth), &job).await;
    assert_eq!(
        outcome.verdict,
        Verdict::Succeeded {
            output: json!({ "id": "a" })
        }
    );
    assert_eq!((outcome.status, &outcome.job), (Some(200), &job.id));
    let request = server.request();
    assert!(
        request.starts_with("POST /authorize?a%20b=c%26d HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.ends_with("\r\n\r\n{\"amount\":5}"), "{request}");
    let deadline = format!("baton-deadline: {}", job.deadline.rfc3339());
    for line in [
        "idempotency-key: order-1:authorize[0]",
        "baton-saga: order-1",
        "baton-step: authorize[0]",
        "baton-attempt: 3",
        "baton-compensates: order-1:%C3%A4",
        deadline.as_str(),
        "traceparent: 00-aaaa-bbbb-01",
        "content-type: application/json",
        concat!("user-agent: baton/", env!("CARGO_PKG_VERSION")),
        "x-mine: 1",
        "authorization: Bearer s3cret",
    ] {
        assert!(
            request.contains(&format!("\r\n{line}\r\n")),
            "{line} in {request}"
        );
    }
    assert!(!request.contains("forged"));
}

#[tokio::test]
async fn connections_are_kept_and_used_again() {
    let server = Hostile::start(Manner::SayAndStay(OK.into())).await;
    let catalogue = catalogue(&server.url, json!({}));
    let caller = HttpCaller::new(&catalogue, OneSecret, Arc::new(WallClock)).expect("a caller");
    for _ in 0..5 {
        let outcome = caller.call(&job(), None, false).await;
        assert!(
            matches!(outcome.verdict, Verdict::Succeeded { .. }),
            "{outcome:?}"
        );
    }
    assert_eq!(*server.connections.lock().expect("lock"), 1);
}

#[tokio::test]
async fn without_its_secret_nothing_is_sent() {
    let server = Hostile::say(OK).await;
    for auth in [
        json!({ "bearer": { "token": { "secret": "missing" } } }),
        json!({ "basic": { "username": "u", "password": { "secret": "missing" } } }),
    ] {
        let outcome = call_with(&catalogue(&server.url, json!({ "auth": auth })), &job()).await;
        let (retryable, text) = rejected(&outcome);
        assert!(!retryable && outcome.status.is_none());
        assert!(
            text.contains("authentication") && text.contains("set BATON_SECRET_MISSING,"),
            "{text}"
        );
    }
    assert_eq!(*server.connections.lock().expect("lock"), 0);
}

/// Makes a job one that cannot be sent.
type Spoil = fn(&mut Job);

#[tokio::test]
async fn what_cannot_be_sent_is_not_and_says_so() {
    let server = Hostile::say(OK).await;
    let cases: [(&str, Spoil); 7] = [
        ("start with `/`", |job| {
            job.request.target = "@evil.example/".into()
        }),
        ("`bad name`", |job| {
            job.request.headers = vec![("bad name".into(), "x".into())]
        }),
        ("`x`", |job| {
            job.request.headers = vec![("x".into(), "a\r\nb: c".into())]
        }),
        ("`content-length`", |job| {
            job.request.headers = vec![("Content-Length".into(), "1".into())];
        }),
        ("the method", |job| job.request.method = "CONNECT".into()),
        ("no service `nobody`", |job| {
            job.service = "nobody".parse().expect("a name")
        }),
        ("is no URL", |job| {
            *job = inline("file:///etc/passwd".into())
        }),
    ];
    for (part, spoil) in cases {
        let mut job = job();
        spoil(&mut job);
        let outcome = call(&server, &job).await;
        let (retryable, text) = rejected(&outcome);
        assert!(
            !retryable && text.contains("nothing was sent") && text.contains(part),
            "{text}"
        );
    }
    assert_eq!(*server.connections.lock().expect("lock"), 0);
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_host_may_be_tried_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let free = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    for url in [free.as_str(), "http://no-such-host.invalid"] {
        let outcome = call_with(&catalogue(url, json!({})), &job()).await;
        let (retryable, text) = rejected(&outcome);
        assert!(retryable && outcome.status.is_none(), "{url}: {text}");
        assert!(text.contains("nothing was sent"), "{text}");
    }
}

#[tokio::test]
async fn a_service_that_speaks_no_tls_got_nothing() {
    let server = Hostile::start(Manner::Close).await;
    let url = server.url.replace("http://", "https://");
    // The hello of TLS has no end of a head, so the server waits; the time of the call ends it.
    let mut job = job();
    job.timeout_ms = 300;
    let (retryable, text) = rejected(&call_with(&catalogue(&url, json!({})), &job).await);
    assert!(retryable, "{text}");
}

#[tokio::test]
async fn broken_answers_are_unknown() {
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let flood = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1000));
    let table: [(&str, Vec<u8>, &str); 13] = [
        ("nothing at all", Vec::new(), "connection was lost"),
        ("no HTTP", b"hello\r\n\r\n".into(), "connection was lost"),
        (
            "closes in the head",
            b"HTTP/1.1 200 OK\r\ncontent-".into(),
            "connection was lost",
        ),
        (
            "closes in the body",
            format!("{json}content-length: 99\r\n\r\n{{}}").into(),
            "broke off",
        ),
        (
            "too short a length",
            format!("{json}content-length: 4\r\n\r\n{{\"id\":1}}").into(),
            "JSON",
        ),
        (
            "two lengths",
            format!("{json}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}").into(),
            "lost",
        ),
        (
            "cut chunk",
            format!("{json}transfer-encoding: chunked\r\n\r\n9\r\n{{}}").into(),
            "broke off",
        ),
        (
            "no chunk",
            format!("{json}transfer-encoding: chunked\r\n\r\nzz\r\n").into(),
            "broke off",
        ),
        (
            "html",
            format!("{json}content-length: 6\r\n\r\n<html>").into(),
            "should be JSON",
        ),
        (
            "bad UTF-8",
            [
                format!("{json}content-length: 4\r\n\r\n").as_bytes(),
                b"\"\xff\xff\"",
            ]
            .concat(),
            "should be JSON",
        ),
        (
            "wrong shape",
            format!("{json}content-length: 2\r\n\r\n{{}}").into(),
            "shape",
        ),
        ("a huge header", flood.into(), "connection was lost"),
        ("too many headers", many.into(), "connection was lost"),
    ];
    for (name, bytes, part) in table {
        let text = unknown(&call(&Hostile::say(bytes).await, &job()).await);
        assert!(text.contains(part), "{name}: {text}");
    }
}

/// What is kept of a saga must be readable again, so depth has a bound of its own (`nesting.rs`).
#[tokio::test]
async fn answers_nested_too_deeply_are_unknown() {
    let roomy = json!({ "maxResponse": 1_000_000 });
    for levels in [DEEPEST, DEEPEST + 1, 200, 100_000] {
        let lists = levels - 1;
        let body = format!("{{\"id\":{}{}}}", "[".repeat(lists), "]".repeat(lists));
        let length = body.len();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
        let server = Hostile::say(format!("{head}: {length}\r\n\r\n{body}")).await;
        let outcome = call_with(&catalogue(&server.url, roomy.clone()), &job()).await;
        if levels == DEEPEST {
            let Verdict::Succeeded { output } = outcome.verdict else {
                panic!("{:?}", outcome.verdict);
            };
            assert_eq!(output.to_string(), body);
            continue;
        }
        let text = unknown(&outcome);
        assert!(text.contains("not readable"), "{levels}: {text}");
        assert!(
            text.contains("nested more than 96 levels deep"),
            "{levels}: {text}"
        );
    }
}

#[tokio::test]
async fn large_and_endless_bodies_are_cut_off() {
    let big = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{}",
        "x".repeat(2000)
    );
    let text = unknown(&call(&Hostile::say(big).await, &job()).await);
    assert!(text.contains("1000 bytes"), "{text}");
    let endless = Manner::Forever(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".into(),
        b"5\r\nhello\r\n".into(),
        Duration::ZERO,
    );
    let text = unknown(&call(&Hostile::start(endless).await, &job()).await);
    assert!(text.contains("1000 bytes"), "{text}");
}

#[tokio::test]
async fn time_covers_the_whole_exchange() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n";
    let interim = b"HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n";
    let pause = Duration::from_millis(20);
    let table = [
        (Manner::Hang, None),
        (Manner::Forever(head.into(), b"x".into(), pause), Some(200)),
        (Manner::Forever(interim.into(), interim.into(), pause), None),
    ];
    for (manner, status) in table {
        let server = Hostile::start(manner.clone()).await;
        let mut job = job();
        job.timeout_ms = 200;
        let outcome = call(&server, &job).await;
        assert!(unknown(&outcome).contains("in time"), "{manner:?}");
        assert_eq!(outcome.status, status, "{manner:?}");
        let took = outcome.ended_at.since(outcome.started_at);
        assert!(
            took >= Duration::from_millis(180) && took < Duration::from_secs(3),
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn the_deadline_cuts_the_time_and_after_it_nothing_is_sent() {
    let server = Hostile::start(Manner::Hang).await;
    let mut job = job();
    job.deadline = WallClock.now().after(Duration::from_millis(300));
    let outcome = call(&server, &job).await;
    unknown(&outcome);
    assert!(
        outcome.ended_at <= job.deadline.after(Duration::from_millis(100)),
        "{outcome:?}"
    );
    job.deadline = Timestamp(WallClock.now().0 - 1);
    assert!(unknown(&call(&server, &job).await).contains("deadline passed"));
    assert_eq!(*server.connections.lock().expect("lock"), 1);
}

#[tokio::test]
async fn interim_answers_are_passed_over_and_101_is_no_success() {
    let server = Hostile::say(format!("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n{OK}")).await;
    let outcome = call(&server, &job()).await;
    assert!(
        matches!(outcome.verdict, Verdict::Succeeded { .. }),
        "{outcome:?}"
    );
    let server = Hostile::say(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    )
    .await;
    unknown(&call(&server, &job()).await);
}

#[tokio::test]
async fn the_catalogue_adds_retryable_statuses() {
    let server =
        Hostile::say("HTTP/1.1 423 Locked\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n").await;
    let outcome = call(&server, &job()).await;
    let Verdict::Rejected {
        retryable: true,
        retry_after_ms: Some(2000),
        ..
    } = outcome.verdict
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(outcome.status, Some(423));
}

fn moved(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into()
}

#[tokio::test]
async fn redirects_are_followed_only_where_asked_for_and_safe() {
    let end = Hostile::say(OK).await;
    let first = Hostile::say(moved(&format!("{}/there", end.url))).await;
    let not_asked = call(&first, &job()).await;
    unknown(&not_asked);
    let mut post = inline(format!("{}/x", first.url));
    post.request.method = "POST".into();
    unknown(&call(&first, &post).await);
    assert_eq!(*end.connections.lock().expect("lock"), 0);

    let mut asked = inline(format!("{}/x", first.url));
    asked.request.headers = vec![
        ("Authorization".into(), "Bearer mine".into()),
        ("X-Other".into(), "1".into()),
    ];
    let outcome = call(&first, &asked).await;
    assert_eq!(
        outcome.verdict,
        Verdict::Succeeded {
            output: json!({ "id": "a" })
        }
    );
    assert!(first.seen.lock().expect("lock")[2].contains("Bearer mine"));
    let request = end.request();
    assert!(
        request.starts_with("GET /there ") && request.contains("x-other: 1"),
        "{request}"
    );
    assert!(!request.contains("Bearer"), "{request}");
}

#[tokio::test]
async fn redirects_end_and_never_change_the_scheme() {
    let circle = Hostile::say(moved("/again")).await;
    let outcome = call(&circle, &inline(format!("{}/x", circle.url))).await;
    assert_eq!(outcome.status, Some(302));
    unknown(&outcome);
    assert_eq!(circle.seen.lock().expect("lock").len(), 6);
    for to in [
        "https://127.0.0.1:1/",
        "file:///etc/passwd",
        "http://a:b@127.0.0.1:1/",
    ] {
        let server = Hostile::say(moved(to)).await;
        let text = unknown(&call(&server, &inline(server.url.clone())).await);
        assert!(text.contains("redirected to where we do not go"), "{text}");
    }
    let stranded = Hostile::say(moved("http://127.0.0.1:1/")).await;
    // Nothing listens there; but the first host was reached, so this is no "nothing was sent".
    unknown(&call(&stranded, &inline(stranded.url.clone())).await);
}

#[tokio::test]
async fn inline_calls_never_carry_the_catalogues_credentials() {
    let server = Hostile::say(OK).await;
    let auth = json!({ "bearer": { "token": { "secret": "pay-token" } } });
    let catalogue = serde_json::from_value(json!({ "services": {
        "http": { "url": server.url, "auth": auth },
    } }))
    .expect("a catalogue");
    call_with(&catalogue, &inline(format!("{}/x", server.url))).await;
    let request = server.request();
    assert!(
        !request.to_ascii_lowercase().contains("authorization"),
        "{request}"
    );
    assert!(
        request.contains(&format!("host: {}", server.host)),
        "{request}"
    );
}

#[test]
fn a_schema_that_is_none_is_named() {
    let mut catalogue = catalogue("http://x", json!({}));
    let pay: ServiceName = "pay".parse().expect("a name");
    let service = catalogue.services.get_mut(&pay).expect("is there");
    service
        .operations
        .get_mut("authorize")
        .expect("is there")
        .output = Some(json!({ "type": 5 }));
    let fault = HttpCaller::new(&catalogue, OneSecret, Arc::new(WallClock))
        .err()
        .expect("a fault");
    assert!(fault.to_string().contains("`pay.authorize`"), "{fault}");
}
