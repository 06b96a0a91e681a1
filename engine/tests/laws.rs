//! Laws: random workflows in an adversarial world, judged after every single transition.
//!
//! ```text
//!   workflow ─┐
//!             ├─ walk: deliver a job · answer · lose · repeat · late · tick · crash · person
//!   seed ─────┘        after each: V1, V5..V13, V15      when nothing is left: V2, V3, V14
//! ```
//!
//! The services keep tombstones, so that at the end no effect may stand that should not (V2 in its
//! strict form). `BATON_WALKS=100000 cargo test --release -p baton-engine --test laws` walks more.

mod common;
mod world;

use baton_engine::saga::view::SagaView;
use baton_engine::saga::{Recorded, Saga};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use world::{Faults, Walk};

/// What undoes a call. Its last call is what the services take for the undoing.
#[derive(Clone, Copy, Debug)]
enum Undo {
    Plain,
    /// It looks, waits and calls, each perhaps left out.
    Several,
    Loop,
    /// A person must say that it may go on.
    Stuck,
}

/// A task list as YAML flow text; `next` numbers the tasks, so that names are unique.
#[derive(Clone, Debug)]
enum Shape {
    Call {
        service: &'static str,
        undo: Option<Undo>,
        /// Its output may have no shape; it has a timeout of its own.
        odd: bool,
        timed: bool,
    },
    Wait,
    Seq(Vec<Self>),
    Composite(Vec<Self>),
    Fork(Vec<Self>, bool),
    Loop(Vec<Self>),
    Try {
        block: Vec<Self>,
        handler: Vec<Self>,
        rounds: u32,
    },
    Raise,
}

fn undo() -> impl Strategy<Value = Undo> {
    prop_oneof![
        6 => Just(Undo::Plain),
        2 => Just(Undo::Several),
        2 => Just(Undo::Loop),
        1 => Just(Undo::Stuck),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let services = prop_oneof![4 => Just("s"), 1 => Just("f"), 2 => Just("r")];
    let leaf = prop_oneof![
        8 => (services, prop::option::weighted(0.85, undo()), prop::bool::weighted(0.08), prop::bool::weighted(0.1))
            .prop_map(|(service, undo, odd, timed)| Shape::Call { service, undo, odd, timed }),
        1 => Just(Shape::Wait),
        1 => Just(Shape::Raise),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            list().prop_map(Shape::Seq),
            list().prop_map(Shape::Composite),
            (prop::collection::vec(inner.clone(), 2..4), any::<bool>())
                .prop_map(|(branches, compete)| Shape::Fork(branches, compete)),
            list().prop_map(Shape::Loop),
            (list(), prop::collection::vec(inner.clone(), 0..2), 0..2_u32).prop_map(
                |(block, handler, rounds)| Shape::Try {
                    block,
                    handler,
                    rounds
                }
            ),
        ]
    })
}

/// A whole workflow: a list, perhaps with a pivot at one place of the main line.
#[derive(Clone, Debug)]
struct Plan {
    tasks: Vec<Shape>,
    pivot: Option<(usize, bool)>,
    on_failure: bool,
    goes_on: bool,
    timeout: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        prop::collection::vec(shape(), 1..5),
        prop::option::weighted(0.4, (0..5_usize, any::<bool>())),
        prop::bool::weighted(0.2),
        any::<bool>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(tasks, pivot, on_failure, goes_on, timeout)| Plan {
            tasks,
            pivot,
            on_failure,
            goes_on,
            timeout,
        })
}

const ODD: &str = ", output: { as: '${ if $workflow.input.raise then error(\"no\") else . end }' }";
const TIMED: &str = ", timeout: { after: { seconds: 4 } }";

struct Writer {
    next: u32,
}

impl Writer {
    fn list(&mut self, shapes: &[Shape]) -> String {
        let tasks: Vec<String> = shapes.iter().map(|shape| self.task(shape)).collect();
        format!("[{}]", tasks.join(", "))
    }

