//! The workflows of a run, read once a process: drawn ones, those that reach what is rare, and the
//! examples; and the catalogue of the simulated services.

use crate::{canary, generate};
use baton_engine::language::{self, Severity};
use baton_engine::workflow::Workflow;
use baton_shared::catalogue::Catalogue;
use baton_worker::Services;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

/// Drawn workflows there are at most: more would make each seed slower, and none better.
pub const DRAWN: u32 = 4_096;

/// What no drawn workflow reaches often enough, and what people copy.
const FIXED: &[&str] = &[
    include_str!("../../../examples/order.yaml"),
    include_str!("../../../examples/order-parallel.yaml"),
    include_str!("../../../examples/order-pivot.yaml"),
    // Six in a row.
    "do: [{ a: { call: s.do, compensate: s.undo } }, { b: { call: k.do, compensate: k.undo } }, { c: { call: f.do, compensate: f.undo } }, { d: { call: s.do, compensate: s.undo } }, { e: { call: r.do, compensate: r.undo } }, { g: { call: s.do, compensate: s.undo } }]",
    // One call.
    "do: [{ a: { call: s.do, compensate: s.undo } }]",
    // A pivot in doubt, and work on both sides of it.
    "do: [{ a: { call: s.do, compensate: s.undo } }, { pivot: { call: s.do, pivot: true, retry: { limit: { attempt: { count: 0 } } } } }, { b: { call: s.do, compensate: s.undo, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }]",
    "do: [{ a: { call: s.do, compensate: s.undo } }, { pivot: { call: s.do, pivot: true, timeout: { after: { seconds: 3 } } } }, { b: { call: k.do, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }]",
    // The workflow's own timeout around a pivot, and a block that overruns after it.
    "timeout: { after: { seconds: 3 } }\ndo: [{ a: { call: s.do, compensate: s.undo } }, { pivot: { call: s.do, pivot: true } }, { rest: { wait: { seconds: 5 } } }, { b: { call: s.do } }]",
    "do: [{ block: { do: [{ a: { call: s.do, compensate: s.undo } }, { pivot: { call: s.do, pivot: true } }, { rest: { wait: { seconds: 9 } } }, { b: { call: k.do } }], timeout: { after: { seconds: 4 } } } }]",
    // Held without a call: what is raised, and what cannot be shaped, after the pivot.
    "do: [{ pivot: { call: s.do, pivot: true } }, { no: { if: '${ $workflow.input.raise }', raise: { error: { type: 'https://x.example/no', status: 409, title: no } } } }, { b: { call: s.do, output: { as: '${ if $workflow.input.odd then error(\"no\") else . end }' }, compensate: s.undo } }]",
    // A long turn.
    "do: [{ many: { for: { in: '${ [range(0; 1500)] }' }, do: [{ one: { set: { n: 1 } } }] } }, { a: { call: s.do, compensate: s.undo } }]",
    // Waits, and exports that meet.
    "do: [{ rest: { wait: { seconds: 90 } } }, { both: { fork: { branches: [{ a: { call: s.do, compensate: s.undo, export: { as: '${ { a: 1 } }' } } }, { b: { call: k.do, compensate: k.undo, export: { as: '${ { b: 1 } }' } } }] } } }, { c: { call: f.do, compensate: f.undo } }]",
    // A race, and a round that is given up.
    "do: [{ race: { fork: { compete: true, branches: [{ a: { call: s.do, compensate: s.undo } }, { b: { call: s.do, compensate: s.undo } }] } } }, { again: { try: [{ c: { call: s.do, compensate: s.undo, retry: { limit: { attempt: { count: 0 } } } } }, { d: { call: k.do, compensate: k.undo, retry: { limit: { attempt: { count: 0 } } } } }], catch: { retry: { limit: { attempt: { count: 2 } }, delay: { seconds: 1 } }, do: [{ e: { call: s.do, compensate: s.undo } }] } } }]",
    // An end that must be told, also where telling fails.
    "do: [{ a: { call: s.do, compensate: s.undo } }, { b: { call: s.do, retry: { limit: { attempt: { count: 0 } } } } }]\nsaga: { onFailure: [{ tell: { call: s.do, retry: { limit: { attempt: { count: 0 } } } } }, { log: { call: s.look } }] }",
    // Held for a person as soon as it fails, so that it is sent anew, skipped and dropped.
    "do: [{ a: { call: s.do, compensate: s.undo, onExhausted: hold, retry: { limit: { attempt: { count: 0 } } } } }, { b: { call: k.do, compensate: k.undo, onExhausted: hold, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }, { c: { call: s.do, onExhausted: hold, retry: { limit: { attempt: { count: 0 } } } } }, { d: { call: s.do, compensate: s.undo } }]",
    // Given up after a short time, caught, and told of late.
    "do: [{ first: { try: [{ a: { call: k.do, compensate: { call: s.undo, with: { was: '${ $forward.outcome }' } }, timeout: { after: { seconds: 2 } } } }], catch: { do: [{ b: { call: s.do, compensate: s.undo, timeout: { after: { seconds: 2 } } } }] } } }, { c: { call: s.do, compensate: r.undo, timeout: { after: { seconds: 2 } } } }]",
    // A pivot that may be undone, one that may not, and an end that both may have.
    "do: [{ a: { call: s.do, compensate: s.undo } }, { guard: { try: [{ pivot: { call: k.do, pivot: true, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }], catch: { do: [{ b: { call: s.do, compensate: s.undo } }] } } }, { c: { call: s.do, compensate: s.undo, retry: { limit: { attempt: { count: 0 } } } } }]",
    // What is late after the pivot waits for a person, whose word may be overtaken by what was done.
    "do: [{ pivot: { call: s.do, pivot: true } }, { both: { fork: { branches: [{ a: { call: s.do, compensate: s.undo, timeout: { after: { seconds: 2 } } } }, { b: { call: k.do, compensate: k.undo, timeout: { after: { seconds: 2 } } } }] } } }, { c: { call: s.do, compensate: s.undo, timeout: { after: { seconds: 2 } } } }]",
    // A pivot that a person may call undone before the news comes that it happened.
    "do: [{ a: { call: s.do, compensate: s.undo } }, { pivot: { call: s.do, pivot: true, timeout: { after: { seconds: 2 } } } }]",
    // Undone at once; and once more, for longer than all the rest takes, where it did happen after all.
    "do: [{ some: { for: { in: '${ [1, 2, 3] }' }, do: [{ first: { try: [{ a: { call: s.do, compensate: { do: [{ long: { if: '${ $forward.outcome == \"succeeded\" }', wait: { seconds: 90 } } }, { back: { call: s.undo } }] }, timeout: { after: { seconds: 2 } } } }], catch: {} } }] } }, { rest: { wait: { seconds: 40 } } }]",
];

