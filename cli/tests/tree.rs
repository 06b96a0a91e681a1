//! The tree as people see it: a view in, a text out. `UPDATE_EXPECT=1` rewrites the texts.

use baton_cli::follow::Seen;
use baton_cli::render::changes::changes;
use baton_cli::render::{Look, time, tree};
use baton_cli::{command, render};
use baton_engine::saga::Status;
use baton_engine::saga::view::{SagaView, StepStatus};
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn seen(name: &str) -> Seen {
    let path = folder().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).expect("the view is there");
    let raw: Value = serde_json::from_str(&text).expect("JSON");
    let view: SagaView = serde_json::from_value(raw.clone()).expect("a view");
    Seen { view, raw }
}

/// Two seconds after the submission, Unicode, no colours, no edge.
fn look() -> Look {
    Look {
        color: false,
        unicode: true,
        width: None,
        now: time::parse("2026-11-23T04:00:02.000Z").expect("a time"),
        frame: None,
        attempts: false,
        all: false,
    }
}

fn check(name: &str, text: &str) {
    let path = folder().join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, text).expect("written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name}: UPDATE_EXPECT=1 rewrites it");
}

#[test]
fn every_state_has_its_look() {
    for name in ["compensated", "completed", "running", "held", "nested"] {
        check(name, &tree::tree(&seen(name).view, &look()));
    }
}

#[test]
fn a_narrow_terminal_wraps_and_loses_nothing() {
    for (name, width) in [("held", 80), ("nested", 60), ("hostile", 72)] {
        let look = Look {
            width: Some(width),
            ..look()
        };
        let text = tree::tree(&seen(name).view, &look);
        check(&format!("{name}-{width}"), &text);
        for line in text.lines() {
            assert!(render::line::width(line) <= width, "{line}");
        }
    }
}

#[test]
fn without_unicode_our_own_signs_are_ascii() {
    for name in ["compensated", "running", "held", "nested"] {
        let look = Look {
            unicode: false,
            frame: Some(1),
            ..look()
        };
        let text = tree::tree(&seen(name).view, &look);
        assert!(text.is_ascii(), "{text}");
        check(&format!("{name}-ascii"), &text);
    }
}

#[test]
fn colours_change_no_letter() {
    for name in ["compensated", "running", "held", "nested"] {
        let view = seen(name).view;
        let look = Look {
            color: true,
            width: Some(90),
            ..look()
        };
        let colored = tree::tree(&view, &look);
        assert!(colored.contains("\x1b["));
        let bare = anstream::adapter::strip_str(&colored).to_string();
        let look = Look {
            color: false,
            ..look
        };
        let trimmed = |text: &str| {
            let lines = text.lines().map(|line| line.trim_end().to_owned());
            lines.collect::<Vec<_>>()
        };
        assert_eq!(trimmed(&bare), trimmed(&tree::tree(&view, &look)));
    }
}

#[test]
fn show_adds_attempts_and_facts() {
    let look = Look {
        attempts: true,
        width: Some(100),
        ..look()
    };
    let compensated = command::show::page(&seen("compensated"), &look);
    let running = command::show::page(&seen("running"), &look);
    check("show", &format!("{compensated}\n{running}"));
}

/// Where the reason says only where it happened, what happened stands behind it.
#[test]
fn a_held_step_says_what_went_wrong() {
    let mut view = seen("held").view;
    let step = view.steps.last_mut().expect("steps");
    assert_eq!(step.status, StepStatus::Held);
    step.reason = Some("it failed after the pivot `pay`".to_owned());
    let error = step.error.as_mut().expect("an error");
    error.detail = Some("the safe is empty".to_owned());
    let text = tree::tree(&view, &look());
    let told = "held: it failed after the pivot `pay`; rejected 500: the safe is empty\n";
    assert!(text.contains(told), "{text}");
}

/// A saga that goes round 10,000 times: calls of a loop, one refused early, one held in the middle.
fn long() -> SagaView {
    let mut view = seen("completed").view;
    let model = view.steps[0].clone();
    view.status = Status::Suspended;
    view.steps = (0..10_000)
        .map(|round| {
            let mut step = model.clone();
            step.name = format!("book[{round}]");
            step.within = vec!["each".to_owned(), format!("one[{round}]")];
            match round {
                17 => step.status = StepStatus::Rejected,
                4_000 => step.status = StepStatus::Held,
                _ => {}
            }
            step
        })
        .collect();
    view.steps_total = view.steps.len();
    view
}

