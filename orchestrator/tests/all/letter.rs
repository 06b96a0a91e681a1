//! A dead letter shown alone: what the step was given, and only what would be taken.

use crate::api::Server;
use crate::fake::worker::Worker;
use http::StatusCode;
use serde_json::{Value, json};

/// After the pivot nothing goes back: what fails is held.
const HELD: &str = "
document: { dsl: '1.0.3', namespace: test, name: held, version: '1.0.0' }
do:
  - pay:
      call: http
      pivot: true
      with: { method: post, endpoint: http://bank/pay }
  - ship:
      call: http
      retry: { limit: { attempt: { count: 0 } } }
      with: { method: post, endpoint: http://road/ship, body: { to: Rome } }
  - shape:
      set: { parcels: '${ .parcels | tonumber }' }
";

/// A server with one saga, held at its first dead letter.
async fn held(worker: Worker) -> (Server, Value) {
    let server = Server::over(worker, &[]);
    let deployed = server.deploy(HELD).await;
    assert_eq!(deployed.status, StatusCode::CREATED, "{}", deployed.text);
    let submission = json!({ "workflow": "held", "id": "h-1" });
    server.post("/v1/sagas", submission).await;
    let saga = server.get("/v1/sagas/h-1/wait?timeout=10m").await.json();
    assert_eq!(saga["status"], "suspended", "{saga}");
    (server, saga)
}

/// The words before the colon of each action.
fn verbs(letter: &Value) -> Vec<&str> {
    let actions = letter["actions"].as_array().expect("actions").iter();
    actions
        .filter_map(|action| Some(action.as_str()?.split_once(':')?.0))
        .collect()
}

#[tokio::test]
async fn an_edit_of_what_may_have_happened_is_not_offered() {
    let worker = Worker {
        silent: vec!["road/ship"],
        ..Worker::default()
    };
    let (server, _) = held(worker).await;
    let letter = server.get("/v1/dead-letters/h-1/ship").await.json();
    assert_eq!(verbs(&letter), ["retry", "skip", "drop"], "{letter}");
    assert_eq!(letter["input"], json!({ "to": "Rome" }), "{letter}");
    let edit = json!({ "input": letter["input"] });
    let refused = server.post("/v1/dead-letters/h-1/ship/retry", edit).await;
    assert_eq!(refused.json()["code"], "edit-in-doubt", "{}", refused.text);
}

#[tokio::test]
async fn a_task_without_a_call_is_offered_another_input() {
    let (server, _) = held(Worker::default()).await;
    let letter = server.get("/v1/dead-letters/h-1/shape").await.json();
    let offered = ["retry", "retry with input", "skip", "drop"];
    assert_eq!(verbs(&letter), offered, "{letter}");
    assert_eq!(letter["input"]["done"], "http://road/ship", "{letter}");
    let edit = json!({ "input": { "parcels": "2" } });
    let taken = server.post("/v1/dead-letters/h-1/shape/retry", edit).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    let saga = server.get("/v1/sagas/h-1/wait?timeout=10m").await.json();
    assert_eq!(saga["status"], "completed", "{saga}");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told_from_one_of_which_nothing_is_held() {
    let server = Server::start(&[], &[]);
    let none = server.get("/v1/dead-letters?service=http").await.json();
    assert_eq!(none["deadLetters"], json!([]));
    let answer = server.get("/v1/dead-letters?service=htpt").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.json()["code"], "service-unknown");
    let told = answer.text;
    assert!(told.contains("did you mean `http`?"), "{told}");
    let many = json!({ "all": true, "service": "htpt" });
    let answer = server.post("/v1/dead-letters/retry", many).await;
    assert_eq!(answer.json()["code"], "service-unknown");
}
