//! What a saga of a workload is to do: its workflow, its calls, and how it ends.
//!
//! Every call carries the saga's id, the number of the step, and the answer of the step before it, and
//! is answered with a text that follows from id and number: so the service sees each call's place, and
//! whether data was passed on, without remembering anything but counts.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

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
    /// When its timer is due, or how long it waits.
    pub due: Option<Due>,
}

/// The end of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// All sagas at one moment.
    At(Instant),
    /// Each so long after it began.
    After(Duration),
}

/// Makes the body of a call about 200 bytes long.
pub const BALLAST: usize = 137;

impl Shape {
    fn new(name: &str, workflow: &'static str, steps: usize) -> Self {
        let document =
            format!("{{ dsl: '1.0.3', namespace: bench, name: {name}, version: '1.0.0' }}");
        Self {
            source: format!("document: {document}\ndo:\n"),
            workflow,
            steps,
            undone: 0,
            refused: false,
            status: "completed",
            ballast: BALLAST,
            chained: true,
            due: None,
        }
    }

    fn line(&mut self, line: &str) {
        self.source.push_str(line);
        self.source.push('\n');
    }

    /// Five steps, one after the other, each fed by the answer of the one before.
    pub fn five() -> Self {
        let mut shape = Self::new("five", "bench/five", 5);
        for n in 1..=5 {
            shape.line(&format!("- s{n}: {{ call: s.step, {} }}", with(n)));
        }
        shape
    }

    /// The same with so many KiB in every call.
    pub fn heavy(kib: usize) -> Self {
        Self {
            ballast: kib * 1024,
            ..Self::five()
        }
    }

    /// Five steps of which the last is refused, and the four before are undone.
    pub fn refused() -> Self {
        let mut shape = Self::new("refused", "bench/refused", 5);
        for n in 1..=5 {
            let operation = if n == 5 { "refuse" } else { "step" };
            let undo = format!(
                "compensate: {{ call: s.undo, with: {{ saga: '${{ $workflow.input.saga }}', n: {n}, \
                 from: '${{ $forward.output.answer }}', text: '${{ $workflow.input.text }}' }} }}"
            );
            shape.line(&format!(
                "- s{n}: {{ call: s.{operation}, {}, {undo} }}",
                with(n)
            ));
        }
        Self {
            undone: 4,
            refused: true,
            status: "compensated",
            ..shape
        }
    }

    /// So many rounds of one step.
    pub fn turns(rounds: usize) -> Self {
        let mut shape = Self::new("turns", "bench/turns", rounds);
        shape.line("- turns:");
        shape.line("    for: { each: i, in: '${ $workflow.input.turns }' }");
        let with = with(0).replace("n: 0", "n: '${ $i }'");
        shape.line(&format!("    do:\n    - s: {{ call: s.step, {with} }}"));
        shape
    }

    /// So many branches of one step each.
    pub fn fork(branches: usize) -> Self {
        let mut shape = Self::new(&format!("fork{branches}"), "", branches);
        shape.workflow = match branches {
            2 => "bench/fork2",
            16 => "bench/fork16",
            _ => "bench/fork128",
        };
        shape.line("- all:\n    fork:\n      branches:");
        for n in 1..=branches {
            shape.line(&format!("      - s{n}: {{ call: s.step, {} }}", with(n)));
        }
        Self {
            chained: false,
            ..shape
        }
    }

    /// A wait, and then a step.
    pub fn waiting(due: Due) -> Self {
        let mut shape = Self::new("waiting", "bench/waiting", 1);
        shape.line("- rest: { wait: '${ .pause }' }");
        let with = with(1).replace("${ .answer }", "${ $workflow.input.answer }");
        shape.line(&format!("- s1: {{ call: s.step, {with} }}"));
        Self {
            due: Some(due),
            ..shape
        }
    }

    /// Calls of one saga, compensations included.
    pub fn calls(&self) -> usize {
        self.steps + self.undone
    }

    /// The input of a saga.
    pub fn input(&self, saga: &str) -> Value {
        let ballast = "x".repeat(self.ballast);
        let mut input = json!({ "saga": saga, "answer": answer(saga, 0), "text": ballast });
        if self.refused {
            input["refused"] = true.into();
        }
        if self.workflow == "bench/turns" {
            input["turns"] = (1..=self.steps).collect();
        }
        let pause = self.due.map(|due| match due {
            Due::At(at) => at.saturating_duration_since(Instant::now()),
            Due::After(pause) => pause,
        });
        if let Some(pause) = pause {
            let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX).max(1);
            input["pause"] = json!({ "milliseconds": ms });
        }
        input
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_about_200_bytes_long() {
        let (saga, text) = (id("full", 12_345), "x".repeat(BALLAST));
        let call = json!({ "saga": saga, "n": 1, "from": answer(&saga, 0), "text": text });
        let length = call.to_string().len();
        assert!((195..=205).contains(&length), "{length}");
    }
}
