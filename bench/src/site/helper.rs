//! A program beside Baton that is told what to do line by line, or only started.

use crate::fault::{During, Fault};
use crate::vitals;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A running program; it and all it started end, hard, when it is dropped.
pub struct Helper {
    name: String,
    pid: u32,
    /// Ended when dropped.
    _child: Child,
    told: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

impl Helper {
    /// Starts it; what it says on stderr goes to `log`.
    pub fn start(name: &str, command: std::process::Command, log: &Path) -> Result<Self, Fault> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(log)
            .during(name)?;
        let mut child = Command::from(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .during(name)?;
        let (told, says) = child
            .stdin
            .take()
            .zip(child.stdout.take())
            .expect("both are piped");
        let pid = child
            .id()
            .ok_or_else(|| Fault(format!("{name} ended at once")))?;
        Ok(Self {
            name: name.to_owned(),
            pid,
            _child: child,
            told,
            says: BufReader::new(says).lines(),
        })
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub async fn tell(&mut self, line: &str) -> Result<(), Fault> {
        let line = format!("{line}\n");
        self.told
            .write_all(line.as_bytes())
            .await
            .during(&self.name)
    }

    /// The next line it says, within `patience`.
    pub async fn hear(&mut self, patience: Duration) -> Result<String, Fault> {
        let name = &self.name;
        let line = tokio::time::timeout(patience, self.says.next_line()).await;
        let line = line.map_err(|_| Fault(format!("{name} said nothing in {patience:?}")))?;
        line.during(name)?
            .ok_or_else(|| Fault(format!("{name} ended")))
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // The deepest first: the tree is known only while its root lives.
        for pid in vitals::tree(self.pid).into_iter().skip(1).rev() {
            let mut kill = std::process::Command::new("kill");
            // It may have ended by itself meanwhile.
            drop(
                kill.args(["-KILL", &pid.to_string()])
                    .stderr(Stdio::null())
                    .status(),
            );
        }
    }
}
