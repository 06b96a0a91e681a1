//! The program against a server that plays the API: exit codes, sentences, and what is sent.

mod answers;
mod catalogue;
mod letters;
mod sagas;
mod stage;

use serde_json::{Value, json};
use stage::{Api, baton};

fn golden(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/");
    let text = std::fs::read_to_string(format!("{folder}{name}.json")).expect("the view is there");
    serde_json::from_str(&text).expect("JSON")
}

fn problem(status: u16, code: &str, title: &str, detail: &str) -> (u16, Value) {
    let body = json!({ "type": "about:blank", "code": code, "title": title, "status": status, "detail": detail });
    (status, body)
}

fn deployed() -> Value {
    let workflow = |name: &str| json!({ "name": name, "version": "1.0.0", "title": null, "deployedAt": "2026-11-23T04:00:00.000Z" });
    json!({ "workflows": [workflow("shop/order")] })
}

#[tokio::test]
async fn alone_it_greets_and_says_what_to_type() {
    let ran = baton(None, &[]).await;
    assert_eq!(ran.exit, 0);
    assert!(ran.out.contains("baton demo"), "{}", ran.out);
    assert!(ran.out.contains("baton dev"), "{}", ran.out);
    assert!(ran.out.contains("baton submit"), "{}", ran.out);
}

#[tokio::test]
async fn where_nobody_listens_it_says_what_to_do() {
    let nobody = stage::closed_port().await;
    let api = format!("http://127.0.0.1:{nobody}");
    for words in [
        &["list"][..],
        &["submit", "order"],
        &["doctor"],
        &["dlq", "list"],
    ] {
        let ran = baton(Some(&api), words).await;
        let told = format!(
            "error: cannot reach Baton at {api}: connection refused. Start it with `baton dev`, or \
             name another with --api.\n"
        );
        assert_eq!((ran.exit, ran.err, ran.out), (3, told, String::new()));
    }
}

#[tokio::test]
async fn what_is_not_baton_is_called_so() {
    let api = Api::start().await;
    api.answer("GET /v1/doctor", 200, json!("hello"));
    let ran = api.baton(&["doctor"]).await;
    assert_eq!(ran.exit, 3);
    assert!(ran.err.contains("does not look like Baton"), "{}", ran.err);
}

#[tokio::test]
async fn wrong_calls_are_2_and_send_nothing() {
    let api = Api::start().await;
    for words in [
        &["submit", "order", "--input", "{oops"][..],
        &["submit", "order", "--input", "@/nowhere/x.json"],
        &["submit", "@1"],
        &["deploy", "/nowhere/x.yaml"],
        &["list", "--status", "done"],
        &["list", "--api", "nowhere"],
        &["bogus"],
    ] {
        let ran = api.baton(words).await;
        assert_eq!(ran.exit, 2, "{words:?}: {}", ran.err);
        assert!(ran.err.contains("error:"), "{words:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{words:?}");
    }
    assert_eq!(api.heard(), [""; 0]);
}

/// What the environment says needs no typing.
#[tokio::test]
async fn the_usage_has_nothing_of_the_environment() {
    let api = Api::start().await;
    let ran = api.baton(&["submit"]).await;
    assert_eq!(ran.exit, 2);
    assert!(ran.err.contains("Usage: baton submit <NAME"), "{}", ran.err);
    let ran = api.baton(&["list", "--limit", "0"]).await;
    assert_eq!(ran.exit, 2);
    assert!(ran.err.contains("'--limit <N>'"), "{}", ran.err);
}

#[tokio::test]
async fn refusals_are_1_with_the_servers_words() {
    let api = Api::start().await;
    let (status, body) = problem(404, "saga-unknown", "no such saga", "there is no saga `x`");
    for request in [
        "GET /v1/sagas/x",
        "POST /v1/sagas/x/pause",
        "GET /v1/sagas/x/wait?timeout=250ms",
    ] {
        api.answer(request, status, body.clone());
    }
    for words in [&["show", "x"][..], &["pause", "x"], &["watch", "x"]] {
        let ran = api.baton(words).await;
        let told = "error: no such saga: there is no saga `x` (404 saga-unknown)\n";
        assert_eq!((ran.exit, ran.err.as_str()), (1, told), "{words:?}");
    }
}

