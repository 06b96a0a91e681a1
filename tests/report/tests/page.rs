//! The report in docs/ says what its sums say, and nothing a person wrote into it.

use baton_report::{Sums, page, root};
use std::fs;

#[test]
fn the_page_is_what_the_sums_make() {
    let docs = root().join("docs");
    let sums = Sums::read(&docs.join("reliability.jsonl")).expect("sums");
    let found = fs::read_to_string(docs.join("reliability-found.md")).expect("found");
    let there = fs::read_to_string(docs.join("reliability.md")).expect("page");
    assert!(
        page(&sums, &found) == there,
        "docs/reliability.md differs from its sums: make reliability-report"
    );
}
