//! Durations, as settings and catalogues write them, and as the language does.

use super::{Target, none, text};
use baton_engine::language::read;
use baton_engine::workflow::{Kind, Time};
use baton_shared::catalogue::Catalogue;
use baton_shared::duration::{parse, show};
use std::time::Duration;

pub(super) const TARGET: Target = Target {
    name: "duration",
    run,
    seeds: none,
    words: &[
        "ms",
        "s",
        "m",
        "h",
        "d",
        "P",
        "T",
        "PT",
        "S",
        "D",
        "W",
        "Y",
        "M",
        ".",
        "-",
        "days: ",
        "seconds: ",
        "{",
        "}",
    ],
};

/// No due time is further away than this.
const CENTURY: Duration = Duration::from_secs(100 * 366 * 86_400);

fn run(bytes: &[u8]) {
    let text = text(bytes);
    match parse(&text) {
        Ok(duration) => {
            assert_eq!(parse(&show(duration)), Ok(duration), "{text}");
            assert!(show(duration).len() <= text.len().max(3) + 1, "{text}");
        }
        Err(why) => assert!(why.contains("is no duration"), "{why}"),
    }
    in_a_workflow(&text);
}

/// As a `wait`, in quotes and without.
fn in_a_workflow(text: &str) {
    if text.contains(['\n', '\r']) {
        return;
    }
    let quoted = format!("'{}'", text.replace('\'', "''"));
    for written in [text, &quoted] {
        let source = format!(
            "document: {{ dsl: '1.0.3', namespace: x, name: y, version: '1.0.0' }}\n\
             do:\n  - a:\n      wait: {written}\n"
        );
        let (workflow, faults) = read(&source, &Catalogue::default());
        assert_eq!(workflow.is_none(), !faults.is_empty(), "{faults:?}");
        for task in workflow.iter().flat_map(|workflow| &workflow.tasks) {
            if let Kind::Wait(Time::Fixed(wait)) = &task.kind {
                assert!(*wait <= CENTURY, "{text}: {wait:?}");
            }
        }
    }
}
