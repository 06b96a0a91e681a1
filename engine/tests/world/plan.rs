//! Random workflows: their shapes, and how they are written.

use proptest::prelude::*;

/// What undoes a call. Its last call is what the services take for the undoing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Undo {
    Plain,
    /// It looks, waits and calls, each perhaps left out.
    Several,
    Loop,
    /// A person must say that it may go on.
    Stuck,
}

/// A task list as YAML flow text; `next` numbers the tasks, so that names are unique.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
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
pub(crate) struct Plan {
    tasks: Vec<Shape>,
    pivot: Option<(usize, bool)>,
    on_failure: bool,
    goes_on: bool,
    timeout: bool,
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
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

pub(crate) struct Writer {
    pub(crate) next: u32,
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

    /// The call says what it was told.
    fn undo(&mut self, service: &str, undo: Undo) -> String {
        let with = "{ was: '${ $forward.outcome }', got: '${ $forward.output }' }";
        let call = format!("call: {service}.undo, with: {with}");
        let (one, two, three) = (self.name(), self.name(), self.name());
        let task = match undo {
            Undo::Plain => format!("{{ {call} }}"),
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

    pub(crate) fn plan(&mut self, plan: &Plan) -> String {
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
