//! Bytes that are no job, jobs of a future version, and jobs whose request cannot be sent, among real ones.
//! Each becomes a dead letter that a person can look at, byte for byte, or the worker's report on it does, since
//! its saga is none; and none stops the others.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use baton_shared::port::Lane;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "poison-jobs",
    about: "jobs that no worker can read or make",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for body in poison() {
            let lane = lane(service(site));
            site.send(lane, body).await;
        }
        let elsewhere = job(
            "unsent-elsewhere",
            "nobody",
            &json!({ "method": "POST", "target": "/do" }),
        );
        let lane_of_another = lane(service(site));
        site.send(lane_of_another, elsewhere.to_string().into_bytes())
            .await;
        for (nth, request) in unsendable().into_iter().enumerate() {
            let (saga, service) = (format!("{UNSENT}{nth}"), service(site));
            let job = job(&saga, service, &request);
            site.send_unsendable(lane(service), &saga, &job).await;
        }
        site.orphans_are_shown().await;
        let lines = site.services.lines();
        let called = lines.iter().filter(|line| line.saga.starts_with(UNSENT));
        let called = called.count();
        let what = format!("{called} calls were made of jobs whose request cannot be sent");
        site.claim(called == 0, "unsendable", what);
        site.calls_pass(20).await;
    }
    .boxed_local()
}

/// How the sagas are called, which are none, of the jobs that cannot be sent.
const UNSENT: &str = "unsent-";

fn service(site: &mut Site) -> &'static str {
    let service: &&str = site.chance.pick(&["tombstones", "final", "plain"]);
    service
}

fn lane(service: &str) -> Lane {
    Lane::Jobs(service.parse().expect("a name"))
}

/// Requests that no worker can send.
fn unsendable() -> Vec<Value> {
    vec![
        json!({ "method": "BREW", "target": "/do" }),
        json!({ "method": "POST", "target": "@elsewhere.example/do" }),
        json!({ "method": "POST", "target": "/do", "headers": [["x-note", "two\nlines"]] }),
        json!({ "method": "POST", "target": "/do", "headers": [["two words", "x"]] }),
        json!({ "method": "POST", "target": "/do", "headers": [["host", "elsewhere"]] }),
    ]
}

/// A job as the orchestrators write them.
fn job(saga: &str, service: &str, request: &Value) -> Value {
    let soon = Timestamp::now() + Duration::from_secs(120);
    json!({
        "v": 1,
        "type": "baton.job",
        "body": {
            "id": { "saga": saga, "step": "a", "kind": "task", "epoch": 0, "round": 0, "attempt": 1 },
            "service": service,
            "operation": "do",
            "key": format!("{saga}:a"),
            "request": request,
            "timeoutMs": 1000,
            "deadline": soon.as_millisecond(),
            "partition": 0,
        },
    })
}

/// Bodies that are no job.
fn poison() -> Vec<Vec<u8>> {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let texts = [
        "",
        "no JSON",
        "null",
        "{}",
        r#"{"v":99,"type":"baton.job","body":{}}"#,
        r#"{"v":1,"type":"baton.job","body":{}}"#,
        r#"{"v":1,"type":"baton.outcome","body":{}}"#,
        r#"{"v":1,"type":"baton.job","body":{"id":{"saga":"../..","step":""}}}"#,
        &deep,
    ];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.push(b"\xff\xfe\x00".to_vec());
    bodies.push(vec![b'x'; 4 * 1024 * 1024]);
    bodies
}
