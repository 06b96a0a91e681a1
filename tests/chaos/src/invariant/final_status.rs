//! I2: a final status is final.

use super::{Law, Violation, broken};
use crate::client::Kind;
use crate::evidence::{Evidence, is_final};
use std::collections::BTreeMap;

pub(super) const LAW: Law = Law {
    id: "I2",
    says: "a final status never changes",
    binds: "all services",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = Vec::new();
    let seen = evidence.log.iter().filter(|op| op.kind == Kind::Seen);
    let seen = seen.map(|op| (&*op.saga, &*op.note));
    let shown = evidence
        .sagas
        .iter()
        .map(|(id, saga)| (&**id, &*saga.status));
    for (saga, status) in seen.chain(shown) {
        let before = last.insert(saga, status);
        if let Some(before) = before.filter(|before| is_final(before) && *before != status) {
            let what = format!("it was {before}, and then {status}");
            found.push(broken(&LAW, saga, what, Vec::new()));
        }
    }
    found
}
