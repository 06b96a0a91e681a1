//! I18: nothing is believed that no service said.

use super::{Law, Violation, broken};
use crate::evidence::{Attempt, Evidence, Saga, Step};
use baton_ledger::record::{Line, Verdict};

pub(super) const LAW: Law = Law {
    id: "I18",
    says: "an attempt is shown with an answer only if a call of it, or for a success of an earlier one, got it",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let sagas = evidence.sagas.values();
    sagas.flat_map(of_saga).collect()
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let mut found = Vec::new();
    for step in saga.steps.iter().filter(|step| step.service) {
        for attempt in step.attempts.iter().filter(|attempt| answered(attempt)) {
            let mut calls = saga.lines.iter().map(|(_, line)| line);
            if !calls.any(|line| is_of(line, step, attempt) && tells(line, attempt)) {
                let (name, number, status) = (&step.name, attempt.number, &attempt.status);
                let http = attempt
                    .http
                    .map_or(String::new(), |http| format!(" ({http})"));
                let what =
                    format!("attempt {number} of {name} is {status}{http}, which nobody said");
                found.push(broken(&LAW, &saga.id, what, saga.told(None)));
            }
        }
    }
    found
}

/// Where nobody listened, or nothing was heard in time, no answer is shown.
fn answered(attempt: &Attempt) -> bool {
    attempt.http.is_some() || attempt.status == "succeeded"
}

/// Whether this call may have brought the answer: the attempt's own, or an earlier one whose success was
/// heard late, which counts whenever it comes.
fn is_of(line: &Line, step: &Step, attempt: &Attempt) -> bool {
    let number = u64::from(line.attempt);
    let late = attempt.status == "succeeded" && number < attempt.number;
    line.step == step.name && (number == attempt.number || late)
}

/// Whether this answer is what the attempt is shown with. What a liar says is not told by its line.
fn tells(line: &Line, attempt: &Attempt) -> bool {
    let lied = line.said.parse::<u64>().is_err();
    let undone = line.undo && matches!(line.verdict, Verdict::Absent | Verdict::Refused);
    let status = attempt
        .http
        .is_none_or(|http| lied || line.said == http.to_string());
    match &*attempt.status {
        "succeeded" => status && (line.verdict == Verdict::Ok || undone),
        _ => status,
    }
}
