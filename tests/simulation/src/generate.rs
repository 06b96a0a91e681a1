//! Draws workflows: every kind of task, nested, with and without compensations.

use crate::dice::Dice;

/// Another generator makes other runs of the same seeds, which are kept with it: it goes up with every change
/// of what is drawn, here, in the library or in the plan.
pub const VERSION: u32 = 4;

/// Calls that one workflow may have, so that a seed stays small.
const CALLS: u32 = 6;

struct Writer {
    dice: Dice,
    names: u32,
    calls: u32,
}

/// The text of workflow `number`: its root keys after `document`.
pub fn workflow(number: u32) -> String {
    let mut writer = Writer {
        dice: Dice::new(0x776f_726b_0000_0000 | u64::from(number)),
        names: 0,
        calls: 0,
    };
    writer.root()
}

impl Writer {
    fn root(&mut self) -> String {
        let mut tasks: Vec<String> = Vec::new();
        for _ in 0..self.dice.between(1, 4) {
            tasks.push(self.task(0));
        }
        if self.dice.chance(350) {
            let undo = if self.dice.chance(400) {
                ", compensate: s.undo"
            } else {
                ""
            };
            let service = self.dice.pick(&["s", "k", "f"]);
            let pivot = format!("{{ pivot: {{ call: {service}.do, pivot: true{undo} }} }}");
            let at = self.dice.index(tasks.len() + 1);
            tasks.insert(at, pivot);
        }
        let timeout = if self.dice.chance(150) {
            let seconds = self.dice.pick(&[5, 20, 400]);
            format!("timeout: {{ after: {{ seconds: {seconds} }} }}\n")
        } else {
            String::new()
        };
        let tasks = tasks.join(", ");
        format!("{timeout}do: [{tasks}]\nsaga: {{ {} }}", self.rules())
    }

    fn rules(&mut self) -> String {
        let on_failure = self.dice.pick(&[
            "",
            "",
            "",
            "onFailure: [{ tell: { call: s.do } }], ",
            "onFailure: [{ both: { fork: { branches: [{ tell: { call: k.do } }, { log: { call: r.do } }] } } }], ",
            "onFailure: [{ tell: { set: { what: '${ $error.title }' } } }, { rest: { wait: { seconds: 1 } } }], ",
        ]);
        let on_error = self.dice.pick(&["hold", "hold", "continue"]);
        let retry = self.dice.pick(&[
            "",
            ", retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } }",
        ]);
        format!("{on_failure}compensation: {{ onError: {on_error}{retry} }}")
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    fn list(&mut self, depth: u32, most: u64) -> String {
        let many = self.dice.between(1, most);
        let tasks: Vec<String> = (0..many).map(|_| self.task(depth + 1)).collect();
        format!("[{}]", tasks.join(", "))
    }

    fn task(&mut self, depth: u32) -> String {
        let name = self.name();
        let leaf = depth >= 3 || self.calls >= CALLS || self.dice.chance(550);
        let body = if leaf { self.leaf() } else { self.block(depth) };
        format!("{{ {name}: {body} }}")
    }

    fn leaf(&mut self) -> String {
        match self.dice.below(20) {
            0 => format!("{{ wait: {{ seconds: {} }} }}", self.dice.pick(&[1, 5, 60])),
            1 => "{ if: '${ $workflow.input.raise }', raise: { error: { type: 'https://x.example/no', status: 409, title: no } } }".to_owned(),
            2 => "{ set: { n: '${ 1 + 1 }' }, export: { as: '${ ($context // {}) + { n: .n } }' } }".to_owned(),
            3 => "{ call: s.look }".to_owned(),
            _ => self.call(),
        }
    }

    fn call(&mut self) -> String {
        self.calls += 1;
        let service = self
            .dice
            .pick(&["s", "s", "s", "k", "k", "f", "f", "r", "r", "p"]);
        let undo = match self.dice.below(12) {
            0 | 1 => String::new(),
            2 => {
                let (a, b) = (self.name(), self.name());
                format!(
                    ", compensate: {{ do: [{{ {a}: {{ call: {service}.undo }} }}, {{ {b}: {{ call: s.look }} }}] }}"
                )
            }
            3 => format!(
                ", compensate: {{ call: {service}.undo, with: {{ key: '${{ $forward.idempotencyKey }}', out: '${{ $forward.output }}', was: '${{ $forward.outcome }}' }} }}"
            ),
            4 => format!(
                ", compensate: {{ call: {service}.undo, input: {{ from: '${{ if $workflow.input.odd then error(\"no\") else . end }}' }} }}"
            ),
            _ => format!(", compensate: {service}.undo"),
        };
        let odd = if self.dice.chance(60) {
            ", output: { as: '${ if $workflow.input.odd then error(\"no\") else . end }' }"
        } else {
            ""
        };
        let timed = if self.dice.chance(220) {
            ", timeout: { after: { seconds: 4 } }"
        } else {
            ""
        };
        let retry = match self.dice.below(8) {
            0 => ", retry: { limit: { attempt: { count: 0 } } }",
            1 => {
                ", retry: { limit: { attempt: { count: 2 } }, delay: { seconds: 1 }, backoff: { constant: {} } }"
            }
            2 => {
                ", retry: { limit: { attempt: { count: 4 }, duration: { seconds: 30 } }, delay: { milliseconds: 500 } }"
            }
            _ => "",
        };
        let held = if self.dice.chance(200) {
            ", onExhausted: hold"
        } else {
            ""
        };
        format!("{{ call: {service}.do, with: {{ n: 1 }}{undo}{odd}{timed}{retry}{held} }}")
    }

    fn block(&mut self, depth: u32) -> String {
        match self.dice.below(7) {
            0 => {
                let list = self.list(depth, 2);
                format!("{{ do: {list} }}")
            }
            1 => {
                let list = self.list(depth, 2);
                let timed = self
                    .dice
                    .pick(&["", ", timeout: { after: { seconds: 6 } }"]);
                format!("{{ do: {list}, compensate: s.undoAll{timed} }}")
            }
            2 | 3 => {
                let compete = self.dice.chance(350);
                let branches: Vec<String> = (0..self.dice.between(2, 3))
                    .map(|_| self.task(depth + 1))
                    .collect();
                format!(
                    "{{ fork: {{ compete: {compete}, branches: [{}] }} }}",
                    branches.join(", ")
                )
            }
            4 => {
                let list = self.list(depth, 1);
                format!("{{ for: {{ in: '${{ [1, 2] }}' }}, do: {list} }}")
            }
            _ => self.guarded(depth),
        }
    }

    fn guarded(&mut self, depth: u32) -> String {
        let retry = match self.dice.below(3) {
            0 => "retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } }, ",
            _ => "",
        };
        let block = self.list(depth, 2);
        let handler = if self.dice.chance(600) {
            let list = self.list(depth, 1);
            format!("do: {list}")
        } else {
            String::new()
        };
        let block = format!("{{ try: {block}, catch: {{ {retry}{handler} }} }}");
        block.replace("catch: {  }", "catch: {}")
    }
}
