//! One server process, and all that it started.

use super::BrokerError;
use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server in a process group of its own. Dropping it kills it.
pub(super) struct Process {
    child: Child,
    /// It is the server itself, not a script that waits for one.
    direct: bool,
}

impl Process {
    /// Starts `command` with its output appended to `log`; `direct` unless it is a script.
    pub(super) fn start(
        mut command: Command,
        direct: bool,
        log: &Path,
    ) -> Result<Self, BrokerError> {
        let name = command.get_program().to_string_lossy().into_owned();
        let failed = |error: std::io::Error| BrokerError(format!("cannot start {name}: {error}"));
        let out: File = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(failed)?;
        let err = out.try_clone().map_err(failed)?;
        command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0);
        let child = command.spawn().map_err(failed)?;
        Ok(Self { child, direct })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGKILL to the process and to every process that descends from it, now.
    pub(super) fn kill(&mut self) {
        // The tree is read before the root dies: afterwards its children belong to nobody. The
        // deepest go first, so that a start script above them can still collect them.
        for pid in descendants(self.child.id()).into_iter().rev() {
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .stderr(Stdio::null())
                .status();
        }
        let patience = Instant::now() + Duration::from_millis(200);
        while self.alive() && Instant::now() < patience && !self.direct {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Failing means that it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Every process below `root`, nearest first.
fn descendants(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&at) = found.get(next) {
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == at)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    found.split_off(1)
}

/// The parent of `pid`; the fields of `/proc/PID/stat` after the name in parentheses.
fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}
