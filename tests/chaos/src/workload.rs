//! What is submitted: a few shapes of workflows, each on every service of the plan.
//!
//! The order of the steps is written down here a second time, for the judge: it must not learn from
//! Baton what Baton should have done.

use baton_ledger::manner::Manner;

/// A workflow, and what must hold of its steps.
#[derive(Debug)]
pub struct Shape {
    pub name: &'static str,
    source: &'static str,
    pub steps: &'static [Step],
}

/// A step of a shape.
#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    /// The steps whose success it waits for.
    pub after: &'static [&'static str],
    /// How long it rests after those, in milliseconds.
    pub rest_ms: u64,
    pub undo: bool,
}

const fn step(name: &'static str, after: &'static [&'static str]) -> Step {
    Step {
        name,
        after,
        rest_ms: 0,
        undo: true,
    }
}

const fn sure(name: &'static str, after: &'static [&'static str]) -> Step {
    Step {
        undo: false,
        ..step(name, after)
    }
}

/// All shapes.
pub const SHAPES: [Shape; 5] = [
    Shape {
        name: "five",
        source: include_str!("../workflows/five.yaml"),
        steps: &[
            step("a", &[]),
            step("b", &["a"]),
            step("c", &["b"]),
            step("d", &["c"]),
            step("e", &["d"]),
        ],
    },
    Shape {
        name: "pivot",
        source: include_str!("../workflows/pivot.yaml"),
        steps: &[
            step("a", &[]),
            step("b", &["a"]),
            sure("p", &["b"]),
            sure("c", &["p"]),
            sure("d", &["c"]),
        ],
    },
    Shape {
        name: "fork",
        source: include_str!("../workflows/fork.yaml"),
        steps: &[
            step("a", &[]),
            step("b", &["a"]),
            step("c", &["a"]),
            step("d", &["b", "c"]),
        ],
    },
    Shape {
        name: "rest",
        source: include_str!("../workflows/rest.yaml"),
        steps: &[
            step("a", &[]),
            Step {
                rest_ms: 1500,
                ..step("b", &["a"])
            },
            step("c", &["b"]),
        ],
    },
    Shape {
        name: "try",
        source: include_str!("../workflows/try.yaml"),
        steps: &[
            step("a", &[]),
            step("b", &["a"]),
            step("c", &["b"]),
            step("h", &["a"]),
            step("d", &["a"]),
        ],
    },
];

/// Retries after the first attempt that the catalogue grants, forward and back.
pub const RETRIES: u32 = 4;
pub const UNDO_RETRIES: u32 = 8;
/// The wait before each retry, in milliseconds.
pub const DELAY_MS: u64 = 150;

impl Shape {
    pub fn named(name: &str) -> Option<&'static Self> {
        SHAPES.iter().find(|shape| shape.name == name)
    }

    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Its name on this service: `chaos/five-final`.
    pub fn workflow(&self, service: Manner) -> String {
        format!("chaos/{}-{}", self.name, service.word())
    }

    /// Its source on this service. With `timed` every step is given up after so many seconds: where
    /// jobs are lost for good, a saga would otherwise wait five minutes for each.
    pub fn source(&self, service: Manner, timed: Option<u32>) -> String {
        let service = service.word();
        let timeout = timed.map_or(String::new(), |seconds| {
            format!(", timeout: {{ after: {{ seconds: {seconds} }} }}")
        });
        let with = "with: { saga: '${ $workflow.id }', note: '${ $workflow.input.note }' }";
        let undo = format!(
            "compensate: {{ call: {service}.undo, with: {{ undoes: '${{ $forward.idempotencyKey }}' }}{timeout} }}"
        );
        let patient = "retry: { delay: { milliseconds: 150 }, limit: { attempt: { count: 4 } } }";
        self.source
            .replace(
                "@call@",
                &format!("{{ call: {service}.do, {with}, {undo}{timeout} }}"),
            )
            .replace(
                "@pivot@",
                &format!("{{ call: {service}.do, {with}, pivot: true{timeout} }}"),
            )
            .replace(
                "@sure@",
                &format!("{{ call: {service}.sure, {with}, {patient}{timeout} }}"),
            )
            .replace("@service@", service)
    }
}

/// The shape and the service of `chaos/five-final`.
pub fn of_workflow(workflow: &str) -> Option<(&'static Shape, Manner)> {
    let (shape, service) = workflow.strip_prefix("chaos/")?.split_once('-')?;
    Some((Shape::named(shape)?, Manner::named(service)?))
}

/// The catalogue of these services at `base`, each judged by what it promises.
pub fn catalogue(base: &str, services: &[Manner], concurrency: Option<usize>) -> String {
    let mut text = "services:\n".to_owned();
    for service in services {
        let (word, timeout) = (service.word(), timeout_ms(*service));
        let rejections = match service {
            Manner::Final => "    rejections: final\n",
            _ => "",
        };
        let concurrency = concurrency.map_or(String::new(), |n| format!("    concurrency: {n}\n"));
        text += &format!(
            "  {word}:\n    url: {base}/{word}\n    timeout: {timeout}ms\n    auth: {{ bearer: {{ token: {{ secret: chaos-token }} }} }}\n{rejections}{concurrency}    operations:\n"
        );
        for operation in ["do", "sure", "undo"] {
            let count = if operation == "undo" {
                UNDO_RETRIES
            } else {
                RETRIES
            };
            text += &format!(
                "      {operation}:\n        method: POST\n        path: /{operation}\n        \
                 retry: {{ count: {count}, delay: {DELAY_MS}ms, backoff: constant, jitter: 50ms }}\n        \
                 output: {{ type: object, required: [receipt], properties: {{ receipt: {{ type: string }} }} }}\n"
            );
        }
    }
    text
}

/// How long a call may take.
pub fn timeout_ms(service: Manner) -> u64 {
    if service.lie().is_some() { 700 } else { 1500 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_names_its_shape_and_service() {
        let (shape, service) = of_workflow("chaos/five-applied-500").expect("known");
        assert_eq!((shape.name, service.word()), ("five", "applied-500"));
        assert_eq!(shape.workflow(service), "chaos/five-applied-500");
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        for shape in &SHAPES {
            for timed in [None, Some(8)] {
                let source = shape.source(Manner::Final, timed);
                assert!(!source.contains('@'), "{source}");
            }
        }
    }
}
