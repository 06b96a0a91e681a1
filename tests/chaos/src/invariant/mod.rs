//! What must hold, one law a file: pure functions of the evidence.
//!
//! Each says which services it binds. A law that a fault is known to break is excused in the plan,
//! with the reason, for all sagas or for those of which the store lost something; what breaks it is then
//! counted, not hidden.
//!
//! I21, that tenants do not interfere, has no law here: Baton has no tenants.

mod attempts;
mod backwards;
mod bounded;
mod caused;
mod compensated;
mod effect;
mod ended;
mod final_status;
mod fresh;
mod jobs;
mod journal;
mod left_over;
pub(crate) mod metrics;
mod one_saga;
mod order;
mod pivot;
mod present;
mod redirect;
mod rejected;
mod secrets;
#[cfg(test)]
mod tests;
mod timers;
mod without_cause;

use crate::evidence::Evidence;

/// A law.
pub struct Law {
    /// Its number in the list of invariants.
    pub id: &'static str,
    pub says: &'static str,
    /// Which services, or what else, it binds.
    pub binds: &'static str,
    pub check: fn(&Evidence) -> Vec<Violation>,
}

/// What broke a law.
#[derive(Clone, Debug)]
pub struct Violation {
    pub law: &'static str,
    pub saga: String,
    pub what: String,
    /// Lines that show it.
    pub evidence: Vec<String>,
}

/// All laws, by number.
pub const LAWS: [&Law; 23] = [
    &ended::LAW,
    &final_status::LAW,
    &present::LAW,
    &one_saga::LAW,
    &effect::LAW,
    &order::LAW,
    &compensated::LAW,
    &without_cause::LAW,
    &backwards::LAW,
    &fresh::LAW,
    &rejected::LAW,
    &pivot::LAW,
    &attempts::LAW,
    &left_over::LAW,
    &timers::LAW,
    &journal::ONE_WRITER,
    &journal::WHOLE,
    &caused::LAW,
    &secrets::LAW,
    &bounded::LAW,
    &jobs::LAW,
    &metrics::LAW,
    &redirect::LAW,
];

/// What is broken.
pub fn judge(evidence: &Evidence) -> Vec<Violation> {
    LAWS.iter().flat_map(|law| (law.check)(evidence)).collect()
}

fn broken(law: &Law, saga: &str, what: impl Into<String>, evidence: Vec<String>) -> Violation {
    Violation {
        law: law.id,
        saga: saga.to_owned(),
        what: what.into(),
        evidence,
    }
}
