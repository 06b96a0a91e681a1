//! Every single fault at every point of the reference sagas in `sagas/`, which have an undoing for all
//! they do: no law breaks, all ends, and nothing is left standing.

mod common;

use baton_engine::explore::{Answers, Counts, Fault, Plan, Run, Shard, Struck};
use baton_engine::language;
use baton_engine::workflow::Workflow;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn read(name: &str) -> Workflow {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sagas");
    let file = folder.join(format!("{name}.yaml"));
    let source = std::fs::read_to_string(&file).expect("a reference saga");
    let (workflow, found) = language::read(&source, &common::catalogue());
    workflow.unwrap_or_else(|| panic!("{name}: {found:#?}"))
}

/// What struck, for people.
fn told(workflow: &Workflow, struck: &[Struck]) -> String {
    let each = struck.iter().map(|struck| {
        let undo = if struck.undo { "undoing of " } else { "" };
        let name = struck.task.map(|task| workflow.task(task).name.to_string());
        let name = name.unwrap_or_default();
        format!("{undo}{name}: {}", struck.fault.words())
    });
    each.collect::<Vec<_>>().join(", then ")
}

fn explore(name: &str, at_once: usize) -> (Counts, BTreeSet<Fault>) {
    let workflow = read(name);
    let answers = Answers::of(&workflow, &common::catalogue(), &BTreeMap::new());
    let input = json!({ "order": 1 });
    let mut kinds = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut on_run = |Run { struck, ending, .. }: Run<'_>| {
        kinds.extend(struck.iter().map(|struck| struck.fault));
        if !ending.is_clean() {
            wrong.push(format!("{}\n  {ending:?}", told(&workflow, struck)));
        }
    };
    let plan = Plan {
        at_once,
        ..Plan::new(&workflow, &answers, &input)
    };
    let explored = plan.explore(&mut on_run);
    let explored = explored.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        explored.undisturbed.is_clean(),
        "{:?}",
        explored.undisturbed
    );
    assert!(
        wrong.is_empty(),
        "{name}: {} runs\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{name}: {:?}", explored.counts);
    (explored.counts, kinds)
}

/// Also of steps that a block's own undoing stands for once the block is done, and of what a handler does,
/// which comes up only when something has struck before.
#[test]
fn every_step_and_every_undoing_is_struck() {
    let workflow = read("nested");
    let answers = Answers::of(&workflow, &common::catalogue(), &BTreeMap::new());
    let (mut done, mut undone) = (BTreeSet::new(), BTreeSet::new());
    let mut on_run = |Run { struck, .. }: Run<'_>| {
        let Some(last) = struck.last() else { return };
        let name = last.task.map(|task| workflow.task(task).name.to_string());
        let found = if last.undo { &mut undone } else { &mut done };
        found.extend(name.filter(|_| Fault::OF_ATTEMPTS.contains(&last.fault)));
    };
    let input = json!({ "order": 1 });
    let plan = Plan::new(&workflow, &answers, &input);
    plan.explore(&mut on_run).expect("explores");
    let calls = [
        "announce",
        "breakfast",
        "flight",
        "insure",
        "protect",
        "room",
        "seat",
        "waive",
    ];
    assert_eq!(done.iter().collect::<Vec<_>>(), calls);
    // The block is undone as a whole once it completed.
    assert!(undone.remove("trip"));
    assert_eq!(undone.iter().collect::<Vec<_>>(), calls);
}

#[test]
fn what_a_handler_leaves_is_found_one_fault_at_a_time() {
    let body = "do: [t: { try: [a: { call: s.do, compensate: s.undo }], catch: { do: [b: { call: s.do }] } }]";
    let found = unclean(body);
    let left = "a: refused, then b: done but never answered: compensated, left [\"b\"]";
    assert!(found.contains(&left.to_owned()), "{found:#?}");
}

/// Every run of a body's single faults that is not clean, as text: what struck, where it stands, what
/// is left.
fn unclean(body: &str) -> Vec<String> {
    let workflow = common::workflow(body);
    let answers = Answers::of(&workflow, &common::catalogue(), &BTreeMap::new());
    let mut found = Vec::new();
    let mut on_run = |Run { struck, ending, .. }: Run<'_>| {
        assert!(ending.trouble.is_none(), "{ending:?}");
        if !ending.is_clean() {
            let left = ending.left().iter().map(|task| &*workflow.task(*task).name);
            let left: Vec<_> = left.collect();
            let (struck, status) = (told(&workflow, struck), ending.status.word());
            found.push(format!("{struck}: {status}, left {left:?}"));
        }
    };
    Plan::new(&workflow, &answers, &json!({}))
        .explore(&mut on_run)
        .expect("it runs");
    found
}

