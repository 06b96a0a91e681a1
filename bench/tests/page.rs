//! The page on speed says what was measured, and nothing else.

use baton_bench::report::{FIGURES, Sheet, page};
use std::fs;

fn doc(name: &str) -> String {
    let path = baton_report::root().join("docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_page_is_made_of_notes_and_figures() {
    let sheet: Sheet = serde_json::from_str(&doc("performance.json")).expect("figures");
    sheet.fit_to_be_told().expect("only what may be told");
    let notes = doc("performance-notes.md");
    assert!(
        notes.contains(FIGURES),
        "the notes have a place for the tables"
    );
    let (told, made) = (doc("performance.md"), page(&notes, &sheet));
    // The whole of both would be thousands of characters of tables.
    let apart = told
        .lines()
        .zip(made.lines())
        .find(|(told, made)| told != made);
    assert!(
        told == made,
        "make bench-report BENCH_ARGS=--docs makes it again; the first line that differs, as it is and as made: {apart:#?}"
    );
}