/// The place of the one that takes thousands of events.
pub const LONG: u32 = 10;

/// How many fixed ones there are.
pub fn fixed() -> u32 {
    u32::try_from(FIXED.len()).expect("a handful")
}

/// A workflow, and what is kept of it in the records.
#[derive(Clone)]
pub struct Volume {
    pub workflow: Arc<Workflow>,
    /// `namespace/name@version`
    pub key: String,
    pub record: Vec<u8>,
}

type Shelf = Mutex<HashMap<u32, Arc<Volume>>>;

/// The workflow of this number: the fixed ones first, then those that are drawn.
pub fn volume(number: u32) -> Arc<Volume> {
    static SHELF: OnceLock<Shelf> = OnceLock::new();
    let shelf = SHELF.get_or_init(Shelf::default);
    let known = shelf
        .lock()
        .expect("no panic while reading")
        .get(&number)
        .cloned();
    known.unwrap_or_else(|| {
        let volume = Arc::new(read(number));
        let mut shelf = shelf.lock().expect("no panic while reading");
        shelf.entry(number).or_insert(volume).clone()
    })
}

fn read(number: u32) -> Volume {
    let body = match FIXED.get(number as usize) {
        Some(text) => (*text).to_owned(),
        None => generate::workflow(number),
    };
    let source = if body.contains("document:") {
        body
    } else {
        format!(
            "document: {{ dsl: '1.0.3', namespace: sim, name: w{number}, version: '1.0.0' }}\n{body}"
        )
    };
    let (workflow, found) = language::read(&source, catalogue());
    let errors: Vec<_> = found
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .collect();
    assert!(
        errors.is_empty(),
        "workflow {number}:\n{source}\n{errors:#?}"
    );
    let workflow = Arc::new(workflow.expect("without errors there is one"));
    let deployed = json!({ "source": source, "deployedAt": 0 });
    Volume {
        key: format!("{}@{}", workflow.name, workflow.version),
        record: serde_json::to_vec(&deployed).expect("plain data"),
        workflow,
    }
}

/// The examples' services and ours; each at a host of its own name.
pub fn catalogue() -> &'static Arc<Catalogue> {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let text = include_str!("../../../examples/services.yaml");
        let mut all: Catalogue = serde_saphyr::from_str(text).expect("the examples' catalogue");
        let ours: Catalogue = serde_json::from_value(ours()).expect("our catalogue");
        all.services.extend(ours.services);
        for (name, service) in &mut all.services {
            service.url = format!("http://{name}.sim");
        }
        Arc::new(all)
    })
}

/// What a worker makes of the catalogue. It is the same in each life, so its schemas are compiled once.
pub fn services() -> &'static Services {
    static SERVICES: OnceLock<Services> = OnceLock::new();
    SERVICES.get_or_init(|| Services::of(catalogue()).expect("the catalogue's schemas are sound"))
}

fn ours() -> Value {
    let operations = json!({
        "do": { "method": "POST", "path": "/do" },
        "undo": { "method": "POST", "path": "/undo" },
        "undoAll": { "method": "POST", "path": "/undo-all" },
        "look": { "method": "GET", "path": "/look" },
    });
    let service = |name: &str, retries: u32, rejections: &str, at_once: u32| {
        let mut service = json!({
            "url": "http://sim",
            "timeout": "10s",
            "concurrency": at_once,
            "rejections": rejections,
            "retry": { "count": retries, "delay": "1s", "jitter": "200ms" },
            "operations": operations,
        });
        if let Some(auth) = canary::auth(name) {
            service["auth"] = auth;
        }
        (name.to_owned(), service)
    };
    let services = [
        service("s", 1, "open", 64),
        service("k", 1, "open", 2),
        service("f", 1, "final", 64),
        service("p", 0, "open", 64),
        service("r", 3, "open", 1),
    ];
    json!({ "services": serde_json::Map::from_iter(services) })
}
