//! `baton verify`: what it finds in the examples, how it looks, and what programs get.
//! `UPDATE_EXPECT=1` rewrites the texts.

use baton_adapters::config::catalogue_of;
use baton_cli::command::verify::{Asked, Verified, json, junit};
use baton_cli::render::{Look, verified};
use baton_engine::language;
use baton_shared::Timestamp;
use baton_shared::catalogue::Catalogue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

fn root() -> PathBuf {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR"));
    cli.parent().expect("the workspace").to_owned()
}

fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).expect("a file of ours")
}

fn catalogue() -> Catalogue {
    catalogue_of("services.yaml", &text("examples/services.yaml")).expect("a catalogue")
}

fn verify_text(file: &str, source: &str, pairs: bool, accept: &[String]) -> Verified {
    let catalogue = catalogue();
    let (workflow, found) = language::read(source, &catalogue);
    let workflow = workflow.unwrap_or_else(|| panic!("{file}: {found:#?}"));
    let asked = Asked {
        catalogue: &catalogue,
        answers: &BTreeMap::new(),
        input: None,
        pairs,
        accept,
    };
    let verified = asked.verify(file, workflow, &mut |_| {});
    let mut verified = verified.expect("it can be verified");
    verified.took = Duration::ZERO;
    verified
}

fn verify(name: &str, accept: &[&str]) -> Verified {
    let file = format!("examples/{name}.yaml");
    let accept: Vec<String> = accept.iter().map(ToString::to_string).collect();
    verify_text(&file, &text(&file), false, &accept)
}

fn look(width: Option<usize>, unicode: bool) -> Look {
    Look {
        color: false,
        unicode,
        width,
        now: Timestamp(0),
        frame: None,
        attempts: false,
        all: false,
    }
}

fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, text).expect("written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name}: UPDATE_EXPECT=1 rewrites it");
}

#[test]
fn holes_have_their_look() {
    let found = verify("order-holes", &[]);
    check("verify.txt", &verified::text(&found, &look(None, true)));
    check(
        "verify-80.txt",
        &verified::text(&found, &look(Some(80), true)),
    );
    check(
        "verify-120.txt",
        &verified::text(&found, &look(Some(120), true)),
    );
    check(
        "verify-ascii.txt",
        &verified::text(&found, &look(Some(80), false)),
    );
    let clean = verify("order-pivot", &[]);
    check(
        "verify-clean.txt",
        &verified::text(&clean, &look(Some(100), true)),
    );
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [60, 80, 120] {
        let text = verified::text(&verify("order-holes", &[]), &look(Some(width), true));
        // Places are not broken: a person copies them.
        let long = text.lines().filter(|line| line.chars().count() > width);
        let long: Vec<&str> = long.filter(|line| !line.contains(".yaml")).collect();
        assert!(long.is_empty(), "{width}: {long:#?}");
    }
}

/// What examples/README.md says of them.
#[test]
fn every_example_is_clean_or_accounted_for() {
    let accepted: [(&str, &[&str]); 4] = [
        ("hello", &["greet"]),
        ("order", &["confirm"]),
        ("order-parallel", &["confirm"]),
        ("order-pivot", &[]),
    ];
    for (name, accept) in accepted {
        assert!(verify(name, accept).is_clean(), "{name} but for {accept:?}");
        assert_eq!(verify(name, &[]).is_clean(), accept.is_empty(), "{name}");
    }
    let mut known: Vec<String> = accepted.map(|(name, _)| format!("{name}.yaml")).into();
    known.extend(["order-holes.yaml", "services.yaml"].map(str::to_owned));
    known.sort();
    let entries = std::fs::read_dir(root().join("examples")).expect("the examples");
    let names = entries.map(|entry| entry.expect("a file").file_name());
    let mut names: Vec<String> = names.filter_map(|name| name.into_string().ok()).collect();
    names.retain(|name| name.ends_with(".yaml"));
    names.sort();
    assert_eq!(names, known, "a new example says here what it leaves");
}

#[test]
fn programs_get_stable_names() {
    let mut found = json::of(&verify("order-holes", &[]));
    let runs = found["runs"].as_array().expect("runs").len();
    assert!(runs > 50, "{runs}");
    found["runs"] = found["runs"][0].take();
    check("verify.json", &format!("{found:#}\n"));
}

