//! I19: a secret is where it is used, and nowhere else.

use super::{Law, Violation, broken};
use crate::evidence::Evidence;

pub(super) const LAW: Law = Law {
    id: "I19",
    says: "a service's credentials appear in no log, journal, message, metric or answer of the API",
    binds: "all services: each call carries them",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let leaked = |place: &String| broken(&LAW, "-", format!("the token is in {place}"), Vec::new());
    let mut found: Vec<_> = evidence.leaks.iter().map(leaked).collect();
    // Where nobody was given the token there was nothing to leak.
    if evidence.authorized == 0 && !evidence.lines.is_empty() {
        let what = "no call carried the token, so nothing is shown";
        found.push(broken(&LAW, "-", what, Vec::new()));
    }
    found
}
