//! The driver on the embedded store and queue: what was accepted survives a power cut, and ends.

use baton_adapters::clock::SystemClock;
use baton_adapters::embedded::{Queue, RamDisk, Settings as StoreSettings, Store};
use baton_engine::store::Query;
use baton_engine::store::Store as _;
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::driver::request::Submit;
use baton_orchestrator::driver::{Shared, drive};
use baton_orchestrator::{Outside, Settings};
use baton_shared::catalogue::Catalogue;
use baton_shared::port::{Clock, Inbox, Lane, Outgoing, Queue as _, Source};
use baton_shared::{Envelope, Job, Outcome, SagaId, ServiceName, Verdict};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const CHAIN: &str = "
document: { dsl: '1.0.3', namespace: test, name: chain, version: '1.0.0' }
do:
  - one: { call: http, with: { method: post, endpoint: http://service/one } }
  - two: { call: http, with: { method: post, endpoint: http://service/two } }
  - three: { call: http, with: { method: post, endpoint: http://service/three } }
";

type Ports = Outside<Store, Queue, Store, SystemClock>;

/// Answers every job with success until its queue is dropped.
async fn work(queue: Queue) {
    let source = Source {
        lanes: vec![(Lane::Jobs(ServiceName::http()), 64)],
    };
    let mut inbox = queue.open(source).await.expect("opens");
    while let Some(found) = inbox.next(64).await {
        for delivery in found {
            let job = Envelope::<Job>::decode(&delivery.body).expect("a job").body;
            let outcome = Outcome {
                verdict: Verdict::Succeeded { output: json!({}) },
                status: Some(200),
                redelivered: delivery.redelivered,
                started_at: SystemClock.now(),
                ended_at: SystemClock.now(),
                job: job.id,
            };
            let message = Outgoing {
                to: Lane::Outcomes(job.partition),
                id: outcome.job.to_string(),
                body: Envelope::new(outcome).encode(),
                traceparent: None,
            };
            queue.publish(vec![message]).await;
            queue
                .ack(vec![delivery.receipt])
                .await
                .expect("acknowledges");
        }
    }
}

/// One life on `disk`: submits what `ids` names, then goes on for `then`. Returns what was accepted.
async fn live(disk: &RamDisk, seed: u64, ids: Vec<SagaId>, then: Duration) -> Vec<SagaId> {
    let store = Store::open_on(Arc::new(disk.clone()), StoreSettings::default()).expect("opens");
    let queue = Queue::default();
    let ports: Arc<Ports> = Arc::new(Outside {
        store: store.clone(),
        queue: queue.clone(),
        records: store,
        clock: SystemClock,
    });
    let definitions = Definitions::new(ports.clone(), Catalogue::default());
    let settings = Settings {
        seed,
        ..Settings::default()
    };
    let shared = Arc::new(Shared::new(ports, definitions, settings));
    let (desk, requests) = Desk::new(shared.clone());
    let submit = async {
        let workflow = shared
            .definitions
            .deploy(CHAIN)
            .await
            .expect("deploys")
            .workflow;
        let submissions = ids.into_iter().map(|id| {
            let submit = Submit {
                workflow: workflow.clone(),
                pinned: false,
                input: json!({}),
                traceparent: None,
            };
            let desk = &desk;
            async move { desk.submit(id.clone(), submit).await.map(|_| id) }
        });
        let answers = futures_util::future::join_all(submissions).await;
        SystemClock.sleep_until(SystemClock.now().after(then)).await;
        answers.into_iter().flatten().collect()
    };
    // Dropping driver and worker at whatever await they are is the crash.
    tokio::select! {
        accepted = submit => accepted,
        _ = drive(&shared, requests, std::future::pending()) => unreachable!("never told to stop"),
        () = work(queue) => unreachable!("never closed"),
    }
}

#[tokio::test]
async fn what_was_accepted_survives_power_cuts_and_ends() {
    let mut disk = RamDisk::default();
    let mut accepted = Vec::new();
    for seed in 1..=6 {
        let ids = (0..30).map(|n| format!("s-{seed}-{n}").parse().expect("id"));
        let then = Duration::from_millis(seed % 3);
        accepted.extend(live(&disk, seed, ids.collect(), then).await);
        disk = disk.after_power_cut(seed);
    }
    assert_eq!(accepted.len(), 180);
    for seed in 7..100 {
        live(&disk, seed, Vec::new(), Duration::from_millis(200)).await;
        let store = Store::open_on(Arc::new(disk.clone()), StoreSettings::default());
        let query = Query {
            status: Some("completed".to_owned()),
            limit: 1000,
            ..Query::default()
        };
        let done = store.expect("opens").list(query).await.expect("lists");
        if done.len() == accepted.len() {
            return;
        }
    }
    panic!("some sagas did not end");
}
