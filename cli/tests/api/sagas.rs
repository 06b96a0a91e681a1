//! Submitting, listing, showing and watching sagas.

use crate::golden;
use crate::stage::{Api, Ran, baton};
use baton_cli::args::Connection;
use baton_cli::command::demo;
use baton_cli::failure::Exit;
use baton_cli::follow::{self, Show, Until};
use baton_cli::session::Session;
use baton_cli::terminal::Screen;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// Submits with `--wait` to a saga that ends as `view` says.
async fn submitted(view: Value, words: &[&str]) -> (Ran, Vec<String>) {
    let api = Api::start().await;
    api.answer(
        "POST /v1/sagas",
        201,
        json!({ "id": "order-1001", "status": "running", "durability": "fsync" }),
    );
    api.answer("GET /v1/sagas/order-1001/wait", 200, view);
    let words = [&["submit", "order", "--id", "order-1001"], words].concat();
    let ran = api.baton(&words).await;
    (ran, api.heard())
}

#[tokio::test]
async fn submit_sends_what_was_typed_and_waits_for_no_one() {
    let (ran, heard) = submitted(Value::Null, &["--input", "{\"sku\":\"hat\"}"]).await;
    assert_eq!(
        (ran.exit, ran.out.as_str()),
        (0, "order-1001  running\n"),
        "{}",
        ran.err
    );
    let body = r#"POST /v1/sagas {"input":{"sku":"hat"},"id":"order-1001","workflow":"order"}"#;
    assert_eq!(heard, [body]);
}

#[tokio::test]
async fn submit_and_wait_tells_the_end_by_its_exit_code() {
    for (name, exit, last) in [
        ("completed", 0, ""),
        ("compensated", 1, ""),
        (
            "held",
            4,
            "note: order-1001 is suspended and waits for a person: `baton show order-1001` says why\n",
        ),
    ] {
        let (ran, _) = submitted(golden(name), &["--wait"]).await;
        assert_eq!((ran.exit, ran.err.as_str()), (exit, last), "{name}");
        assert!(
            ran.out.starts_with("order-1001  shop/order@1.0.0"),
            "{}",
            ran.out
        );
    }
    let (ran, heard) = submitted(golden("running"), &["--wait", "--timeout", "300ms"]).await;
    assert_eq!(ran.exit, 4);
    assert!(ran.err.contains("still running after 300ms"), "{}", ran.err);
    let wait = heard.iter().find(|request| request.contains("/wait"));
    let waited = wait.and_then(|request| request.split("timeout=").nth(1));
    let waited = waited.and_then(|ms| ms.trim().strip_suffix("ms")?.parse::<u64>().ok());
    assert!(waited.is_some_and(|ms| ms <= 300), "{heard:?}");
}

#[tokio::test]
async fn json_is_what_the_api_said() {
    let view = golden("compensated");
    let (ran, _) = submitted(view.clone(), &["--wait", "--json"]).await;
    assert_eq!(ran.json(), view);
    assert_eq!(ran.err, "");
    let api = Api::start().await;
    api.answer("GET /v1/sagas/order-1001", 200, view.clone());
    api.answer("GET /v1/sagas/order-1001/wait", 200, view.clone());
    assert_eq!(
        api.baton(&["show", "order-1001", "--json"]).await.json(),
        view
    );
    let watched = api.baton(&["watch", "order-1001", "--json"]).await;
    assert_eq!(watched.json(), view);
    assert_eq!(watched.out.lines().count(), 1);
}