#[test]
fn a_step_without_undoing_is_left_standing() {
    let found = unclean("do: [a: { call: s.do }, b: { call: s.do, compensate: s.undo }]");
    assert!(
        found.contains(&"b: refused: compensated, left [\"a\"]".to_owned()),
        "{found:#?}"
    );
    assert!(found.contains(&"a: done but never answered: faulted, left [\"a\"]".to_owned()));
    assert!(
        !found.iter().any(|run| run.starts_with("a: refused")),
        "{found:#?}"
    );
}

#[test]
fn an_undoing_that_cannot_be_rendered_is_held_for_ever() {
    let body = "do: [a: { call: s.do, compensate: { call: s.put, with: { n: '${ .id }' } } }]";
    let found = unclean(body);
    assert!(
        found.contains(&"a: done but never answered: suspended, left [\"a\"]".to_owned()),
        "{found:#?}"
    );
}

/// It says itself what to undo, and does not know it; what it says beside that, an amount for one, need not name
/// it. One that is given the output as it is leaves it to the key, as services are asked to.
#[test]
fn an_undoing_that_sends_an_output_that_is_not_there_undoes_nothing() {
    let body = |undo: &str| format!("do: [a: {{ call: s.do, compensate: {{ {undo} }} }}]");
    let left = "a: done but never answered: compensated, left [\"a\"]".to_owned();
    for undo in [
        "call: s.undo, with: { n: '${ .id }' }",
        "call: s.undo, with: { n: '${ $forward.output.id }' }",
        "call: s.undo, with: { n: '${ $forward.output.id }', of: '${ $workflow.input.order }' }",
        "call: s.undo, with: { n: '${ .id }', of: '${ $forward.input.order }' }",
        "call: s.undo, input: { from: '${ { n: .id } }' }",
        "do: [ { one: { call: s.undo, with: { n: '${ .id }' } } } ]",
        "do: [ { rest: { wait: { seconds: 1 } } }, { one: { call: s.undo, with: { n: '${ .id }' } } } ]",
        "do: [ { made: { set: { n: '${ .id }' } } }, { one: { call: s.undo, with: { n: '${ .n }' } } } ]",
        "do: [ { known: { switch: [ { no: { when: '${ . == null }', then: end } } ] } }, { one: { call: s.undo, with: { n: '${ .id }' } } } ]",
        // What is called beside it, and says nothing of it, does not undo it.
        "do: [ { one: { call: s.undo, with: { n: '${ .id }' } } }, { tell: { call: s.do, with: { to: stock } } } ]",
        "do: [ { tell: { call: s.do, with: { to: stock } } }, { one: { call: s.undo, with: { n: '${ $forward.output.id }' } } } ]",
        // What is read beside it in one expression is no other value for it.
        "call: s.undo, with: { of: '${ { n: $forward.output.id, order: $workflow.input.order } }' }",
        "call: s.undo, with: { of: '${ \"\\($workflow.input.order)/\\(.id)\" }' }",
    ] {
        let found = unclean(&body(undo));
        assert!(found.contains(&left), "{undo}: {found:#?}");
    }
    for undo in [
        "call: s.undo",
        "call: s.undo, with: { n: '${ .id // $forward.idempotencyKey }' }",
        "call: s.undo, with: { n: '${ .id // $workflow.input.order }' }",
        "call: s.undo, with: { n: '${ .id }', key: '${ $forward.idempotencyKey }' }",
        "call: s.undo, input: { from: '${ $forward.input }' }, with: { n: '${ .order }' }",
        "call: s.undo, input: { from: { n: '${ .id }', order: '${ $forward.input.order }' } }, with: { of: '${ .order }' }",
        "do: [ { one: { call: s.undo, with: { of: '${ $forward.input.order }' } } }, { tell: { call: s.do, with: { n: '${ $forward.output.id }' } } } ]",
        // Asked for first: what follows is given what was answered.
        "do: [ { find: { call: s.look } }, { one: { call: s.undo, with: { n: '${ .id }' } } } ]",
    ] {
        assert_eq!(unclean(&body(undo)), Vec::<String>::new(), "{undo}");
    }
}

