//! JUnit XML for CI: one suite a workflow, one case for what struck what.

use super::Verified;
use crate::failure::Failure;
use crate::render::verified::{ends, names, struck};
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
        suite.add_test_case(case(
            cause.kind.name().to_owned() + " " + &place,
            &one.file,
            &[told],
        ));
    }
    suite
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
