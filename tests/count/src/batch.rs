//! One batch: the real driver and the real worker on one thread, until the last saga has ended.

use crate::ports::{Answers, CountedQueue, CountedStore, StillClock};
use crate::tally::{Item, Tally};
use crate::way::Way;
use baton_adapters::embedded::{self, RamDisk};
use baton_engine::language;
use baton_engine::saga::Status;
use baton_engine::workflow::Workflow;
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::driver::request::Submit;
use baton_orchestrator::driver::{Shared, drive};
use baton_orchestrator::outside::Ports;
use baton_orchestrator::{Outside, Settings};
use baton_shared::catalogue::Catalogue;
use baton_shared::{SagaId, Timestamp};
use baton_worker::{HttpCaller, Pools, Secret, Secrets, Services, Worker};
use futures_util::future::{Either, join_all, select};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;

/// Steps of one saga.
pub(crate) const STEPS: usize = 5;
/// Those that come together stay below what an orchestrator refuses.
const AT_ONCE: usize = 256;

const WORKFLOW: &str = "
document: { dsl: '1.0.3', namespace: count, name: five, version: '1.0.0' }
do:
- s1: { call: s.step, with: { n: 1, from: '${ .answer }', text: '${ $workflow.input.text }' } }
- s2: { call: s.step, with: { n: 2, from: '${ .answer }', text: '${ $workflow.input.text }' } }
- s3: { call: s.step, with: { n: 3, from: '${ .answer }', text: '${ $workflow.input.text }' } }
- s4: { call: s.step, with: { n: 4, from: '${ .answer }', text: '${ $workflow.input.text }' } }
- s5: { call: s.step, with: { n: 5, from: '${ .answer }', text: '${ $workflow.input.text }' } }
";

/// What all sagas of a batch have in common, and what each of them is given.
pub(crate) struct Kind {
    pub(crate) workflow: String,
    pub(crate) id: fn(usize) -> String,
    pub(crate) input: fn(&str) -> Value,
}

/// What is counted.
fn counted() -> Kind {
    Kind {
        workflow: WORKFLOW.to_owned(),
        id: |number| format!("saga-{number:06}"),
        input: |_| json!({ "answer": "0000000000000000", "text": "x".repeat(100) }),
    }
}

/// Runs so many sagas; what their ports were asked.
pub(crate) fn run(way: Way, sagas: usize) -> Tally {
    of(&counted(), way, sagas)
}

/// The same with sagas of some kind, of five steps each.
pub(crate) fn of(kind: &Kind, way: Way, sagas: usize) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without a driver needs nothing");
    let tally = Tally::default();
    runtime.block_on(live(kind, way, sagas, &tally));
    tally
}

async fn live(kind: &Kind, way: Way, sagas: usize, tally: &Tally) {
    let catalogue = catalogue();
    let settings = embedded::Settings {
        inline: true,
        ..embedded::Settings::default()
    };
    let store = embedded::Store::open_on(Arc::new(RamDisk::default()), settings);
    let store = CountedStore {
        inner: store.expect("an empty disk is in order"),
        tally: tally.clone(),
    };
    let queue = CountedQueue {
        inner: embedded::Queue::default(),
        tally: tally.clone(),
    };
    let ports = Arc::new(Outside {
        store: store.clone(),
        queue: queue.clone(),
        records: store.clone(),
        clock: StillClock,
    });
    let workflow = workflow(&kind.workflow, &catalogue);
    let definitions = Definitions::new(ports.clone(), catalogue.clone());
    definitions.know(workflow.clone());
    let shared = Arc::new(Shared::new(ports, definitions, Settings::default()));
    let (desk, requests) = Desk::new(shared.clone());
    let clock = Arc::new(StillClock);
    let services = Services::of(&catalogue).expect("the catalogue has no schemas");
    let caller = HttpCaller::over(services, NoSecrets, clock.clone(), Answers(tally.clone()));
    let pools = Pools::of(&catalogue, &[]);
    let worker = Worker::new(
        Arc::new(queue),
        Arc::new(store),
        Arc::new(caller),
        clock,
        pools,
    );
    let processes = futures_util::future::join(
        drive(&shared, requests, std::future::pending()),
        worker.run(std::future::pending()),
    );
    let all = work(kind, (&desk, &workflow), way, sagas);
    match select(pin!(all), pin!(processes)).await {
        Either::Left(((), _)) => {}
        Either::Right(_) => unreachable!("nobody told them to stop"),
    }
    let calls = tally.of(Item::Calls);
    assert_eq!(calls, (sagas * STEPS) as u64, "each step is called once");
}

/// Where sagas are submitted, and of what.
type Entry<'a, P> = (&'a Desk<P>, &'a Arc<Workflow>);

async fn work<P: Ports>(kind: &Kind, entry: Entry<'_, P>, way: Way, sagas: usize) {
    let at_once = match way {
        Way::Alone => 1,
        Way::Together => AT_ONCE,
    };
    let mut numbers = (0..sagas).peekable();
    while numbers.peek().is_some() {
        let some = numbers.by_ref().take(at_once);
        join_all(some.map(|number| one(kind, entry, number))).await;
    }
}

async fn one<P: Ports>(kind: &Kind, (desk, workflow): Entry<'_, P>, number: usize) {
    let name = (kind.id)(number);
    let id: SagaId = name.parse().expect("an id");
    let submit = Submit {
        workflow: workflow.clone(),
        pinned: false,
        input: (kind.input)(&name),
        traceparent: None,
    };
    desk.submit(id.clone(), submit).await.expect("accepted");
    let ended = desk.wait(&id, Timestamp(u64::MAX)).await.expect("shown");
    assert_eq!(ended.status(), Status::Completed);
}

fn workflow(source: &str, catalogue: &Catalogue) -> Arc<Workflow> {
    let (workflow, found) = language::read(source, catalogue);
    Arc::new(workflow.unwrap_or_else(|| panic!("the workflow is in order: {found:#?}")))
}

fn catalogue() -> Catalogue {
    let step = json!({ "method": "POST", "path": "/step" });
    serde_json::from_value(json!({
        "services": { "s": { "url": "http://s.count", "operations": { "step": step } } }
    }))
    .expect("a catalogue")
}

/// The service asks for no credentials.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}
