//! Workflow YAML: it is read or it is refused with faults that have a place inside the file; and what
//! is read runs. A saga of it is started and moved on by answers that follow from the text, and every
//! state on the way is the fold of its journal.

use super::{Target, text};
use crate::luck::Luck;
use baton_engine::language::{Diagnostic, Severity, read, render};
use baton_engine::saga::event::{decode, encode};
use baton_engine::saga::view::SagaView;
use baton_engine::saga::{Effect, Input, Recorded, Saga, Submission, decide, start};
use baton_engine::workflow::Workflow;
use baton_shared::catalogue::Catalogue;
use baton_shared::id::stable_hash;
use baton_shared::{Job, Outcome, Problem, Timestamp, Verdict};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

pub(super) const TARGET: Target = Target {
    name: "workflow",
    run,
    seeds,
    words: &[
        "document:",
        "dsl: '1.0.3'",
        "do:",
        "call: ",
        "set: ",
        "for: ",
        "fork: ",
        "try: ",
        "catch: ",
        "raise: ",
        "switch: ",
        "wait: ",
        "if: ",
        "then: ",
        "with: ",
        "compensate: ",
        "retry: ",
        "pivot: true",
        "saga: ",
        "onFailure:",
        "use: ",
        "input: ",
        "output: ",
        "schema: ",
        "export: ",
        "timeout: ",
        "branches:",
        "compete: true",
        "each: ",
        "in: ",
        "while: ",
        "when: ",
        "&a ",
        "*a",
        "<<: ",
        "!!binary ",
        "? ",
        "- ",
        ": ",
        "|\n",
        ">\n",
        "'",
        "\"",
        "{",
        "}",
        "[",
        "]",
        "${ . }",
        "$steps.",
        "$forward.",
        "$error",
        "\n  ",
        "\n      ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
    ],
};

/// How far a saga is followed.
const TURNS: usize = 40;
/// Beyond so many events a round of a loop is like the one before.
const EVENTS: usize = 2_000;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let post = |path: &str| json!({ "method": "POST", "path": path });
    let operations = json!({
        "do": post("/do"), "undo": post("/undo"), "at": post("/at/{id}"),
        "look": { "method": "GET", "path": "/look" },
    });
    let service = json!({ "url": "http://127.0.0.1:1", "operations": operations });
    serde_json::from_value(json!({ "services": { "a": service } })).expect("a catalogue")
});

fn seeds() -> Vec<Vec<u8>> {
    let head = "document: { dsl: '1.0.3', namespace: x, name: y, version: '1.0.0' }\n";
    let set = |value: &str| format!("{head}do:\n  - a: {{ set: {{ b: {value} }} }}\n").into_bytes();
    let steps = |count: usize| {
        let step = |n: usize| format!("  - s{n}: {{ call: a.do }}\n");
        format!("{head}do:\n{}", (0..count).map(step).collect::<String>()).into_bytes()
    };
    let aliases = (1..20).map(|n| format!("l{n}: &l{n} [{}]\n", format!("*l{},", n - 1).repeat(9)));
    vec![
        set(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))),
        set(&format!("{}1{}", "{a: ".repeat(10_000), "}".repeat(10_000))),
        set(&format!("'${{ {}1 }}'", "[".repeat(10_000))),
        steps(1_900),
        format!(
            "{head}do:\n  - a: {{ set: {{ n: '${{ . }}', m: '${{ . }}' }}, then: b }}\n  \
             - b: {{ set: {{ n: '${{ . }}' }}, then: a }}\n"
        )
        .into_bytes(),
        steps(20_000),
        format!("l0: &l0 x\n{}{head}", aliases.collect::<String>()).into_bytes(),
        format!("{head}do: [ {}: {{ set: {{}} }} ]", "n".repeat(1 << 17)).into_bytes(),
        b"- ".repeat(100_000),
        b"? ".repeat(50_000),
        b"a: ".repeat(50_000),
        [0xff; 300_000].to_vec(),
    ]
}

