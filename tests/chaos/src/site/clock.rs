//! Clocks that can be set: each program of Baton has its own, behind libfaketime.
//!
//! Only the time of day is faked, as a person or NTP sets it; what counts seconds since the start of
//! the machine goes on evenly. The ledger's clock is never touched.

use super::Site;
use crate::evidence::{Saga, by_saga};
use baton_ledger::record::Line;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where Debian puts it, by machine.
const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

/// How long a worker may take to log something.
const LOGGED: Duration = Duration::from_secs(30);

/// How far a moment may be from the call it belongs to: the call takes time, and so does its way.
const NEAR_S: i64 = 20;

impl Site {
    /// From here on every program that is started has a clock of its own.
    pub fn fake_clocks(&mut self) {
        let there = LIBRARIES
            .iter()
            .copied()
            .find(|library| Path::new(library).exists());
        let library = there.expect("libfaketime is missing: apt-get install libfaketime");
        self.faketime = Some(library);
    }

    /// Sets the clocks of these programs (`orchestrator-0`, `worker-1`) so many seconds on.
    pub fn set_clocks(&mut self, programs: &[&str], seconds: u64) {
        self.strike("clocks set");
        for program in programs {
            self.set_clock(program, seconds);
        }
    }

    /// Claims that of the calls which the ledger noted after so many lines Baton's own history says of so many
    /// at least that they began so many seconds later: an orchestrator's clock is ahead.
    pub async fn history_is_ahead(&mut self, since: usize, seconds: i64, least: usize) {
        let lines = self.services.lines();
        let mut called = by_saga(&lines);
        let mut ahead = Vec::new();
        for (id, view) in self.history().await {
            let Some(saga) = Saga::read(&view, called.remove(&id).unwrap_or_default()) else {
                continue;
            };
            for (_, line) in saga.lines.iter().filter(|(at, _)| *at >= since) {
                let steps = saga.steps.iter().filter(|step| step.key == line.key);
                let attempts = steps.flat_map(|step| &step.attempts);
                let mut attempts = attempts.filter(|one| one.number == u64::from(line.attempt));
                let began = attempts.find_map(|attempt| attempt.started);
                ahead.extend(began.map(|began| seconds_after(began, line)));
            }
        }
        self.are_ahead("the history", &ahead, seconds, least);
    }

    /// The same of what a worker wrote into its log, by its own clock. It logs what does not go well, and is
    /// given some time for that.
    pub async fn log_is_ahead(&mut self, since: usize, worker: usize, seconds: i64, least: usize) {
        let deadline = Instant::now() + LOGGED;
        while self.logged_since(since, worker).len() < least && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let ahead = self.logged_since(since, worker);
        self.are_ahead(
            &format!("the log of worker-{worker}"),
            &ahead,
            seconds,
            least,
        );
    }

    /// By how much each moment in the log of a worker is ahead of the ledger's.
    fn logged_since(&self, since: usize, worker: usize) -> Vec<i64> {
        let name = format!("worker-{worker}");
        let log = self.folder.join(format!("{name}.log"));
        let log = std::fs::read_to_string(log).expect("it has a log");
        let told: BTreeMap<(String, String, u32), Timestamp> =
            log.lines().filter_map(logged).collect();
        let lines = self.services.lines();
        let calls = lines.iter().skip(since).filter(|line| !line.undo);
        let ahead = calls.filter_map(|line| {
            let call = (line.saga.clone(), line.step.clone(), line.attempt);
            told.get(&call).map(|moment| seconds_after(*moment, line))
        });
        ahead.collect()
    }

    fn are_ahead(&mut self, teller: &str, ahead: &[i64], seconds: i64, least: usize) {
        let near = |ahead: &&i64| (**ahead - seconds).abs() < NEAR_S;
        let (told, all) = (ahead.iter().filter(near).count(), ahead.len());
        let what = format!(
            "{told} of {all} moments of {teller} are {seconds} s ahead of the ledger's clock, {least} were \
             expected"
        );
        self.claim(told >= least, "clock", what);
    }

    /// How many lines the ledger has.
    pub fn noted(&self) -> usize {
        self.services.lines().len()
    }

    fn set_clock(&self, program: &str, seconds: u64) {
        let file = self.clock(program);
        let new = file.with_extension("new");
        std::fs::write(&new, format!("+{seconds}\n")).expect("the folder is writable");
        // In one step: a program reads it at every look at the clock.
        std::fs::rename(&new, &file).expect("the folder is writable");
    }

    fn clock(&self, program: &str) -> PathBuf {
        self.folder.join(format!("{program}.clock"))
    }

    /// Where `program` finds its own clock, behind the library; nothing where clocks are real.
    pub(super) fn clock_env(&self, program: &str) -> Vec<(&'static str, String)> {
        if self.faketime.is_none() {
            return Vec::new();
        }
        if !self.clock(program).exists() {
            self.set_clock(program, 0);
        }
        vec![
            (
                "FAKETIME_TIMESTAMP_FILE",
                self.clock(program).display().to_string(),
            ),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}

/// By how much a moment is later than the call that the ledger noted.
fn seconds_after(moment: Timestamp, line: &Line) -> i64 {
    let noted = i64::try_from(line.at_ms / 1000).unwrap_or(0);
    moment.as_second() - noted
}

/// A line of a worker's log that tells of an attempt of a step: which, and when.
fn logged(line: &str) -> Option<((String, String, u32), Timestamp)> {
    if !line.contains(" compensation=false ") {
        return None;
    }
    let value = |name: &str| {
        let mut words = line.split(' ');
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    let moment = line.split(' ').next()?.parse().ok()?;
    let attempt = value("attempt")?.parse().ok()?;
    let call = (
        value("saga")?.to_owned(),
        value("step")?.to_owned(),
        attempt,
    );
    Some((call, moment))
}

#[cfg(test)]
mod tests {
    use super::logged;

    #[test]
    fn an_attempt_is_read_off_a_log() {
        let line = "2026-11-30T17:46:33.025386Z  INFO baton_worker::attempt: attempt saga=s-3 step=c attempt=2 \
                    compensation=false service=tombstones operation=\"do\" ms=78 verdict=\"unknown\"";
        let ((saga, step, attempt), moment) = logged(line).expect("an attempt");
        assert_eq!((&*saga, &*step, attempt), ("s-3", "c", 2));
        assert_eq!(moment.as_second(), 1_796_060_793);
        assert!(logged("2026-11-30T17:46:31Z  INFO baton_worker: worker runs").is_none());
    }
}