#[test]
fn of_a_long_saga_is_shown_what_matters() {
    let view = long();
    let text = tree::tree(&view, &look());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() < 300, "{} lines", lines.len());
    let names = ["book[17] ", "book[4000] ", "book[9900] ", "book[9999] "];
    let at = names.map(|name| lines.iter().position(|line| line.contains(name)));
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{at:?}");
    assert!(!text.contains("book[18] "), "{text}");
    let gaps: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split_once("⋮ "))
        .map(|(_, gap)| gap)
        .collect();
    assert_eq!(gaps, ["17 steps", "3982 steps", "5899 steps"], "{text}");
    assert!(text.contains("baton dlq retry"), "{text}");
    let last = "9898 steps not shown: `baton show order-1001 --all` shows all";
    assert!(text.contains(last), "{text}");
}

#[test]
fn all_of_a_long_saga_is_shown_when_asked_for() {
    let look = Look {
        all: true,
        ..look()
    };
    let text = tree::tree(&long(), &look);
    let shown = text.lines().filter(|line| line.contains("✔ book[")).count();
    assert_eq!(shown, 9_998);
    assert!(!text.contains("not shown"), "{}", text.len());
}

#[test]
fn the_undoing_of_a_long_saga_is_shown_in_part() {
    let mut view = long();
    view.status = Status::Compensating;
    let undone = view.steps[5_000..].iter().rev().map(|step| {
        let mut undo = step.clone();
        undo.kind = baton_engine::saga::view::StepKind::Compensation;
        undo.compensates = Some(step.name.clone());
        undo.name = format!("{}:undo", step.name);
        undo.within = Vec::new();
        undo
    });
    let undone: Vec<_> = undone.collect();
    view.steps.extend(undone);
    view.steps_total = view.steps.len();
    let text = tree::tree(&view, &look());
    assert!(text.contains("undoing in reverse\n"), "{text}");
    assert!(text.contains("⋮ 4900 steps\n"), "{text}");
    assert!(text.contains("↶ book[5000] "), "{text}");
    assert!(!text.contains("↶ book[5100] "), "{text}");
}

#[test]
fn a_pipe_gets_the_changes() {
    let after = seen("compensated").view;
    let mut before = after.clone();
    before.status = Status::Running;
    before.steps.truncate(3);
    before.steps[2].status = StepStatus::Running;
    before.steps[2].ended_at = None;
    before.steps[2].error = None;
    let mut text = changes(None, &before, &look()).join("\n");
    text.push_str("\n----\n");
    text.push_str(&changes(Some(&before), &after, &look()).join("\n"));
    text.push_str("\n----\n");
    text.push_str(&changes(Some(&after), &after, &look()).join("\n"));
    check("changes", &text);
}

#[test]
fn the_demo_sums_up() {
    let views = ["completed", "compensated", "held"].map(|name| seen(name).view);
    check("summary", &command::demo::summary(&views, &look()));
}

#[test]
fn dev_says_what_runs() {
    let mut started = command::dev::Started {
        listen: "127.0.0.1:7070".parse().expect("an address"),
        tls: false,
        data: ".baton".into(),
        durability: "fsync",
        services: 3,
        workflows: vec!["shop/order@1.0.0".to_owned()],
        kept: 1,
        unused: vec!["BATON__STORE__URL".to_owned()],
        resumed: 2,
    };
    let full = command::dev::banner(&started, &look());
    started.workflows.clear();
    started.kept = 0;
    started.unused.clear();
    started.resumed = 0;
    let empty = command::dev::banner(&started, &look());
    check("banner", &format!("{full}\n{empty}"));
    for (now, kept, told) in [
        (
            &[][..],
            3,
            "workflows  3 deployed before: `baton workflows` lists them\n",
        ),
        (
            &["a/b@1.0.0"],
            3,
            "workflows  a/b@1.0.0, and 2 deployed before: ",
        ),
    ] {
        started.workflows = now.iter().map(ToString::to_string).collect();
        started.kept = kept;
        let banner = command::dev::banner(&started, &look());
        assert!(banner.contains(told), "{banner}");
    }
}