#[tokio::test]
async fn lists_go_on_over_pages() {
    let api = Api::start().await;
    let saga = |id: &str| {
        json!({ "id": id, "workflow": "shop/order", "version": "1.0.0", "status": "suspended",
        "held": 1, "createdAt": "2026-11-23T04:00:00.000Z", "updatedAt": "2026-11-23T04:00:00.000Z" })
    };
    let base = "GET /v1/sagas?status=suspended&limit=";
    api.answer(
        &format!("{base}3"),
        200,
        json!({ "sagas": [saga("a"), saga("b")], "next": "n 1" }),
    );
    api.answer(
        &format!("{base}1&after=n%201"),
        200,
        json!({ "sagas": [saga("c")], "next": null }),
    );
    let words = ["list", "--status", "suspended", "--limit", "3"];
    let ran = api.baton(&words).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    let first: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(first, ["SAGA", "a", "b", "c"]);
    assert!(ran.out.contains("1 dead letter"), "{}", ran.out);
    let json = api.baton(&[&words[..], &["--json"]].concat()).await.json();
    assert_eq!(
        json,
        json!({ "sagas": [saga("a"), saga("b"), saga("c")], "next": null })
    );
}

#[tokio::test]
async fn a_paused_saga_is_listed_as_paused() {
    let api = Api::start().await;
    let saga = |id: &str, held: u32| {
        json!({ "id": id, "workflow": "shop/order", "version": "1.0.0", "status": "suspended",
        "held": held, "createdAt": "2026-11-23T04:00:00.000Z", "updatedAt": "2026-11-23T04:00:00.000Z" })
    };
    let sagas = json!({ "sagas": [saga("held", 1), saga("quiet", 0)], "next": null });
    api.answer("GET /v1/sagas", 200, sagas);
    let ran = api.baton(&["list"]).await;
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(!lines[1].contains("paused"), "{}", ran.out);
    assert!(lines[2].contains("suspended (paused)"), "{}", ran.out);
}

#[tokio::test]
async fn a_long_saga_is_shown_whole() {
    let api = Api::start().await;
    let (mut first, mut second) = (golden("compensated"), golden("compensated"));
    let whole = first.clone();
    first["steps"].as_array_mut().expect("steps").truncate(4);
    second["steps"].as_array_mut().expect("steps").drain(..4);
    api.answer("GET /v1/sagas/order-1001", 200, first);
    api.answer(
        "GET /v1/sagas/order-1001?steps_limit=1000&steps_after=4",
        200,
        second,
    );
    let ran = api.baton(&["show", "order-1001", "--json"]).await;
    assert_eq!(ran.json(), whole);
}

#[tokio::test]
async fn watch_goes_on_when_the_server_comes_back() {
    let api = Api::start().await;
    let request = "GET /v1/sagas/order-1001/wait";
    api.answer(request, 200, golden("running"));
    let watching = api.spawn(&["watch", "order-1001"]);
    api.until(|heard| heard.len() >= 2).await;
    let port = api.stop().await;
    let api = Api::start_at(port).await;
    api.answer(request, 200, golden("completed"));
    let ran = watching.await.expect("it ran");
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert!(ran.out.trim_end().ends_with("completed"), "{}", ran.out);
    assert!(ran.out.contains("● quote"), "{}", ran.out);
}

/// The saga's way to its end, once the watcher has seen it suspended.
async fn watched(end: Value) -> Ran {
    let api = Api::start().await;
    let request = "GET /v1/sagas/order-1001/wait";
    api.answer(request, 200, golden("held"));
    let watching = api.spawn(&["watch", "order-1001"]);
    api.until(|heard| heard.len() >= 2).await;
    api.answer(request, 200, end);
    watching.await.expect("it ran")
}

#[tokio::test]
async fn watch_tells_the_end_by_its_exit_code_and_what_to_type_on_the_way() {
    for (name, exit) in [("completed", 0), ("compensated", 1)] {
        let ran = watched(golden(name)).await;
        assert_eq!(ran.exit, exit, "{}", ran.err);
        let told = "note: `lines[3]:undo` waits for a person: `baton dlq show \
                    'order-1001/lines[3]:undo'` says what can be done\n\
                    note: order-1001 is paused: `baton resume order-1001` lets it go on\n";
        assert_eq!(ran.err, told);
    }
}