/// `b` may never have been done, and then the undoing of `a` says null.
#[test]
fn an_undoing_that_sends_what_a_later_step_gave_is_held_without_it() {
    let body = |with: &str| {
        format!(
            "do: [a: {{ call: s.do, compensate: {{ call: s.undo, with: {{ {with} }} }} }}, b: {{ call: s.do, compensate: s.undo }}]"
        )
    };
    for with in [
        "n: '${ $steps.b.id }'",
        "n: '${ $steps.b.id }', of: '${ $workflow.input.order }'",
    ] {
        let found = unclean(&body(with));
        let held = found.contains(&"b: refused: suspended, left [\"a\"]".to_owned());
        assert!(held, "{with}: {found:#?}");
    }
    for with in [
        "n: '${ $steps.b.id // $forward.input.order }'",
        "n: '${ $steps.b.id }', key: '${ $forward.idempotencyKey }'",
    ] {
        assert_eq!(unclean(&body(with)), Vec::<String>::new(), "{with}");
    }
}

/// What is said is said when the undoing begins, whatever comes before it is called.
#[test]
fn an_undoing_that_was_made_without_it_stays_so() {
    let body = "do: [both: { fork: { branches: [ { t: { try: [ a: { call: s.do, compensate: { call: s.undo, with: { n: '${ $steps.b.id }' } } } ], catch: { do: [ c: { set: { x: 1 } } ] } } }, { two: { do: [ b0: { call: s.do, compensate: s.undo }, b: { call: s.do, compensate: s.undo } ] } } ] } }]";
    let found = unclean(body);
    let left = found
        .iter()
        .any(|run| run.starts_with("a: done but never answered") && run.ends_with("left [\"a\"]"));
    assert!(left, "{found:#?}");
}

/// The same of what it exported; what was there before is there.
#[test]
fn an_undoing_that_sends_what_a_later_step_exported_is_held_without_it() {
    let body = |name: &str| {
        format!(
            "do: [i: {{ set: {{ x: 1 }}, export: {{ as: '${{ {{ old: 1 }} }}' }} }}, a: {{ call: s.do, compensate: {{ call: s.undo, with: {{ n: '${{ $context.{name} }}' }} }} }}, b: {{ call: s.do, compensate: s.undo, export: {{ as: '${{ $context + {{ new: 2 }} }}' }} }}]"
        )
    };
    let found = unclean(&body("new"));
    let held = "b: refused: suspended, left [\"a\"]".to_owned();
    assert!(found.contains(&held), "{found:#?}");
    assert_eq!(unclean(&body("old")), Vec::<String>::new());
}

#[test]
fn what_a_handler_replaced_is_left_standing() {
    let body = "do: [t: { try: [a: { call: s.do }], catch: { do: [b: { call: s.do, compensate: s.undo }] } }]";
    let found = unclean(body);
    let left = "a: done but never answered: completed, left [\"a\"]";
    assert!(found.contains(&left.to_owned()), "{found:#?}");
}

fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sagas");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the reference sagas")
        .map(|entry| entry.expect("a file").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    assert!(names.len() >= 12, "{names:?}");
    names
}

#[test]
fn every_single_fault() {
    let mut kinds = BTreeSet::new();
    for name in names() {
        let (counts, met) = explore(&name, 1);
        assert!(counts.faults > 10, "{name}: {counts:?}");
        kinds.extend(met);
    }
    let all = Fault::OF_ATTEMPTS.into_iter().chain(Fault::AT_ANY_TIME);
    let missed: Vec<Fault> = all.filter(|fault| !kinds.contains(fault)).collect();
    assert!(missed.is_empty(), "never struck: {missed:?}");
}

/// Some seconds in the dev profile. The release build strikes three times in one run in less.
#[test]
fn every_pair_of_faults() {
    for name in names() {
        let (single, _) = explore(&name, 1);
        let (pairs, _) = explore(&name, 2);
        assert!(pairs.faults > 5 * single.faults, "{name}: {pairs:?}");
    }
}

/// Shards are what they say: together they strike all that the whole does, at the first level once.
#[test]
fn shards_make_up_the_whole() {
    let workflow = read("linear-three");
    let answers = Answers::of(&workflow, &common::catalogue(), &BTreeMap::new());
    let input = json!({ "order": 1 });
    let struck = |shard: Shard| {
        let mut struck = BTreeSet::new();
        let mut on_run = |run: Run<'_>| {
            struck.insert(run.struck.to_vec());
        };
        let plan = Plan {
            shard,
            ..Plan::new(&workflow, &answers, &input)
        };
        plan.explore(&mut on_run).expect("it runs");
        struck
    };
    let parts = (0..3).map(|part| struck(Shard { part, of: 3 }));
    let together: BTreeSet<_> = parts.flatten().collect();
    assert_eq!(together, struck(Shard::WHOLE));
}
