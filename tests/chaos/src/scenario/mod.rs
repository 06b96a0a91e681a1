//! The scenarios, one a file: a plan, and what is done to a site while it works.
//!
//! ```text
//!   plan ─► steady state (some sagas end) ─► load + FAULT ─► heal ─► all ends ─► verdict
//! ```
//!
//! To add one: a file with `pub(super) const IT: Scenario` and a line in [`ALL`]. `fault` gets the site while
//! the client submits, and returns when its own damage is undone (programs that are gone or stopped,
//! and the weather, are healed for it). It waits for conditions, draws from `site.chance`, and says
//! with `site.claim` what must hold beyond the laws in `invariant`.

mod api_killed_while_submitting;
mod brokers_killed;
mod clock_jumps;
mod clock_skewed;
mod drained;
mod embedded_damaged;
mod embedded_disk_full;
mod embedded_drained;
mod embedded_killed;
mod embedded_paused;
mod embedded_power_cut;
mod embedded_torn;
mod embedded_two_processes;
mod everything_killed;
mod huge_payloads;
mod lying_services;
mod malformed_messages;
mod net_clients;
mod net_cut;
mod net_drip;
mod net_half_open;
mod net_rabbitmq_stalled;
mod net_redis_stalled;
mod net_refused;
mod net_resets;
mod net_services;
mod net_slow;
mod orchestrator_killed;
mod orchestrator_paused;
mod overload;
mod partitioned;
mod poison_jobs;
mod rabbitmq_disk_alarm;
mod rabbitmq_disk_full;
mod rabbitmq_flapping;
mod rabbitmq_killed;
mod rabbitmq_memory_alarm;
mod rabbitmq_permissions_revoked;
mod rabbitmq_queues_dead;
mod rabbitmq_queues_deleted;
mod rabbitmq_restarted;
mod redis_disk_full;
mod redis_disk_full_always;
mod redis_flushed;
mod redis_full;
mod redis_killed_always;
mod redis_killed_everysec;
mod redis_rolled_back;
mod redis_slow;
mod redis_torn;
mod service_down;
mod worker_killed;
mod worker_zombie;
mod workers_gone;

use crate::plan::Plan;
use crate::site::Site;
use futures_util::future::LocalBoxFuture;

/// A scenario.
pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    /// It is one of those that run for every change.
    pub ci: bool,
    pub plan: fn() -> Plan,
    /// Before Baton starts: for what stands between it and its brokers.
    pub before: Option<for<'a> fn(&'a mut Site) -> LocalBoxFuture<'a, ()>>,
    pub fault: for<'a> fn(&'a mut Site) -> LocalBoxFuture<'a, ()>,
}

/// All of them, in the order they are run.
pub const ALL: &[&Scenario] = &[
    &orchestrator_killed::IT,
    &worker_killed::IT,
    &orchestrator_paused::IT,
    &api_killed_while_submitting::IT,
    &worker_zombie::IT,
    &workers_gone::IT,
    &drained::IT,
    &rabbitmq_killed::IT,
    &rabbitmq_restarted::IT,
    &rabbitmq_memory_alarm::IT,
    &rabbitmq_disk_alarm::IT,
    &rabbitmq_queues_deleted::IT,
    &rabbitmq_queues_dead::IT,
    &rabbitmq_permissions_revoked::IT,
    &rabbitmq_flapping::IT,
    &redis_killed_always::IT,
    &redis_killed_everysec::IT,
    &redis_full::IT,
    &redis_slow::IT,
    &redis_flushed::IT,
    &redis_rolled_back::IT,
    &brokers_killed::IT,
    &everything_killed::IT,
    &embedded_killed::IT,
    &embedded_paused::IT,
    &embedded_drained::IT,
    &embedded_two_processes::IT,
    &overload::IT,
    &huge_payloads::IT,
    &poison_jobs::IT,
    &malformed_messages::IT,
    &clock_jumps::IT,
    &clock_skewed::IT,
    &lying_services::IT,
    &service_down::IT,
    &net_slow::IT,
    &net_rabbitmq_stalled::IT,
    &net_redis_stalled::IT,
    &net_resets::IT,
    &net_half_open::IT,
    &net_cut::IT,
    &net_drip::IT,
    &net_refused::IT,
    &net_services::IT,
    &net_clients::IT,
    &partitioned::IT,
    &redis_disk_full::IT,
    &redis_disk_full_always::IT,
    &redis_torn::IT,
    &rabbitmq_disk_full::IT,
    &embedded_disk_full::IT,
    &embedded_torn::IT,
    &embedded_power_cut::IT,
    &embedded_damaged::IT,
];

/// None of them: the power goes as in `embedded-power-cut`, on a disk that says it has synced and has
/// not. It must break laws, which shows that the judge would notice a store that does not sync.
pub const ON_A_LYING_DISK: &Scenario = &embedded_power_cut::LYING;

/// The scenario with this name.
pub fn named(name: &str) -> Option<&'static Scenario> {
    ALL.iter().copied().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_words_and_differ() {
        let names: BTreeSet<_> = ALL.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), ALL.len());
        let word = |name: &&str| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit())
        };
        assert!(names.iter().all(word), "{names:?}");
    }

    /// More would not fit the quarter of an hour they have.
    #[test]
    fn twelve_run_for_every_change() {
        assert_eq!(ALL.iter().filter(|scenario| scenario.ci).count(), 12);
    }
}
