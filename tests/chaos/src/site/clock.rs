//! Clocks that can be set: each program of Baton has its own, behind libfaketime.
//!
//! Only the time of day is faked, as a person or NTP sets it; what counts seconds since the start of
//! the machine goes on evenly. The ledger's clock is never touched.

use super::Site;
use std::path::{Path, PathBuf};

/// Where Debian puts it, by machine.
const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

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
        self.faults += 1;
        for program in programs {
            self.set_clock(program, seconds);
        }
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
