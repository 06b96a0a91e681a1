//! What a saga of a workload is to do: its workflow, its calls, and how it ends.
//!
//! Every call carries the saga's id, the number of the step, and the answer of the step before it, and
//! is answered with a text that follows from id and number: so the service sees each call's place, and
//! whether data was passed on, without remembering anything but counts.

use serde_json::{Value, json};
use std::fmt::Write as _;

/// What all sagas of a run have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The workflow, as YAML.
    pub source: String,
    /// `namespace/name`
    pub workflow: &'static str,
    /// Steps that are called, and how many of them are undone, the last first.
    pub steps: usize,
    pub undone: usize,
    /// Whether the last step is refused, for good.
    pub refused: bool,
    /// How it ends.
    pub status: &'static str,
    /// Bytes of ballast in every call.
    pub ballast: usize,
    /// Whether a call says what the one before was answered.
    pub chained: bool,
}

/// Makes a call about 200 bytes long.
pub const BALLAST: usize = 100;

impl Shape {
    /// Five steps, one after the other, each fed by the answer of the one before.
    pub fn five() -> Self {
        let mut source = head("five");
        for n in 1..=5 {
            writeln!(source, "- s{n}: {{ call: s.step, {} }}", with(n)).expect("text");
        }
        Self {
            source,
            workflow: "bench/five",
            steps: 5,
            undone: 0,
            refused: false,
            status: "completed",
            ballast: BALLAST,
            chained: true,
        }
    }

    /// Calls of one saga, compensations included.
    pub fn calls(&self) -> usize {
        self.steps + self.undone
    }

    /// The input of a saga.
    pub fn input(&self, saga: &str) -> Value {
        json!({ "saga": saga, "answer": answer(saga, 0), "text": "x".repeat(self.ballast) })
    }
}

fn head(name: &str) -> String {
    format!("document: {{ dsl: '1.0.3', namespace: bench, name: {name}, version: '1.0.0' }}\ndo:\n")
}

/// What a step sends: `.` is the answer of the step before, or the input.
fn with(n: usize) -> String {
    format!(
        "with: {{ saga: '${{ $workflow.input.saga }}', n: {n}, from: '${{ .answer }}', \
         text: '${{ $workflow.input.text }}' }}"
    )
}

/// What the service answers to this step of this saga: sixteen hexadecimal digits (FNV-1a).
pub fn answer(saga: &str, n: usize) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in saga.bytes().chain(n.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// The id of a saga: the run's name and its number.
pub fn id(run: &str, number: usize) -> String {
    format!("{run}-{number}")
}

/// The run's name and the number again.
pub fn parts(id: &str) -> Option<(&str, usize)> {
    let (run, number) = id.rsplit_once('-')?;
    Some((run, number.parse().ok()?))
}
