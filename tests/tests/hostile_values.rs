//! Values and workflows that would burst a process: each spoils its own saga and nothing else.

use baton_tests::world::{Api, Program, Shop, free_port, run};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const OK: &str = "document: { dsl: '1.0.3', namespace: x, name: ok, version: '1.0.0' }
do:
  - a: { set: { n: 1 } }
";
/// Goes round for ever, without any call.
const ENDLESS: &str = "document: { dsl: '1.0.3', namespace: x, name: endless, version: '1.0.0' }
do:
  - a: { set: { n: 1 }, then: b }
  - b: { set: { n: 2 }, then: a }
";
/// Each round puts the value of the last one a level deeper.
const DEEPER: &str = "document: { dsl: '1.0.3', namespace: x, name: deeper, version: '1.0.0' }
do:
  - a: { set: { n: '${ . }' }, then: b }
  - b: { set: { n: '${ . }' }, then: a }
";
/// Each round doubles the value of the last one.
const DOUBLE: &str = "document: { dsl: '1.0.3', namespace: x, name: double, version: '1.0.0' }
do:
  - a: { set: { n: '${ . }', m: '${ . }' }, then: b }
  - b: { set: { n: '${ . }', m: '${ . }' }, then: a }
";
/// Ten thousand rounds are no circle.
const ROUNDS: &str = "document: { dsl: '1.0.3', namespace: x, name: rounds, version: '1.0.0' }
do:
  - a:
      for: { in: '${ [range(10000)] }', each: i }
      do: [ { b: { set: { n: '${ $i }' } } } ]
";

struct World {
    api: Api,
    data: tempfile::TempDir,
    shop: Shop,
    baton: Program,
}

impl World {
    async fn start() -> Self {
        let (shop, data) = (Shop::open().await, tempfile::tempdir().expect("a folder"));
        let (baton, api) = dev(&shop, data.path()).await;
        Self {
            api,
            data,
            shop,
            baton,
        }
    }

    async fn again(&mut self) {
        self.baton.kill();
        (self.baton, self.api) = dev(&self.shop, self.data.path()).await;
    }
}

async fn dev(shop: &Shop, data: &std::path::Path) -> (Program, Api) {
    let port = free_port();
    let (services, data) = (shop.catalogue().display().to_string(), data.display());
    let (data, listen) = (data.to_string(), format!("127.0.0.1:{port}"));
    let args = [
        "dev",
        "--services",
        &services,
        "--data",
        &data,
        "--listen",
        &listen,
    ];
    let baton = Program::start("baton", &args, &[]);
    let api = Api::new(format!("http://{listen}"));
    api.ready().await;
    (baton, api)
}

fn nested(levels: usize) -> String {
    format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels))
}

async fn submitted(api: &Api, id: &str, input: &str) -> (u16, Value) {
    let body = format!("{{\"workflow\":\"ok\",\"id\":\"{id}\",\"input\":{input}}}");
    let answer = api
        .call("POST", "/v1/sagas", "application/json", body)
        .await;
    answer.expect("an answer")
}