#[test]
fn ci_gets_junit() {
    let found = junit::text(&[verify("order-holes", &[]), verify("order-pivot", &[])]);
    let found = found.expect("it can be written");
    assert!(found.starts_with("<?xml"), "{found}");
    let holes = "<testcase name=\"no-compensation examples/order-holes.yaml:18\" \
                 classname=\"examples/order-holes.yaml\">";
    assert!(found.contains(holes), "{found}");
    assert!(
        found.contains("<testsuite name=\"shop/order-pivot@1.0.0\" "),
        "{found}"
    );
    let clean = found
        .split("shop/order-pivot")
        .nth(1)
        .expect("the second suite");
    assert!(!clean.contains("<failure"), "{clean}");
}

/// What is only doubtful is named there too, and fails nothing.
#[test]
fn doubts_are_skipped_cases_and_what_strikes_the_saga_has_a_name() {
    let source = body(
        "  - pay: { call: payments.capture, pivot: true }\n  - tell: { call: notifications.send, with: { to: a, template: b }, retry: { limit: { attempt: { count: 0 } } } }\n  - rest: { wait: { seconds: 1 } }\n",
    );
    let found =
        junit::text(&[verify_text("w.yaml", &source, false, &[])]).expect("it can be written");
    assert!(
        found.contains("<testcase name=\"not-retried w.yaml:4\""),
        "{found}"
    );
    assert!(
        found.contains("<skipped message=\"w.yaml:4: `tell` comes after the pivot"),
        "{found}"
    );
    assert!(!found.contains("<failure"), "{found}");
    assert!(!found.contains("name=\": "), "{found}");
}

fn body(tasks: &str) -> String {
    format!("document: {{ dsl: '1.0.3', namespace: n, name: n, version: '1.0.0' }}\ndo:\n{tasks}")
}

fn codes(source: &str, pairs: bool) -> Vec<(String, u64)> {
    let found = json::of(&verify_text("w.yaml", source, pairs, &[]));
    let list = found["findings"].as_array().expect("findings").iter();
    list.map(|found| {
        let code = found["code"].as_str().expect("a code").to_owned();
        (code, found["line"].as_u64().expect("a line"))
    })
    .collect()
}

#[test]
fn each_cause_is_named_at_its_line() {
    let reserve = "  - reserve: { call: inventory.reserve, with: { orderId: a }, ";
    let undo = "compensate: { call: inventory.release, with: { orderId: a } } }\n";
    let cases = [
        // An undoing that calls nothing.
        (format!("{reserve}compensate: {{ set: {{ a: 1 }} }} }}\n"), "undoes-nothing", 3),
        // An undoing that names what to undo by an output that may not be there.
        (
            format!("{reserve}compensate: {{ call: http, with: {{ method: delete, endpoint: 'http://h', query: {{ id: '${{ .id }}' }} }} }} }}\n"),
            "reads-output",
            3,
        ),
        // The same beside what is known and does not name it.
        (
            format!("{reserve}compensate: {{ call: http, with: {{ method: delete, endpoint: 'http://h', query: {{ id: '${{ .id }}', of: '${{ $workflow.input.order }}' }} }} }} }}\n"),
            "reads-output",
            3,
        ),
        // Only the block is undone, and it may not complete.
        (
            format!("  - block:\n      do:\n        - one: {{ call: inventory.reserve, with: {{ orderId: a }} }}\n        - two: {{ call: inventory.reserve, with: {{ orderId: a }} }}\n      {}", undo.replace(" }\n", "\n")),
            "block-only",
            5,
        ),
        // A step after the pivot that one passing fault holds.
        (
            "  - pay: { call: payments.capture, pivot: true }\n  - tell: { call: notifications.send, with: { to: a, template: b }, retry: { limit: { attempt: { count: 0 } } } }\n".to_owned(),
            "not-retried",
            4,
        ),
        // An undoing that reads what is undone before it, or was never done.
        (
            format!("{reserve}compensate: {{ call: inventory.release, with: {{ key: '${{ $forward.idempotencyKey }}', shipment: '${{ $context.shipment }}' }} }} }}\n  - book: {{ call: shipping.book, export: {{ as: '${{ {{ shipment: .shipmentId }} }}' }}, {undo}"),
            "reads-undone",
            3,
        ),
        (
            format!("{reserve}compensate: {{ call: inventory.release, with: {{ key: '${{ $forward.idempotencyKey }}', shipment: '${{ $steps.book.shipmentId }}' }} }} }}\n  - book: {{ call: shipping.book, {undo}"),
            "reads-undone",
            3,
        ),
        (
            format!("{reserve}compensate: {{ call: inventory.release, with: {{ shipment: '${{ $steps.book.shipmentId }}' }} }} }}\n  - book: {{ call: shipping.book, {undo}"),
            "reads-missing",
            3,
        ),
    ];
    for (tasks, code, line) in cases {
        let found = codes(&body(&tasks), false);
        assert!(
            found.contains(&(code.to_owned(), line)),
            "{code}: {found:?}\n{tasks}"
        );
    }
    // A loop that asks for ever.
    let source = body(
        "  - ask: { call: fraud.score }\n  - again: { switch: [ { more: { when: '${ true }', then: ask } } ] }\n",
    );
    assert_eq!(codes(&source, false)[0].0, "endless");
}

