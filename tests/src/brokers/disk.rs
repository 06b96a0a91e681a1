//! A small disk of its own for a server: a file system in memory that nobody else sees.
//!
//! ```text
//!   holder: unshare --mount, mounts, sleeps ◄── nsenter ── the server, killed and started at will
//!              └── /proc/<holder>/root/<folder> ◄── this process looks in, and fills it
//! ```
//!
//! It is mounted in a namespace that ends with its holder, so that nothing is left on the machine,
//! whatever becomes of the test. Needs root or a user namespace.

use super::place::is_root;
use super::process::Process;
use super::{BrokerError, tail};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const HOLD: &str =
    r#"mount -t tmpfs -o "size=$1" tmpfs "$2" && touch "$2/.there" && exec sleep infinity"#;

/// A mounted disk; its content ends with it.
pub struct SmallDisk {
    holder: Process,
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts `bytes` of disk at `folder`, which is there, for whoever is started inside.
    pub async fn at(folder: &Path, bytes: u64) -> Result<Self, BrokerError> {
        let mut command = Command::new("unshare");
        if !is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command
            .args([
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                HOLD,
                "hold",
            ])
            .arg(bytes.to_string())
            .arg(folder);
        let log = folder.with_extension("disk.log");
        let mut disk = Self {
            holder: Process::start(command, true, &log)?,
            folder: folder.to_owned(),
        };
        let deadline = Instant::now() + Duration::from_secs(5);
        while !disk.seen().join(".there").exists() {
            if !disk.holder.alive() || Instant::now() > deadline {
                let (folder, why) = (folder.display(), tail(&log));
                return Err(BrokerError(format!("no disk at {folder}: {why}")));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(disk)
    }

    /// The folder as this process sees it.
    pub fn seen(&self) -> PathBuf {
        let inside = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        Path::new("/proc")
            .join(self.holder.id().to_string())
            .join("root")
            .join(inside)
    }

    /// The same program where the disk is, with no variables but its own.
    #[must_use]
    pub fn inside(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if !is_root() {
            inside.args(["--user", "--preserve-credentials"]);
        }
        if let Some(folder) = command.get_current_dir() {
            inside.arg(format!("--wd={}", folder.display()));
        }
        inside
            .arg("--")
            .arg(command.get_program())
            .args(command.get_args());
        inside
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let own = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        inside.envs(own);
        inside
    }

    /// Writes until nothing goes any more; how many bytes that took.
    pub fn fill(&self) -> Result<u64, BrokerError> {
        let path = self.seen().join("filler");
        let failed = |error| BrokerError(format!("cannot fill {}: {error}", path.display()));
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        let mut written = 0;
        // Ever smaller, so that not one page is left.
        for size in [64 * 1024, 4 * 1024, 1] {
            let block = vec![b'x'; size];
            loop {
                match file.write(&block) {
                    Ok(count) => written += count as u64,
                    Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(failed(error)),
                }
            }
        }
        Ok(written)
    }

    /// Gives back what [`SmallDisk::fill`] took.
    pub fn free(&self) -> Result<(), BrokerError> {
        let path = self.seen().join("filler");
        fs::remove_file(&path)
            .map_err(|error| BrokerError(format!("cannot remove {}: {error}", path.display())))
    }
}
