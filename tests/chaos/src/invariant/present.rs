//! I3: what was accepted is there, what was refused for good is not.

use super::{Law, Violation, broken};
use crate::client::{Came, Kind, Op};
use crate::evidence::Evidence;
use std::collections::BTreeMap;

pub(super) const LAW: Law = Law {
    id: "I3",
    says: "accepted is kept, refused is not started",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut asked: BTreeMap<&str, Vec<&Op>> = BTreeMap::new();
    for op in evidence.log.iter().filter(|op| op.kind == Kind::Submit) {
        asked.entry(&op.saga).or_default().push(op);
    }
    let mut found = Vec::new();
    for (id, ops) in asked {
        let came = |came| ops.iter().any(|op| op.came == came);
        let there = evidence.sagas.contains_key(id);
        let told = || {
            let told = ops
                .iter()
                .map(|op| format!("client {:>6} ms  {:?} {}", op.at_ms, op.came, op.note));
            told.collect()
        };
        if came(Came::Ok) && !there {
            found.push(broken(&LAW, id, "it was accepted and is not there", told()));
        }
        if came(Came::Fail) && !came(Came::Ok) && !came(Came::Info) && there {
            found.push(broken(&LAW, id, "it was refused and is there", told()));
        }
    }
    found
}