#[tokio::test]
async fn a_server_that_stays_away_is_waited_for_so_long_and_no_longer() {
    let api = Api::start().await;
    api.answer("GET /v1/sagas/order-1001/wait", 200, golden("running"));
    let session = session(&api);
    let until = Until {
        deadline: None,
        suspended: false,
        accepted: false,
        patience: Duration::from_millis(700),
    };
    let began = Instant::now();
    let followed = follow::follow(&session, "order-1001", Show::Nothing, until);
    let gone = async {
        api.until(|heard| heard.len() >= 2).await;
        api.stop().await
    };
    let (followed, _) = tokio::join!(followed, gone);
    let lost = followed.expect_err("nobody is there");
    assert_eq!(lost.exit(), Exit::Unreachable);
    assert!(
        lost.to_string().contains("`baton watch order-1001`"),
        "{lost}"
    );
    assert!(
        began.elapsed() >= Duration::from_millis(700),
        "it gave up at once"
    );
}

#[tokio::test]
async fn a_submission_whose_server_goes_away_names_the_saga() {
    let api = Api::start().await;
    let accepted = json!({ "id": "made-1", "status": "running", "durability": "fsync" });
    api.answer("POST /v1/sagas", 201, accepted);
    api.answer("GET /v1/sagas/made-1/wait", 200, golden("running"));
    let waiting = api.spawn(&["submit", "order", "--wait", "--timeout", "2s"]);
    api.until(|heard| heard.len() >= 2).await;
    api.stop().await;
    let ran = waiting.await.expect("it ran");
    assert_eq!(ran.exit, 3, "{}", ran.err);
    for part in [
        "Saga `made-1` was accepted and goes on",
        "`baton watch made-1`",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
}

#[tokio::test]
async fn a_submission_that_nobody_answers_names_the_saga_that_may_be_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let api = format!("http://{}", listener.local_addr().expect("bound"));
    let running = tokio::spawn(async move { baton(Some(&api), &["submit", "order"]).await });
    let (mut connection, _) = listener.accept().await.expect("it connects");
    let mut heard = Vec::new();
    while !heard.ends_with(b"}") {
        connection.read_buf(&mut heard).await.expect("it sends");
    }
    drop((connection, listener));
    let heard = String::from_utf8(heard).expect("UTF-8");
    let id = heard.split_once("\"id\":\"").expect("an id is sent").1;
    let id = id.split('"').next().expect("whole");
    let ran = running.await.expect("it ran");
    assert_eq!(ran.exit, 3, "{}", ran.err);
    let told = format!("Whether saga `{id}` was accepted is not known");
    assert!(ran.err.contains(&told), "{}", ran.err);
    assert!(
        ran.err.contains(&format!("--id {id} is safe")),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn of_a_very_long_saga_the_end_is_followed() {
    let api = Api::start().await;
    let mut view = golden("completed");
    view["stepsTotal"] = json!(805);
    api.answer("GET /v1/sagas/order-1001/wait", 200, view.clone());
    api.answer("GET /v1/sagas/order-1001?steps_after=705", 200, view);
    let ran = api.baton(&["watch", "order-1001"]).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert_eq!(api.heard().len(), 2);
}

fn session(api: &Api) -> Session {
    let connection = Connection {
        api: api.url(),
        ..Connection::default()
    };
    let screen = Screen {
        live: false,
        live_err: false,
        color: false,
        color_err: false,
        unicode: true,
    };
    Session::new(&connection, screen).expect("a session")
}

#[tokio::test]
async fn the_demo_tells_each_act() {
    let api = Api::start().await;
    let accepted = json!({ "id": "order-1001", "status": "running", "durability": "fsync" });
    api.answer("POST /v1/sagas", 201, accepted);
    api.answer("GET /v1/sagas/order-1001/wait", 200, golden("compensated"));
    let session = session(&api);
    let act = demo::Act {
        title: "No carrier serves Atlantis",
        workflow: "shop/order",
        id: "order-1001".to_owned(),
        input: json!({ "city": "Atlantis" }),
    };
    let view = demo::tell(&session, &act).await.expect("told");
    assert_eq!(view.steps.len(), 6);
    let body = r#"{"workflow":"shop/order","id":"order-1001","input":{"city":"Atlantis"}}"#;
    assert_eq!(api.heard()[0], format!("POST /v1/sagas {body}"));
}
