//! The API as a client sees it, over a driver that runs.

use crate::fake::World;
use crate::fake::run::TRIP;
use crate::fake::worker::Worker;
use axum::Router;
use axum::body::Body;
use baton_orchestrator::driver::drive;
use baton_orchestrator::exposure::Exposure;
use baton_orchestrator::http::{Api, router};
use baton_orchestrator::tokens::{Gate, TokenHash, Tokens};
use baton_shared::Timestamp;
use baton_shared::port::{Lane, QueueError};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// An API over a driver, a worker and a clock that runs fast.
pub(crate) struct Server {
    pub(crate) world: World,
    router: Router,
}

/// Status, headers, body.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

impl Server {
    /// Everything but the router stops with the test's runtime.
    pub(crate) fn start(refuses: &[&'static str], tokens: &[&str]) -> Self {
        let worker = Worker {
            refuses: refuses.to_vec(),
            ..Worker::default()
        };
        Self::over(worker, tokens)
    }

    pub(crate) fn over(worker: Worker, tokens: &[&str]) -> Self {
        Self::on(World::default(), worker, tokens)
    }

    /// On what is there already.
    fn on(world: World, mut worker: Worker, tokens: &[&str]) -> Self {
        let (shared, desk, requests) = world.parts(World::settings());
        tokio::spawn(async move {
            let never = std::future::pending();
            drive(&shared, requests, never)
                .await
                .expect("the queue is there");
        });
        let outside = world.clone();
        tokio::spawn(async move {
            loop {
                if !worker.work(&outside) {
                    outside.clock.tick();
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let tokens = Tokens {
            hashes: tokens.iter().map(|token| TokenHash::of(token)).collect(),
            file: None,
        };
        let exposure = Exposure {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            tls: false,
            token: !tokens.hashes.is_empty(),
            insecure: false,
        };
        let api = Api {
            desk,
            gate: Arc::new(Gate::new(&tokens).expect("no file to read")),
            exposure,
        };
        Self {
            world,
            router: router(Arc::new(api)),
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).expect("request");
        self.send(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .expect("request");
        self.send(request).await
    }

    pub(crate) async fn deploy(&self, source: &str) -> Answer {
        let request = Request::post("/v1/workflows")
            .header("content-type", "application/yaml")
            .body(Body::from(source.to_owned()))
            .expect("request");
        self.send(request).await
    }
}

#[tokio::test]
async fn a_saga_from_deployment_to_its_end() {
    let server = Server::start(&[], &[]);
    assert_eq!(server.deploy(TRIP).await.status, StatusCode::CREATED);
    let again = server.deploy(TRIP).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["name"], "test/trip");

    let submission = json!({ "workflow": "trip", "id": "t-1", "input": { "to": "Rome" } });
    let first = server.post("/v1/sagas", submission.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert_eq!(first.json()["durability"], "memory");
    assert_eq!(
        server.post("/v1/sagas", submission).await.status,
        StatusCode::OK
    );

    let ended = server.get("/v1/sagas/t-1/wait?timeout=5m").await.json();
    assert_eq!(ended["status"], "completed", "{ended}");
    let page = server
        .get("/v1/sagas/t-1?steps_after=1&steps_limit=1")
        .await
        .json();
    assert_eq!(page["steps"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["steps"][0], ended["steps"][1]);
    assert_eq!(page["stepsTotal"], ended["stepsTotal"]);

    let late = server.post("/v1/sagas/t-1/cancel", json!({})).await;
    assert_eq!(
        (late.status, &late.json()["code"]),
        (StatusCode::CONFLICT, &json!("saga-final"))
    );
    let metrics = server.get("/metrics").await.text;
    assert!(
        metrics.contains("baton_sagas_ended_total{status=\"completed\"} 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("baton_refusals_total{reason=\"saga-final\"} 1\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn lists_are_paged_without_gaps_and_doubles() {
    let server = Server::start(&[], &[]);
    server.deploy(TRIP).await;
    let mut wanted = Vec::new();
    for number in 0..7 {
        let id = format!("t-{number}");
        let reply = server
            .post("/v1/sagas", json!({ "workflow": "trip", "id": id }))
            .await;
        assert_eq!(reply.status, StatusCode::CREATED);
        wanted.push(id);
    }
    let (mut found, mut path) = (Vec::new(), "/v1/sagas?limit=3&workflow=trip".to_owned());
    loop {
        let page = server.get(&path).await.json();
        let sagas = page["sagas"].as_array().expect("sagas").iter();
        found.extend(sagas.map(|saga| saga["id"].as_str().expect("id").to_owned()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/sagas?limit=3&workflow=trip&after={next}");
    }
    found.sort();
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_dead_letter_is_listed_shown_and_dropped() {
    let server = Server::start(&["bank/pay", "hotel/cancel"], &[]);
    server.deploy(TRIP).await;
    server
        .post("/v1/sagas", json!({ "workflow": "trip", "id": "t-1" }))
        .await;
    let held = server.get("/v1/sagas/t-1/wait?timeout=10m").await.json();
    assert_eq!(held["status"], "suspended", "{held}");

    let letters = server
        .get("/v1/dead-letters?workflow=trip&service=http")
        .await
        .json();
    let letter = letters["deadLetters"][0].clone();
    assert_eq!(letter["saga"], "t-1", "{letters}");
    let step = letter["step"].as_str().expect("step");
    let path = format!("/v1/dead-letters/t-1/{}", step.replace('#', "%23"));
    let shown = server.get(&path).await.json();
    let listed = letter.as_object().expect("an object");
    for (name, value) in listed {
        assert_eq!(shown[name], *value, "{name}");
    }

    let many = server
        .post("/v1/dead-letters/retry", json!({ "all": true }))
        .await
        .json();
    assert_eq!(many["retried"], json!([letter["id"]]), "{many}");
    server.get("/v1/sagas/t-1/wait?timeout=10m").await;
    let dropped = server
        .post(&format!("{path}/drop"), json!({ "reason": "by phone" }))
        .await;
    assert_eq!(dropped.status, StatusCode::OK, "{}", dropped.text);
    let ended = server.get("/v1/sagas/t-1/wait?timeout=10m").await.json();
    assert_eq!(ended["status"], "faulted", "{ended}");
}

#[tokio::test]
async fn an_orphan_is_shown_whole_and_dropped() {
    let server = Server::start(&[], &[]);
    server
        .world
        .queue
        .put(Lane::Dead, b"what is this?".to_vec(), None);
    let letter = loop {
        let letters = server.get("/v1/dead-letters").await.json();
        if let Some(letter) = letters["deadLetters"].get(0) {
            break letter.clone();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    let path = format!("/v1/dead-letters/{}", letter["id"].as_str().expect("id"));
    let shown = server.get(&path).await.json();
    assert_eq!(shown["message"]["body"], "what is this?", "{shown}");
    let retried = server.post(&format!("{path}/retry"), json!({})).await;
    assert_eq!(retried.json()["code"], "orphan");
    let dropped = server
        .post(&format!("{path}/drop"), json!({ "reason": "noise" }))
        .await;
    assert_eq!(dropped.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_name_in_two_namespaces_must_be_said_whole() {
    let server = Server::start(&[], &[]);
    server.deploy(TRIP).await;
    server
        .deploy(&TRIP.replace("namespace: test", "namespace: other"))
        .await;
    let reply = server
        .post("/v1/sagas", json!({ "workflow": "trip" }))
        .await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(
        reply.json()["candidates"],
        json!(["other/trip", "test/trip"])
    );
    let reply = server
        .post("/v1/sagas", json!({ "workflow": "other/trip" }))
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
}

#[tokio::test]
async fn the_newest_version_is_the_default() {
    let server = Server::start(&[], &[]);
    for version in ["1.9.0", "1.10.0", "1.10.0-rc.1"] {
        let source = TRIP.replace("version: '1.0.0'", &format!("version: '{version}'"));
        assert_eq!(server.deploy(&source).await.status, StatusCode::CREATED);
    }
    let submission = json!({ "workflow": "trip", "id": "t-1" });
    let reply = server.post("/v1/sagas", submission.clone()).await.json();
    assert_eq!(reply["version"], "1.10.0");
    server
        .deploy(&TRIP.replace("version: '1.0.0'", "version: '2.0.0'"))
        .await;
    let again = server.post("/v1/sagas", submission).await;
    assert_eq!(
        again.status,
        StatusCode::OK,
        "a newer version changes no saga: {}",
        again.text
    );
}

#[tokio::test]
async fn trouble_refuses_submissions_and_readiness_says_why() {
    let server = Server::start(&[], &[]);
    server.deploy(TRIP).await;
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    let full = QueueError::Full("memory alarm".to_owned());
    server.world.queue.lanes().trouble = Some(full);
    for answer in [
        server
            .post("/v1/sagas", json!({ "workflow": "trip" }))
            .await,
        server.get("/readyz").await,
    ] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers["retry-after"], "5");
        assert_eq!(answer.json()["code"], "queue-full");
        assert!(answer.text.contains("memory alarm"));
    }
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    assert!(server.world.store.kept().sagas.is_empty());
    let doctor = server.get("/v1/doctor").await.json();
    assert_eq!(doctor["queue"]["ready"], false, "{doctor}");
}

#[tokio::test]
async fn the_doctor_names_sagas_that_stand_still_for_want_of_their_workflow() {
    let server = Server::start(&[], &[]);
    server.deploy(TRIP).await;
    let submission = json!({ "workflow": "trip", "id": "t-1", "input": { "to": "Rome" } });
    server.post("/v1/sagas", submission).await;
    let paused = server.post("/v1/sagas/t-1/pause", json!({})).await;
    assert_eq!(paused.status, StatusCode::OK, "{}", paused.text);
    let problems = async |server: &Server| {
        let doctor = server.get("/v1/doctor").await.json();
        let problems = doctor["problems"].as_array().expect("a list").clone();
        problems
            .into_iter()
            .filter(|problem| problem.to_string().contains("trip"))
            .collect::<Vec<_>>()
    };
    assert_eq!(problems(&server).await, Vec::<Value>::new());

    // An orchestrator of another catalogue, to which a service of the workflow means nothing.
    let world = server.world.clone();
    for value in world.store.kept().records.values_mut() {
        let text = String::from_utf8(value.clone()).expect("JSON");
        *value = text.replace("call: http", "call: gone.do").into_bytes();
    }
    let other = Server::on(world.clone(), Worker::default(), &[]);
    let [problem] = &problems(&other).await[..] else {
        panic!("one problem");
    };
    let problem = problem.as_str().expect("a sentence");
    assert!(
        problem.starts_with("1 saga of test/trip 1.0.0 stands still"),
        "{problem}"
    );
    assert!(
        problem.contains("gone"),
        "it says what is missing: {problem}"
    );

    // However many newer sagas of another version stand before it in the list.
    {
        let mut kept = world.store.kept();
        let first = kept.sagas.values().next().expect("t-1").clone();
        for nth in 0..1_000 {
            let mut newer = first.clone();
            newer.row.version = "2.0.0".to_owned();
            newer.row.created_at = Timestamp(first.row.created_at.0 + 1);
            newer.due.clear();
            let id = format!("n-{nth}").parse().expect("an id");
            kept.sagas.insert(id, newer);
        }
    }
    assert_eq!(problems(&other).await, [json!(problem)]);

    // Whoever cannot be asked is told of once, however often it is asked.
    world.store.kept().fail = 1_000;
    let doctor = other.get("/v1/doctor").await.json();
    let all = doctor["problems"].as_array().expect("a list");
    let away = |problem: &&Value| problem.to_string().contains("unplugged");
    assert_eq!(all.iter().filter(away).count(), 1, "{doctor}");
}

#[tokio::test]
async fn a_token_opens_what_it_must() {
    let server = Server::start(&[], &[]);
    assert_eq!(
        server.get("/v1/sagas").await.status,
        StatusCode::OK,
        "open while none is set"
    );
    let server = Server::start(&[], &["bat_one", "bat_two"]);
    let missing = server.get("/v1/sagas").await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert_eq!(missing.json()["code"], "token-missing");
    assert_eq!(
        missing.headers["www-authenticate"],
        "Bearer realm=\"baton\""
    );
    for (sent, wanted) in [
        ("Bearer bat_one", true),
        ("bearer bat_two", true),
        ("Bearer bat_guess", false),
        ("Bearer bat_on", false),
        ("Bearer bat_onee", false),
        ("Bearer ", false),
        ("Bearer", false),
        ("Basic bat_one", false),
        ("bat_one", false),
    ] {
        let request = Request::get("/v1/sagas")
            .header("authorization", sent)
            .body(Body::empty())
            .expect("request");
        let answer = server.send(request).await;
        let status = if wanted { 200 } else { 401 };
        assert_eq!(answer.status, status, "{sent}: {}", answer.text);
        if sent == "Bearer bat_guess" {
            assert_eq!(answer.json()["code"], "token-wrong");
            let challenge = &answer.headers["www-authenticate"];
            assert_eq!(challenge, "Bearer realm=\"baton\", error=\"invalid_token\"");
            assert!(!answer.text.contains("bat_guess"), "{}", answer.text);
        }
    }
    for (path, status) in [
        ("/healthz", 200),
        ("/openapi.json", 200),
        ("/metrics", 401),
        ("/v1/none", 401),
    ] {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
}
