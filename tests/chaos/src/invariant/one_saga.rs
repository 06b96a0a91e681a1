//! I4: one id, one saga, one input.

use super::{Law, Violation, broken};
use crate::client::{Came, Kind};
use crate::evidence::Evidence;
use std::collections::BTreeMap;

pub(super) const LAW: Law = Law {
    id: "I4",
    says: "the same id is the same saga, and another input is a conflict",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut created: BTreeMap<&str, u32> = BTreeMap::new();
    let mut found = Vec::new();
    for op in &evidence.log {
        match (op.kind, op.came) {
            (Kind::Submit, Came::Ok) => {
                let (status, id) = op.note.split_once(' ').unwrap_or((&op.note, ""));
                if id != op.saga {
                    let what = format!("it was submitted, and {id} was started");
                    found.push(broken(&LAW, &op.saga, what, Vec::new()));
                }
                *created.entry(&op.saga).or_default() += u32::from(status == "201");
            }
            (Kind::Conflict, Came::Ok) => {
                let what = "another input under its id was accepted";
                found.push(broken(&LAW, &op.saga, what, Vec::new()));
            }
            (Kind::Conflict, Came::Fail) if op.note != "409" => {
                let what = format!("another input under its id was answered {}", op.note);
                found.push(broken(&LAW, &op.saga, what, Vec::new()));
            }
            _ => {}
        }
    }
    for (saga, times) in created.into_iter().filter(|(_, times)| *times > 1) {
        let what = format!("it was newly started {times} times");
        found.push(broken(&LAW, saga, what, Vec::new()));
    }
    found
}
