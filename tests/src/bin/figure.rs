//! A first figure: five-step sagas per second over real HTTP, on both adapter pairs.
//!
//! ```text
//!   this program ── submits ──► Baton ── 5 POSTs a saga ──► a counting service (in this program)
//! ```
//!
//! Run by `make figure`; every figure is of this machine at this moment. Effects are counted at the
//! service: a saga that skipped a call would be noticed.

use baton_tests::brokers::{Fsync, RabbitMq, Redis, RedisSettings};
use baton_tests::world::{Api, Program, free_port, until};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Submissions under way at once.
const CLIENTS: usize = 64;
/// Sagas of the alone measurement, one after the other.
const ALONE: usize = 200;

/// About 200 bytes a call; each answer feeds the next.
const WORKFLOW: &str = "
document: { dsl: '1.0.3', namespace: bench, name: five, version: '1.0.0' }
do:
- one: { call: s.step, with: { n: 1, from: '${ .seed }', text: '${ $workflow.input.text }' } }
- two: { call: s.step, with: { n: 2, from: '${ .answer }', text: '${ $workflow.input.text }' } }
- three: { call: s.step, with: { n: 3, from: '${ .answer }', text: '${ $workflow.input.text }' } }
- four: { call: s.step, with: { n: 4, from: '${ .answer }', text: '${ $workflow.input.text }' } }
- five: { call: s.step, with: { n: 5, from: '${ .answer }', text: '${ $workflow.input.text }' } }
";

#[tokio::main]
async fn main() {
    let sagas = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(3_000);
    let calls = Arc::new(AtomicU64::new(0));
    let service = serve(Arc::clone(&calls)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = folder.path().join("services.yaml");
    let text = format!(
        "services:\n  s:\n    url: http://{service}\n    concurrency: 256\n    operations:\n      step: {{ method: POST, path: /step }}\n"
    );
    std::fs::write(&catalogue, text).expect("writable");
    println!("{}", heading());
    for run in 0..3 {
        let row = embedded(run, sagas, &catalogue, &calls).await;
        println!("{row}");
        let row = brokers(run, sagas, &catalogue, &calls).await;
        println!("{row}");
    }
}

fn heading() -> String {
    "| pair | run | sagas/s | steps/s | CPU s per 1,000 steps | peak MiB | alone p50 ms | alone p99 ms |\n\
     |---|---|---|---|---|---|---|---|"
        .to_owned()
}

async fn embedded(run: u32, sagas: usize, catalogue: &Path, calls: &AtomicU64) -> String {
    let data = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let args = [
        "dev".to_owned(),
        "--services".to_owned(),
        catalogue.display().to_string(),
        "--data".to_owned(),
        data.path().display().to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{port}"),
    ];
    let baton = Program::start("baton", &args, &[]);
    measure("embedded, fsync", run, sagas, port, &[&baton], calls).await
}

async fn brokers(run: u32, sagas: usize, catalogue: &Path, calls: &AtomicU64) -> String {
    let settings = RedisSettings {
        appendonly: true,
        fsync: Fsync::Always,
        ..RedisSettings::default()
    };
    let redis = Redis::start(settings).await.expect("a private Redis");
    let rabbitmq = RabbitMq::start().await.expect("a private RabbitMQ");
    let port = free_port();
    let mut env = vec![
        ("BATON__STORE__URL", redis.url()),
        ("BATON__QUEUE__URL", rabbitmq.url()),
        ("BATON__SERVICES", catalogue.display().to_string()),
    ];
    let none: [&str; 0] = [];
    let worker = Program::start("baton-worker", &none, &env);
    env.push(("BATON__API__LISTEN", format!("127.0.0.1:{port}")));
    let orchestrator = Program::start("baton-orchestrator", &none, &env);
    measure(
        "RabbitMQ quorum + Redis always",
        run,
        sagas,
        port,
        &[&orchestrator, &worker],
        calls,
    )
    .await
}

async fn measure(
    pair: &str,
    run: u32,
    sagas: usize,
    port: u16,
    programs: &[&Program],
    calls: &AtomicU64,
) -> String {
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    api.ready().await;
    api.deploy(WORKFLOW).await;
    burst(&api, "warm", 200, calls).await;
    let cpu = || {
        programs
            .iter()
            .map(|program| program.cpu_seconds())
            .sum::<f64>()
    };
    let before = cpu();
    let took = burst(&api, "run", sagas, calls).await.as_secs_f64();
    let spent = cpu() - before;
    let peak: u64 = programs
        .iter()
        .map(|program| program.peak_kib() / 1024)
        .sum();
    let mut alone = Vec::new();
    for n in 0..ALONE {
        let start = Instant::now();
        api.submit("bench/five", &format!("alone-{n}"), &input())
            .await;
        let (status, saga) = api
            .get(&format!("/v1/sagas/alone-{n}/wait?timeout=10s"))
            .await
            .expect("an answer");
        assert!(
            status == 200 && saga["status"] == "completed",
            "{status} {saga}"
        );
        alone.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    alone.sort_by(f64::total_cmp);
    let steps = (sagas * 5) as f64;
    let mut row = String::new();
    write!(
        row,
        "| {pair} | {run} | {:.0} | {:.0} | {:.3} | {peak} | {:.1} | {:.1} |",
        sagas as f64 / took,
        steps / took,
        spent / steps * 1000.0,
        alone[ALONE / 2],
        alone[ALONE * 99 / 100],
    )
    .expect("text");
    row
}

fn input() -> Value {
    json!({ "seed": "0123456789abcdef", "text": "x".repeat(120) })
}

/// Submits so many sagas and waits for their last call and their end.
async fn burst(api: &Api, name: &str, sagas: usize, calls: &AtomicU64) -> Duration {
    let wanted = calls.load(Ordering::SeqCst) + (sagas * 5) as u64;
    let start = Instant::now();
    let submits = (0..CLIENTS).map(|client| {
        let api = api.clone();
        async move {
            for n in (client..sagas).step_by(CLIENTS) {
                api.submit("bench/five", &format!("{name}-{n}"), &input())
                    .await;
            }
        }
    });
    futures_util::future::join_all(submits).await;
    let called = async || (calls.load(Ordering::SeqCst) >= wanted).then_some(());
    until("every call is made", Duration::from_secs(120), called).await;
    let took = start.elapsed();
    let ended = async || (api.open().await? == 0).then_some(());
    until("every saga ends", Duration::from_secs(60), ended).await;
    assert_eq!(
        calls.load(Ordering::SeqCst),
        wanted,
        "a call was made twice"
    );
    took
}

/// A service that answers 200 with a small JSON and counts.
async fn serve(calls: Arc<AtomicU64>) -> std::net::SocketAddr {
    use axum::routing::post;
    let answer = move || {
        calls.fetch_add(1, Ordering::SeqCst);
        async { axum::Json(json!({ "answer": "0123456789abcdef" })) }
    };
    let router = axum::Router::new().route("/step", post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    at
}
