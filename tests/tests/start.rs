//! The two programs as whoever starts them sees it: what they wait for, what they refuse, how they
//! stop.

use baton_tests::brokers::{Redis, RedisSettings};
use baton_tests::world::{Api, Program, free_port, run, until};
use std::time::Duration;

const NONE: [&str; 0] = [];

/// Redis at `store`, and a RabbitMQ that is not there.
fn env(store: &str) -> Vec<(&'static str, String)> {
    vec![
        ("BATON__STORE__URL", store.to_owned()),
        (
            "BATON__QUEUE__URL",
            format!("amqp://app:s3cret@127.0.0.1:{}/%2f", free_port()),
        ),
    ]
}

/// Status and text of `/readyz`, once anybody answers.
async fn readiness(api: &Api, expected: &str) -> u16 {
    until(expected, Duration::from_secs(20), async || {
        let (status, body) = api.get("/readyz").await?;
        body.to_string().contains(expected).then_some(status)
    })
    .await
}

#[tokio::test]
async fn brokers_that_are_away_are_waited_for() {
    let mut redis = Redis::start(RedisSettings::default())
        .await
        .expect("a private Redis");
    redis.kill();
    let port = free_port();
    let mut variables = env(&redis.url());
    let mut worker = Program::start("baton-worker", &NONE, &variables);
    variables.push(("BATON__API__LISTEN", format!("127.0.0.1:{port}")));
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    variables.push(("BATON__SERVICES", format!("{examples}/services.yaml")));
    variables.push(("BATON__WORKFLOWS", examples.to_owned()));
    let mut orchestrator = Program::start("baton-orchestrator", &NONE, &variables);
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    assert_eq!(readiness(&api, "store-unavailable").await, 503);

    redis.restart().await.expect("Redis comes");
    // On the same socket, the whole API: the store is there, and the queue is what lacks now.
    assert_eq!(readiness(&api, "queue-unavailable").await, 503);
    let (_, listed) = api.get("/v1/workflows").await.expect("an answer");
    assert!(listed.to_string().contains("shop/order"), "{listed}");
    assert!(worker.runs(), "a worker waits as well");
    assert_eq!(orchestrator.terminate(), Some(0));
    assert_eq!(worker.terminate(), Some(0));
}

#[tokio::test]
async fn one_that_waits_stops_when_it_is_told_to() {
    let port = free_port();
    let mut variables = env(&format!("redis://127.0.0.1:{}", free_port()));
    variables.push(("BATON__API__LISTEN", format!("127.0.0.1:{port}")));
    let mut orchestrator = Program::start("baton-orchestrator", &NONE, &variables);
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    assert_eq!(readiness(&api, "store-unavailable").await, 503);
    assert_eq!(orchestrator.terminate(), Some(0));
}

#[tokio::test]
async fn a_workflow_that_cannot_run_stops_the_start_and_is_shown() {
    let redis = Redis::start(RedisSettings::default())
        .await
        .expect("a private Redis");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("notes.txt"), "no workflow").expect("writes");
    std::fs::write(folder.path().join("bad.yaml"), "document:\n  dsl: 1.0.0\n").expect("writes");
    let mut variables = env(&redis.url());
    variables.push(("BATON__API__LISTEN", "127.0.0.1:0".to_owned()));
    variables.push(("BATON__WORKFLOWS", folder.path().display().to_string()));
    let said = tokio::task::spawn_blocking(move || run("baton-orchestrator", &NONE, &variables));
    let said = said.await.expect("it ran");
    assert_eq!(said.exit, 1, "{said:?}");
    let is_shown =
        said.err.contains("bad.yaml is no workflow that can run") && said.err.contains("bad.yaml:");
    assert!(is_shown, "{said:?}");
}

#[test]
fn what_cannot_work_is_one_sentence_and_exit_1() {
    let right = env("redis://127.0.0.1:1");
    let with = |name, value: &str| [right.clone(), vec![(name, value.to_owned())]].concat();
    for (program, variables, expected) in [
        ("baton-worker", vec![], "cannot share the embedded store"),
        (
            "baton-orchestrator",
            vec![],
            "cannot share the embedded store",
        ),
        (
            "baton-worker",
            with("BATON__STORE__URL", ""),
            "the store is embedded and the queue is RabbitMQ",
        ),
        (
            "baton-worker",
            with("BATON__QUEUE__URL", "amqp://a:s3cret@h:port"),
            "the RabbitMQ URL cannot be read",
        ),
        (
            "baton-worker",
            with("BATON_LOG", "lound"),
            "BATON_LOG is `lound`",
        ),
        (
            "baton-orchestrator",
            with("BATON__API__LISTEN", "0.0.0.0:0"),
            "refusing to listen on 0.0.0.0",
        ),
        (
            "baton-orchestrator",
            with("BATON__SERVICES", "/nowhere"),
            "the service catalogue `/nowhere`",
        ),
    ] {
        let said = run(program, &NONE, &variables);
        assert_eq!(said.exit, 1, "{said:?}");
        let first = format!("{program}: ");
        assert!(
            said.err.starts_with(&first) && said.err.contains(expected),
            "{expected}: {said:?}"
        );
        assert!(
            said.err.trim_end().lines().count() == 1 && !said.err.contains("s3cret"),
            "{said:?}"
        );
    }
}

#[test]
fn wrong_words_are_exit_2() {
    for (program, words) in [
        ("baton-worker", ["--servise", "a"]),
        ("baton-worker", ["--log-format", "xml"]),
        ("baton-orchestrator", ["--log-format", "xml"]),
        ("baton-orchestrator", ["--service", "a"]),
    ] {
        let said = run(program, &words, &[]);
        assert_eq!(said.exit, 2, "{said:?}");
    }
}
