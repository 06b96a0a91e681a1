//! As with `always`: a process that is killed has handed its writes to the system, which keeps them. Only
//! a power cut would show the difference.

use super::{Scenario, redis_killed_always};
use crate::plan::{Pair, Plan};
use baton_tests::brokers::Fsync;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "redis-killed-everysec",
    about: "kill -9 of Redis that syncs once a second, and its restart",
    ci: false,
    plan,
    before: None,
    fault: redis_killed_always::fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        pair: Pair::Brokers(Fsync::EverySec),
        ..Plan::brokers()
    }
}