fn run(bytes: &[u8]) {
    let text = text(bytes);
    let (workflow, faults) = read(&text, &CATALOGUE);
    let refused = faults.iter().any(|fault| fault.severity == Severity::Error);
    assert_eq!(workflow.is_none(), refused, "{faults:?}");
    faults.iter().for_each(|fault| placed(fault, &text));
    let shown = render(&faults, &text, "f.yaml", true);
    assert_eq!(shown.is_empty(), faults.is_empty());
    assert_eq!(read(&text, &CATALOGUE).1, faults, "the same each time");
    if let Some(workflow) = workflow {
        assert_eq!(workflow.source, text);
        follow(&workflow, &mut Luck::new(stable_hash(bytes)));
    }
}

/// Inside the file, or just behind its end or that of a line.
fn placed(fault: &Diagnostic, text: &str) {
    assert!(
        !fault.message.is_empty() && fault.message.len() < 4_000,
        "{fault:?}"
    );
    assert!(
        fault.line >= 1 && fault.column >= 1 && fault.length >= 1,
        "{fault:?}"
    );
    // What YAML takes for the end of a line is more than what Rust does.
    let breaks = text
        .matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
        .count();
    assert!(fault.line <= breaks + 2, "{fault:?} in {breaks} lines");
    let longest = text
        .split(['\n', '\r'])
        .map(|line| line.chars().count())
        .max();
    assert!(fault.column <= longest.unwrap_or(0) + 2, "{fault:?}");
}

/// Runs a saga of it for a while.
fn follow(workflow: &Workflow, luck: &mut Luck) {
    let submission = Submission {
        id: "a".parse().expect("an id"),
        input: json!({ "n": 2, "list": [1, 2], "text": "x", "id": "i" }),
        traceparent: None,
    };
    let mut now = Timestamp(1_800_000_000_000);
    let Ok((mut saga, first)) = start(workflow, submission, now) else {
        return;
    };
    let mut journal = first.events;
    let mut out = first.effects;
    for _ in 0..TURNS {
        if journal.len() > EVENTS {
            break;
        }
        let before = saga.clone();
        let input = next(&mut saga, &mut out, &mut now, luck);
        match decide(workflow, &mut saga, input, now) {
            Ok(decision) => {
                journal.extend(decision.events);
                out.extend(decision.effects);
            }
            Err(refusal) => {
                assert!(!refusal.message.is_empty());
                assert_eq!(saga, before, "a refusal changes nothing");
            }
        }
    }
    is_its_journal(&saga, &journal);
}

fn next(saga: &mut Saga, out: &mut Vec<Effect>, now: &mut Timestamp, luck: &mut Luck) -> Input {
    let reason = || Some("because".to_owned());
    match (luck.below(12), out.is_empty()) {
        (0, _) => Input::Cancel { reason: reason() },
        (1, _) => Input::Pause,
        (2, _) => Input::Resume,
        (_, false) => {
            let Effect::Dispatch(job) = out.swap_remove(luck.below(out.len()));
            Input::Outcome(Box::new(outcome(*job, *now, luck)))
        }
        _ => {
            *now = saga
                .wake_at()
                .unwrap_or(now.after(Duration::from_secs(1)))
                .max(*now);
            Input::Tick
        }
    }
}

fn outcome(job: Job, now: Timestamp, luck: &mut Luck) -> Outcome {
    let problem = Problem::standard("communication", 409, "no");
    let outputs = [
        Value::Null,
        json!({ "id": "1", "list": [1.5, -0.0] }),
        json!(["x"]),
        json!(1e308),
    ];
    let verdict = match luck.below(6) {
        0 => Verdict::Unknown { problem },
        1 => Verdict::Rejected {
            retryable: luck.below(2) == 0,
            retry_after_ms: Some(luck.number()),
            problem,
        },
        _ => Verdict::Succeeded {
            output: outputs[luck.below(outputs.len())].clone(),
        },
    };
    Outcome {
        job: job.id,
        verdict,
        status: None,
        redelivered: luck.below(4) == 0,
        started_at: now,
        ended_at: now,
    }
}

/// Also when the journal was written and read again.
fn is_its_journal(saga: &Saga, journal: &[Recorded]) {
    let kept = decode(&encode(journal)).expect("our own journal can be read");
    assert_eq!(kept, journal, "the journal is as it was written");
    assert_eq!(Saga::replay(saga.id().clone(), &kept).as_ref(), Some(saga));
    let view = SagaView::of(saga.id(), &kept).expect("it began");
    serde_json::to_string(&view).expect("plain data");
    let _letters = view.dead_letters();
}
