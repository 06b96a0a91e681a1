//! R1: a redirect is an answer, not an order.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;

pub(super) const LAW: Law = Law {
    id: "R1",
    says: "no redirect of a service is followed, on its host or to another",
    binds: "services that redirect",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let followed = evidence.trapped;
    let what = || format!("{followed} redirects were followed");
    (followed > 0)
        .then(|| broken(&LAW, "-", what(), Vec::new()))
        .into_iter()
        .collect()
}