#[tokio::test]
async fn deploy_tells_new_from_known_and_shows_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("order.yaml");
    std::fs::write(&file, "do:\n  - a:\n      retries: 3\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    let api = Api::start().await;
    let name = json!({ "name": "shop/order", "version": "1.0.0" });
    api.answer("POST /v1/workflows", 201, name.clone());
    let ran = api.baton(&["deploy", file]).await;
    assert_eq!(
        (ran.exit, ran.out.as_str()),
        (0, "deployed shop/order@1.0.0\n"),
        "{}",
        ran.err
    );
    api.answer("POST /v1/workflows", 200, name);
    let ran = api.baton(&["deploy", file]).await;
    assert_eq!(
        (ran.exit, ran.out.as_str()),
        (0, "unchanged shop/order@1.0.0\n")
    );
    let (status, mut body) = problem(422, "workflow-invalid", "the workflow has errors", "");
    body["diagnostics"] = json!([{ "severity": "error", "code": "unknown-key",
        "message": "`retries` is no key of a task", "help": "write `retry`", "line": 3, "column": 7 }]);
    api.answer("POST /v1/workflows", status, body);
    let ran = api.baton(&["deploy", file]).await;
    assert_eq!((ran.exit, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.contains("error[unknown-key]: `retries` is no key"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains(":3:7\n"), "{}", ran.err);
    assert!(ran.err.contains("was not deployed: 1 error"), "{}", ran.err);
    assert!(api.heard()[0].starts_with("POST /v1/workflows do:"));
}

#[tokio::test]
async fn doctor_is_1_where_something_is_wrong() {
    let api = Api::start().await;
    let mut answer = json!({ "version": "0.1.0", "store": { "kind": "redis", "url": "redis://x", "durability": "second" },
        "queue": { "kind": "amqp", "url": "amqp://x" }, "problems": [] });
    api.answer("GET /v1/doctor", 200, answer.clone());
    let ran = api.baton(&["doctor"]).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert!(
        ran.out.contains("no problem found") && ran.out.contains("second"),
        "{}",
        ran.out
    );
    answer["problems"] = json!(["the store is full"]);
    api.answer("GET /v1/doctor", 200, answer);
    let ran = api.baton(&["doctor"]).await;
    assert_eq!(ran.exit, 1);
    assert!(ran.out.contains("the store is full"), "{}", ran.out);
}

#[tokio::test]
async fn the_token_is_sent() {
    let api = Api::start().await;
    api.answer("GET /v1/workflows", 200, deployed());
    let ran = api.baton(&["workflows", "--token", "secret"]).await;
    assert_eq!(ran.exit, 0, "{}", ran.err);
    assert_eq!(api.tokens(), ["Bearer secret"]);
}

#[tokio::test]
async fn a_closed_pipe_is_nobodys_failure() {
    let api = Api::start().await;
    api.answer("GET /v1/workflows", 200, deployed());
    let ran = api.baton_into_closed_pipe(&["workflows"]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""));
}

#[tokio::test]
async fn check_needs_no_server_and_tells_errors_by_its_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        file.to_str().expect("UTF-8").to_owned()
    };
    let services = write(
        "services.yaml",
        "services:\n  stock:\n    url: http://127.0.0.1:1\n    operations:\n      \
         take: { method: POST, path: /take, readOnly: true }\n",
    );
    let workflow = |call: &str| {
        format!(
            "document: {{ dsl: 1.0.0, namespace: shop, name: order, version: 1.0.0 }}\n\
             do:\n  - take:\n      call: {call}\n"
        )
    };
    let right = write("right.yaml", &workflow("stock.take"));
    let wrong = write("wrong.yaml", &workflow("stock.tke"));
    let ran = baton(None, &["check", &right, "--services", &services]).await;
    assert_eq!(
        (ran.exit, ran.out),
        (0, format!("{right}: ok\n")),
        "{}",
        ran.err
    );
    let both = ["check", &right, &wrong, "--services", &services];
    let ran = baton(None, &both).await;
    assert_eq!(ran.exit, 1);
    assert_eq!(ran.out, format!("{right}: ok\n{wrong}: 1 error\n"));
    assert!(ran.err.contains("error[unknown-operation]"), "{}", ran.err);
    assert!(ran.err.contains("stock.take"), "{}", ran.err);
    let ran = baton(None, &[&both[..], &["--json"]].concat()).await;
    assert_eq!((ran.exit, ran.err.as_str()), (1, ""));
    assert_eq!(ran.json()["diagnostics"][0]["file"], wrong);
    assert_eq!(ran.json()["diagnostics"][0]["line"], 4);
    let ran = baton(None, &["check", &right]).await;
    assert_eq!(ran.exit, 1);
    assert!(ran.err.contains("--services FILE"), "{}", ran.err);
    let broken = write("broken.yaml", "services: { stock: { ulr: x } }\n");
    let ran = baton(None, &["check", &right, "--services", &broken]).await;
    assert_eq!(ran.exit, 2);
    assert!(ran.err.contains("broken.yaml"), "{}", ran.err);
}