/// A handler forgets what an undoing goes by: only what it caught and a way back together show it.
#[test]
fn two_in_one_run_are_told_where_they_leave_more() {
    let reserve = "call: inventory.reserve, with: { orderId: a }";
    let release = "compensate: { call: inventory.release, with: { orderId: a } }";
    let recall = r#"compensate: { call: http, with: { method: delete, endpoint: '${ "http://h/" + ($context.id | ascii_downcase) }' } }"#;
    let source = body(&format!(
        "  - first: {{ set: {{ id: s-1 }}, export: {{ as: '${{ {{ id: .id }} }}' }} }}
  - t:
      try: [ {{ a: {{ {reserve}, {release} }} }} ]
      catch: {{ do: [ {{ forget: {{ set: {{ id: null }}, export: {{ as: '${{ {{}} }}' }} }} }} ] }}
  - c: {{ {reserve}, {recall} }}
  - b: {{ {reserve}, {release} }}
"
    ));
    let single = verify_text("w.yaml", &source, false, &[]);
    assert!(single.is_clean(), "{:#?}", single.report.findings);
    let paired = verify_text("w.yaml", &source, true, &[]);
    assert!(!paired.is_clean());
    let told = verified::text(&paired, &look(Some(120), true));
    let left = "a: refused, then b: refused → held for ever, left standing: c";
    assert!(told.contains(left), "{told}");
    let runs = json::of(&paired)["pairRuns"].as_array().map(Vec::len);
    assert_eq!(runs, Some(paired.report.pairs.len()));
    let document = junit::text(&[paired]).expect("it can be written");
    assert!(document.contains("a: refused, then b: refused"));
}

/// The block's own undoing takes over once it completed: with all single faults it is clean.
#[test]
fn pairs_find_what_singles_do_not() {
    let source = text("examples/order-pivot.yaml");
    let found = verify_text("examples/order-pivot.yaml", &source, true, &[]);
    let pairs = found.report.paired.expect("they were asked for");
    assert!(pairs.faults > 10 * found.report.counts.faults, "{pairs:?}");
    assert!(found.is_clean(), "{:#?}", found.report.findings);
}

fn baton(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baton"))
        .args(words)
        .current_dir(root())
        .env_remove("BATON_API")
        .output()
        .expect("it runs")
}

fn exit(words: &[&str]) -> (Option<i32>, String) {
    let output = baton(words);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), told)
}

#[test]
fn exit_codes_tell_clean_from_holes_from_wrong_calls() {
    let services = ["--services", "examples/services.yaml"];
    let call = |words: &[&str]| exit(&[&["verify"], words, &services].concat());
    assert_eq!(call(&["examples/order-pivot.yaml"]).0, Some(0));
    assert_eq!(
        call(&["examples/order.yaml", "--accept", "confirm"]).0,
        Some(0)
    );
    assert_eq!(
        call(&["examples/order-pivot.yaml", "examples/order.yaml"]).0,
        Some(1)
    );
    assert_eq!(call(&["examples/none.yaml"]).0, Some(2));
    let (code, told) = call(&["examples/order.yaml", "--accept", "confrim"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("did you mean `confirm`?"), "{told}");
    let (code, told) = exit(&["verify", "examples/order.yaml"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("--services FILE"), "{told}");
    let (code, told) = call(&["examples/order.yaml", "--input", "{}"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("the input of `shop/order`"), "{told}");
}

#[test]
fn answers_and_input_can_be_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("answers.yaml");
    std::fs::write(&file, "fraud.score: { score: 95 }\n").expect("written");
    let junit = folder.path().join("junit.xml");
    let words = [
        "verify",
        "examples/order-parallel.yaml",
        "--services",
        "examples/services.yaml",
        "--answers",
        file.to_str().expect("a path"),
        "--junit",
        junit.to_str().expect("a path"),
        "--json",
    ];
    let output = baton(&words);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let one = &found["workflows"][0];
    // The risk is too high, so it goes back and never confirms: nothing is left.
    assert_eq!(one["undisturbed"]["ends"], "compensated", "{one:#}");
    assert_eq!(one["unreached"], json!(["confirm"]), "{one:#}");
    assert_eq!(output.status.code(), Some(0));
    assert!(
        std::fs::read_to_string(junit)
            .expect("written")
            .contains("<testsuites")
    );
}
