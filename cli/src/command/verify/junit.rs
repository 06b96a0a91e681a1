//! JUnit XML for CI: one suite a workflow, one case for what struck what.

use super::Verified;
use crate::failure::Failure;
use crate::render::verified::{ends, names, struck};
use baton_engine::explore::Cause;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

/// The document, with a failure for each case that can leave an effect standing.
pub fn text(all: &[Verified]) -> Result<String, Failure> {
    let mut document = Report::new("baton verify");
    for one in all {
        document.add_test_suite(suite(one));
    }
    document
        .to_string()
        .map_err(|error| Failure::System(format!("cannot make JUnit XML: {error}")))
}

fn suite(one: &Verified) -> TestSuite {
    let workflow = &one.workflow;
    let mut suite = TestSuite::new(format!("{}@{}", workflow.name, workflow.version));
    suite.set_time(one.took);
    // One case for all runs that struck alike; it fails when one of them does.
    let mut cases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in one.report.rows.iter().chain(&one.report.pairs) {
        let wrong = cases.entry(struck(workflow, &row.struck)).or_default();
        if !row.ending.is_clean_but(&one.accepted) {
            let left = names(workflow, row.ending.left());
            wrong.push(format!("{}; left standing: {left}", ends(&row.ending)));
        }
    }
    for (name, wrong) in cases {
        suite.add_test_case(case(name, &one.file, &wrong));
    }
    for found in one.report.holes(&one.accepted) {
        let cause = &found.cause;
        let place = format!("{}:{}", one.file, cause.line);
        let told = format!("{place}: {}", cause.message);
        suite.add_test_case(case(named(cause, &place), &one.file, &[told]));
    }
    let doubts = one.report.findings.iter();
    for found in doubts.filter(|found| !found.cause.kind.is_hole()) {
        suite.add_test_case(doubt(&found.cause, &one.file));
    }
    suite
}

fn named(cause: &Cause, place: &str) -> String {
    format!("{} {place}", cause.kind.name())
}

/// Worth a look, and no failure: JUnit's word for that is skipped.
fn doubt(cause: &Cause, file: &str) -> TestCase {
    let place = format!("{file}:{}", cause.line);
    let mut status = TestCaseStatus::skipped();
    status.set_message(format!("{place}: {}", cause.message));
    let mut case = TestCase::new(named(cause, &place), status);
    case.set_classname(file);
    case
}

fn case(name: String, file: &str, wrong: &[String]) -> TestCase {
    if wrong.is_empty() {
        let mut case = TestCase::new(name, TestCaseStatus::success());
        case.set_classname(file);
        return case;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(wrong.join("\n"));
    let mut case = TestCase::new(name, status);
    case.set_classname(file);
    case
}
