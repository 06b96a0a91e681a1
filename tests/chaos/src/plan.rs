//! What a scenario runs on: which programs, which services, how much work, which weather.

use crate::orphan::Orphan;
use baton_ledger::manner::Manner;
use baton_ledger::weather::Weather;
use baton_tests::brokers::Fsync;
use std::time::Duration;

/// Where sagas are kept and jobs wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// RabbitMQ and Redis.
    Brokers(Fsync),
    /// `baton dev` on a folder.
    Embedded,
}

/// Who has a small disk of its own, which can be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    Redis,
    RabbitMq,
    Embedded,
}

/// The plan of a scenario; begin with [`Plan::brokers`] or [`Plan::embedded`].
#[derive(Clone, Debug)]
pub struct Plan {
    pub pair: Pair,
    pub orchestrators: usize,
    pub workers: usize,
    pub services: Vec<Manner>,
    pub shapes: Vec<&'static str>,
    pub weather: Weather,
    /// Sagas that are submitted at least, and at most: between the two, as long as the fault lasts.
    pub sagas: (usize, usize),
    /// The pause between two submissions.
    pub pace: Duration,
    /// Submissions under way at once.
    pub at_once: usize,
    /// Calls that a worker has under way at each service; the usual number where none is said.
    pub concurrency: Option<usize>,
    /// So many of a thousand sagas are cancelled at some moment.
    pub cancels: u32,
    /// Bytes of the note that every saga carries.
    pub note: usize,
    /// Every step is given up after so many seconds, since jobs will be lost.
    pub timed: Option<u32>,
    /// How long it may take after the heal until everything has ended.
    pub patience: Duration,
    /// Messages that belong to no saga, which the scenario itself sent.
    pub orphans: Vec<Orphan>,
    /// Laws that this fault is known to break, each with the reason.
    pub excused: Vec<(&'static str, &'static str)>,
    /// The same, but only for sagas of which the store lost what it had acknowledged.
    pub excused_of_lost: Vec<(&'static str, &'static str)>,
    /// A disk of so many bytes, and whose it is.
    pub disk: Option<(Disk, u64)>,
    /// More settings of orchestrators and workers.
    pub env: Vec<(&'static str, String)>,
}

impl Plan {
    /// Two orchestrators, two workers, RabbitMQ and Redis with fsync always; usual weather.
    pub fn brokers() -> Self {
        Self {
            pair: Pair::Brokers(Fsync::Always),
            orchestrators: 2,
            workers: 2,
            services: vec![
                Manner::Tombstones,
                Manner::Tombstones,
                Manner::Final,
                Manner::Honest,
                Manner::Plain,
                Manner::Slow,
            ],
            shapes: vec!["five", "pivot", "fork", "rest", "try"],
            weather: usual(),
            sagas: (60, 250),
            pace: Duration::from_millis(70),
            at_once: 16,
            concurrency: None,
            cancels: 40,
            note: 100,
            timed: None,
            patience: Duration::from_secs(150),
            orphans: Vec::new(),
            excused: Vec::new(),
            excused_of_lost: Vec::new(),
            disk: None,
            env: Vec::new(),
        }
    }

    /// One `baton dev` with a folder of its own.
    pub fn embedded() -> Self {
        Self {
            pair: Pair::Embedded,
            orchestrators: 1,
            workers: 0,
            ..Self::brokers()
        }
    }
}

/// Some of everything that goes wrong on a normal day.
pub fn usual() -> Weather {
    Weather {
        busy: 40,
        lost: 20,
        failed: 20,
        applied_failed: 20,
        applied_lost: 20,
        rejected: 50,
        late: 15,
        late_ms: 2500,
        slow_ms: 60,
        lies: 350,
        stubborn: 2,
        cursed: 40,
    }
}
