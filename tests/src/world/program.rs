//! One of the workspace's programs, as a process of its own.

use crate::brokers::SmallDisk;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running program. Ends, hard, when it is dropped.
pub struct Program {
    child: Child,
    name: String,
}

/// Where cargo puts the workspace's programs: beside this one, or above the folder of this test.
pub(super) fn path(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("a program has a path");
    let folder = this.parent().expect("a program is in a folder");
    let folder = if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --workspace` first, as `make test` does",
        path.display()
    );
    path
}

impl Program {
    /// Starts it with these arguments and variables; what it says goes to the test's own output when
    /// `BATON_TEST_LOUD` is set.
    pub fn start<A: AsRef<OsStr>>(name: &str, args: &[A], env: &[(&str, String)]) -> Self {
        Self::spawn(name, args, env, None, None)
    }

    /// The same where that disk is.
    pub fn on_disk<A: AsRef<OsStr>>(disk: &SmallDisk, name: &str, args: &[A]) -> Self {
        Self::spawn(name, args, &[], None, Some(disk))
    }

    /// The same as [`Self::start`]; what it says on stderr is added to this file.
    pub fn logged<A: AsRef<OsStr>>(
        name: &str,
        args: &[A],
        env: &[(&str, String)],
        log: &Path,
    ) -> Self {
        Self::logged_on(None, name, args, env, log)
    }

    /// The same where that disk is.
    pub fn logged_on<A: AsRef<OsStr>>(
        disk: Option<&SmallDisk>,
        name: &str,
        args: &[A],
        env: &[(&str, String)],
        log: &Path,
    ) -> Self {
        let file = File::options().create(true).append(true).open(log);
        Self::spawn(name, args, env, Some(file.expect("a log file")), disk)
    }

    fn spawn<A: AsRef<OsStr>>(
        name: &str,
        args: &[A],
        env: &[(&str, String)],
        log: Option<File>,
        disk: Option<&SmallDisk>,
    ) -> Self {
        let loud = std::env::var_os("BATON_TEST_LOUD").is_some();
        let out = || {
            if loud {
                Stdio::inherit()
            } else {
                Stdio::null()
            }
        };
        let mut command = Command::new(path(name));
        command
            .args(args)
            .envs(env.iter().map(|(name, value)| (name, value)));
        if let Some(disk) = disk {
            command = disk.inside(&command);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(out())
            .stderr(log.map_or_else(out, Stdio::from))
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self {
            child,
            name: name.to_owned(),
        }
    }

    /// `kill -9`: it gets no chance to say or save anything.
    pub fn kill(&mut self) {
        self.child
            .kill()
            .unwrap_or_else(|error| panic!("cannot kill {}: {error}", self.name));
        self.child.wait().expect("a killed child can be waited for");
    }

    /// Asks it to stop (SIGTERM), and waits for its exit code; `None` when a signal ended it.
    pub fn terminate(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let asked = Command::new("/bin/kill").args(["-TERM", &id]).status();
        assert!(
            asked.is_ok_and(|status| status.success()),
            "cannot ask {}",
            self.name
        );
        let ended = self.child.wait();
        ended.expect("a child can be waited for").code()
    }

    /// Sends it a signal by name: `STOP` and `CONT` make a pause, of which it knows nothing.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("/bin/kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "cannot send {name} to {}",
            self.name
        );
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub exit: i32,
}

/// Runs a command to its end.
pub fn run<A: AsRef<OsStr>>(name: &str, args: &[A], env: &[(&str, String)]) -> Said {
    let output = Command::new(path(name))
        .args(args)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        exit: output.status.code().unwrap_or(-1),
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
