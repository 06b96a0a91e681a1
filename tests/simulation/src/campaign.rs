//! Many seeds: run side by side, counted, and stopped at the first that breaks a law.

use crate::books::Broken;
use crate::cover::Coverage;
use crate::fault::CONSEQUENCES;
use crate::run::{Report, Setup, run};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What many seeds came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub seeds: u64,
    pub coverage: Coverage,
    pub polls: u64,
    pub calls: u64,
    /// Their own time, in ms.
    pub simulated_ms: u64,
    /// Seeds in which a law broke, the lowest first.
    pub broken: Vec<(u64, Broken)>,
}

/// Which seeds, and how they are run.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub from: u64,
    pub seeds: u64,
    pub threads: usize,
    /// Go on after a broken law until so many broke.
    pub stop_after: usize,
    pub setup: Setup,
}

impl Tally {
    fn add(&mut self, report: &Report) {
        self.seeds += 1;
        let faults = report.faults.iter().copied();
        self.coverage.add(&report.events, &report.statuses, faults);
        self.polls += report.polls;
        self.calls += report.calls;
        self.simulated_ms += report.took_ms;
        if let Some(broken) = &report.broken {
            self.broken.push((report.seed, broken.clone()));
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.coverage.merge(&other.coverage);
        self.polls += other.polls;
        self.calls += other.calls;
        self.simulated_ms += other.simulated_ms;
        self.broken.extend(other.broken);
        self.broken.sort_by_key(|(seed, _)| *seed);
    }

    /// What came of a fault is not one more.
    pub fn faults(&self) -> u64 {
        let faults = self.coverage.faults.iter();
        let faults = faults.filter(|(fault, _)| !CONSEQUENCES.contains(fault));
        faults.map(|(_, times)| times).sum()
    }
}

impl Campaign {
    /// Runs the seeds; `progress` is told how many are done, from whichever thread.
    pub fn run(&self, progress: impl Fn(u64) + Sync) -> Tally {
        let next = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let whole = Mutex::new(Tally::default());
        let work = || {
            let mut tally = Tally::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.seeds || stop.load(Ordering::Relaxed) {
                    break;
                }
                let setup = Setup {
                    seed: self.from + number,
                    ..self.setup.clone()
                };
                let report = run(&setup);
                let broken = report.broken.is_some();
                tally.add(&report);
                if broken && tally.broken.len() >= self.stop_after {
                    stop.store(true, Ordering::Relaxed);
                }
                progress(number + 1);
            }
            whole.lock().expect("no panic while adding").merge(tally);
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads {
                scope.spawn(work);
            }
            work();
        });
        whole.into_inner().expect("no panic while adding")
    }
}