/// The poison ends with this in its error, and others go on meanwhile.
async fn poison(source: &str, name: &str, says: &str) {
    let world = World::start().await;
    world.api.deploy(OK).await;
    world.api.deploy(source).await;
    world.api.submit(name, "poison", &json!({})).await;
    for n in 0..5 {
        let (id, start) = (format!("ok-{n}"), Instant::now());
        world.api.submit("ok", &id, &json!({})).await;
        world.api.becomes(&id, "completed").await;
        let took = start.elapsed();
        assert!(
            took < Duration::from_secs(5),
            "{id} took {took:?} beside {name}"
        );
    }
    world.api.becomes("poison", "faulted").await;
    let (_, saga) = world
        .api
        .get("/v1/sagas/poison?steps_limit=1")
        .await
        .expect("an answer");
    assert!(saga["error"].to_string().contains(says), "{saga}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_circle_is_ended() {
    poison(ENDLESS, "endless", "endless loop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_deepens_is_ended() {
    poison(DEEPER, "deeper", "levels deep").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_doubles_is_ended() {
    poison(DOUBLE, "double", "larger than 8 MiB").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_rounds_complete() {
    let world = World::start().await;
    world.api.deploy(ROUNDS).await;
    world.api.submit("rounds", "rounds", &json!({})).await;
    world.api.becomes("rounds", "completed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_can_be_read_after_a_restart() {
    let mut world = World::start().await;
    world.api.deploy(OK).await;
    let mut kept = Vec::new();
    for levels in (60..130).step_by(1) {
        let id = format!("deep-{levels}");
        match submitted(&world.api, &id, &nested(levels)).await {
            (201, _) => kept.push(id),
            (400, problem) => {
                let said = problem["detail"].as_str().unwrap_or_default();
                assert!(said.contains("levels deep"), "{problem}");
            }
            other => panic!("{levels}: {other:?}"),
        }
    }
    assert!(kept.len() > 20, "{kept:?}");
    world.again().await;
    for id in kept {
        world.api.becomes(&id, "completed").await;
        let (words, env) = (["show", &id], [("BATON_API", world.api.base().to_owned())]);
        let said = run("baton", &words, &env);
        assert_eq!(said.exit, 0, "{id}: {}", said.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_no_body() {
    let world = World::start().await;
    world.api.deploy(OK).await;
    for (path, body) in [
        ("/v1/sagas", "[\"ok\", null, \"by-position\", {}]"),
        ("/v1/sagas/x/resume", "[]"),
        ("/v1/dead-letters/retry", "[null, null, true]"),
    ] {
        let body = body.to_owned();
        let answer = world.api.call("POST", path, "application/json", body).await;
        let (status, problem) = answer.expect("an answer");
        assert_eq!(
            (status, &problem["code"]),
            (400, &json!("body-invalid")),
            "{path} {problem}"
        );
    }
    assert!(world.api.saga("by-position").await.is_none());
}

/// What a service answers may be as hostile as what is submitted: it is an outcome that nobody knows,
/// and what may have happened is undone.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_deep_fails_its_own_saga() {
    let deep = DeepService::open().await;
    let world = World::start().await;
    world.api.deploy(OK).await;
    world.api.deploy(&deep.workflow()).await;
    world.api.submit("deep", "deep", &json!({})).await;
    let saga = world.api.becomes("deep", "compensated").await;
    let steps = saga["steps"].as_array().expect("steps");
    assert_eq!(steps[0]["status"], "unknown", "{saga}");
    let said = steps[0]["error"]["detail"].as_str().unwrap_or_default();
    assert!(said.contains("nested more than 96 levels deep"), "{saga}");
    assert_eq!(saga["error"], steps[0]["error"]);
    assert_eq!(steps[1]["name"], "ask:undo", "{saga}");
    world.api.submit("ok", "after", &json!({})).await;
    world.api.becomes("after", "completed").await;
}

/// Answers every call with a list in a list in a list, and its undoing with nothing.
struct DeepService {
    url: String,
    served: tokio::task::JoinHandle<()>,
}

impl DeepService {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let body = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        let json = [("content-type", "application/json")];
        let routes = axum::Router::new()
            .route(
                "/do",
                axum::routing::post(async move || (json, body.clone())),
            )
            .route("/undo", axum::routing::post(async || "{}"));
        let served = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it serves");
        });
        Self { url, served }
    }

    fn workflow(&self) -> String {
        let call = |path: &str| {
            format!(
                "call: http, with: {{ method: post, endpoint: '{}/{path}' }}",
                self.url
            )
        };
        format!(
            "document: {{ dsl: '1.0.3', namespace: x, name: deep, version: '1.0.0' }}
do:
  - ask: {{ {}, retry: {{ limit: {{ attempt: {{ count: 0 }} }} }}, compensate: {{ {} }} }}
",
            call("do"),
            call("undo")
        )
    }
}

impl Drop for DeepService {
    fn drop(&mut self) {
        self.served.abort();
    }
}
