//! That the benchmark's bare program writes as many bytes as Baton does: its sizes, held against those of
//! a saga of workload W1 that the real driver and worker run.

use crate::batch::{self, Kind};
use crate::tally::{Item, Tally};
use crate::way::Way;
use baton_bench::{shape, sizes};
use baton_engine::store::Row;
use baton_shared::Timestamp;

/// Of a size, in hundredths, how far the other may be from it.
const DRIFT: usize = 3;

/// One saga of W1, with an id as long as most have there.
fn run() -> Tally {
    let five = Kind {
        workflow: shape::Shape::five().source,
        id: |number| shape::id("full", 12_345 + number),
        input: |saga| shape::Shape::five().input(saga),
    };
    batch::of(&five, Way::Alone, 1)
}

fn near(what: &str, stated: usize, found: usize) {
    let apart = stated.abs_diff(found);
    let fine = apart * 100 <= found * DRIFT;
    assert!(
        fine,
        "{what}: {stated} is stated in bench/src/sizes.rs, {found} found"
    );
}

#[test]
fn a_job_and_an_outcome_are_as_long_as_stated() {
    let tally = run();
    let bodies = tally.each(Item::MessageBytes);
    let properties = tally.each(Item::PropertyBytes);
    let all: Vec<usize> = bodies
        .iter()
        .zip(properties)
        .map(|(body, beside)| body + beside)
        .collect();
    assert_eq!(
        all.len(),
        2 * batch::STEPS,
        "a job and an outcome for each step"
    );
    for step in all.chunks(2) {
        near("a job", sizes::JOB, step[0]);
        near("an outcome", sizes::OUTCOME, step[1]);
    }
}

#[test]
fn a_transition_is_as_long_as_stated() {
    let events = run().each(Item::JournalBytes);
    let [first, between @ .., last] = &*events else {
        panic!("{events:?}");
    };
    assert_eq!(between.len() + 1, batch::STEPS);
    near("the first transition", sizes::STARTED, *first);
    for events in between {
        near("a transition between two steps", sizes::BETWEEN, *events);
    }
    near("the last transition", sizes::ENDED, *last);
}

#[test]
fn a_result_is_as_long_as_stated() {
    for result in run().each(Item::RecordBytes) {
        near("a result", sizes::RESULT, result);
    }
}

#[test]
fn a_row_is_as_long_as_stated() {
    let row = Row {
        workflow: shape::Shape::five().workflow.to_owned(),
        version: "1.0.0".to_owned(),
        status: "running".to_owned(),
        created_at: Timestamp(1_800_000_000_000),
        updated_at: Timestamp(1_800_000_000_000),
        held: 0,
    };
    let json = serde_json::to_string(&row).expect("plain data");
    near("a row", sizes::ROW, json.len());
}