    fn name(&mut self) -> String {
        self.next += 1;
        format!("t{}", self.next)
    }

    fn task(&mut self, shape: &Shape) -> String {
        let name = self.name();
        let body = match shape {
            Shape::Call { service, undo, odd, timed } => {
                let undo = undo.map(|undo| self.undo(service, undo)).unwrap_or_default();
                let odd = if *odd { ODD } else { "" };
                let timed = if *timed { TIMED } else { "" };
                format!("{{ call: {service}.do{undo}{odd}{timed} }}")
            }
            Shape::Wait => "{ wait: { seconds: 5 } }".to_owned(),
            Shape::Raise => {
                "{ if: '${ $workflow.input.raise }', raise: { error: { type: 'https://x.example/no', status: 409, title: no } } }"
                    .to_owned()
            }
            Shape::Seq(inner) => format!("{{ do: {} }}", self.list(inner)),
            Shape::Composite(inner) => {
                let timed = if inner.len() > 1 { TIMED } else { "" };
                format!("{{ do: {}, compensate: s.undo{timed} }}", self.list(inner))
            }
            Shape::Fork(branches, compete) => {
                format!("{{ fork: {{ compete: {compete}, branches: {} }} }}", self.list(branches))
            }
            Shape::Loop(inner) => {
                format!("{{ for: {{ in: '${{ [1, 2] }}' }}, do: {} }}", self.list(inner))
            }
            Shape::Try { block, handler, rounds } => self.guarded(block, handler, *rounds),
        };
        format!("{{ {name}: {body} }}")
    }

    fn undo(&mut self, service: &str, undo: Undo) -> String {
        let call = format!("call: {service}.undo");
        let (one, two, three) = (self.name(), self.name(), self.name());
        let task = match undo {
            Undo::Plain => format!("{service}.undo"),
            Undo::Several => format!(
                "{{ do: [{{ {one}: {{ wait: {{ seconds: 3 }} }} }}, {{ {two}: {{ switch: [{{ gone: {{ when: '${{ .gone }}', then: end }} }}] }} }}, {{ {three}: {{ {call} }} }}] }}"
            ),
            Undo::Loop => format!(
                "{{ for: {{ in: '${{ [1, 2] }}' }}, do: [{{ {one}: {{ {call} }} }}, {{ {two}: {{ if: '${{ $workflow.input.raise }}', wait: {{ seconds: 2 }} }} }}] }}"
            ),
            Undo::Stuck => format!(
                "{{ do: [{{ {one}: {{ if: '${{ $workflow.input.raise }}', raise: {{ error: {{ type: 'https://x.example/stuck', status: 409, title: stuck }} }} }} }}, {{ {two}: {{ {call} }} }}] }}"
            ),
        };
        format!(", compensate: {task}")
    }

    fn guarded(&mut self, block: &[Shape], handler: &[Shape], rounds: u32) -> String {
        let retry = if rounds == 0 {
            String::new()
        } else {
            format!(
                "retry: {{ limit: {{ attempt: {{ count: {rounds} }} }}, delay: {{ seconds: 1 }} }}, "
            )
        };
        let (block, handler) = (self.list(block), self.list(handler));
        let handler = if handler == "[]" {
            String::new()
        } else {
            format!("do: {handler}")
        };
        format!("{{ try: {block}, catch: {{ {retry}{handler} }} }}")
    }

    fn plan(&mut self, plan: &Plan) -> String {
        let mut tasks: Vec<String> = plan.tasks.iter().map(|shape| self.task(shape)).collect();
        if let Some((at, undo)) = plan.pivot {
            let undo = if undo { ", compensate: s.undo" } else { "" };
            let pivot = format!("{{ pivot: {{ call: s.do, pivot: true{undo} }} }}");
            tasks.insert(at.min(tasks.len()), pivot);
        }
        let on_failure = if plan.on_failure {
            "onFailure: [{ both: { fork: { branches: [{ tell: { call: s.do } }, { log: { call: r.do } }] } } }], "
        } else {
            ""
        };
        let on_error = if plan.goes_on { "continue" } else { "hold" };
        let timeout = if plan.timeout {
            "timeout: { after: { seconds: 20 } }\n"
        } else {
            ""
        };
        format!(
            "{timeout}do: [{}]\nsaga: {{ {on_failure}compensation: {{ onError: {on_error} }} }}",
            tasks.join(", ")
        )
    }
}

fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn walks() -> u32 {
    std::env::var("BATON_WALKS")
        .ok()
        .and_then(|walks| walks.parse().ok())
        .unwrap_or(1_500)
}

fn check(faults: Faults) {
    let strategy = (plan(), any::<u64>(), any::<bool>());
    let outcome = runner(walks()).run(&strategy, |(plan, seed, raise)| {
        let text = Writer { next: 0 }.plan(&plan);
        let workflow = common::workflow(&text);
        let mut walk = Walk::new(&workflow, seed, faults, raise);
        walk.run().map_err(|fault| {
            TestCaseError::fail(format!("{fault}\nseed {seed}\n{text}\n{}", walk.told()))
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Nothing goes wrong but what services answer.
#[test]
fn answers_alone() {
    check(Faults {
        answers: 25,
        lost: 0,
        people: 0,
        crash: 0,
    });
}

/// Copies, losses, late effects and crashes.
#[test]
fn a_hostile_network() {
    check(Faults {
        answers: 15,
        lost: 25,
        people: 0,
        crash: 10,
    });
}

/// Cancels, pauses, and every way to settle a dead letter.
#[test]
fn people() {
    check(Faults {
        answers: 25,
        lost: 5,
        people: 12,
        crash: 2,
    });
}

#[test]
fn all_at_once() {
    check(Faults {
        answers: 20,
        lost: 20,
        people: 8,
        crash: 8,
    });
}

/// V15: `apply` is total. Whatever is lost, doubled or out of order in a journal, it folds, and the
/// fold can be read.
#[test]
fn any_journal_folds() {
    let faults = Faults {
        answers: 20,
        lost: 20,
        people: 10,
        crash: 0,
    };
    let strategy = (plan(), any::<u64>(), any::<bool>(), any::<u64>());
    let outcome = runner(walks() / 5).run(&strategy, |(plan, seed, raise, spoil)| {
        let text = Writer { next: 0 }.plan(&plan);
        let workflow = common::workflow(&text);
        let mut walk = Walk::new(&workflow, seed, faults, raise);
        walk.run().map_err(TestCaseError::fail)?;
        let mut dice = spoil | 1;
        for _ in 0..5 {
            let journal = spoiled(walk.journal(), &mut dice);
            let id: baton_shared::SagaId = "s1".parse().expect("id");
            let saga = Saga::replay(id.clone(), &journal).expect("it begins with a submission");
            let _read = (
                saga.status(),
                saga.row(),
                saga.wake_at(),
                saga.outstanding(),
            );
            let view = SagaView::of(&id, &journal).expect("it begins with a submission");
            prop_assert_eq!(view.status, saga.status());
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// The same events with some lost, doubled or swapped; the first stays.
fn spoiled(journal: &[Recorded], dice: &mut u64) -> Vec<Recorded> {
    let mut roll = |sides: usize| {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        usize::try_from(*dice >> 33).unwrap_or(0) % sides.max(1)
    };
    let mut spoiled = journal.to_vec();
    for _ in 0..=journal.len() / 3 {
        let (at, to) = (1 + roll(spoiled.len() - 1), 1 + roll(spoiled.len() - 1));
        match roll(3) {
            _ if spoiled.len() < 3 => {}
            0 => drop(spoiled.remove(at)),
            1 => spoiled.swap(at, to),
            _ => spoiled.insert(to, spoiled[at].clone()),
        }
    }
    spoiled
}
