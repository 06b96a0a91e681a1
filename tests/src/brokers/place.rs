//! Where a server's programs are: on this machine, or in a folder that holds a small system.
//!
//! ```text
//!   BATON_RABBITMQ_ROOT=…/forky/root   RabbitMQ and its Erlang out of that folder
//!   BATON_REDIS_ROOT=…/forky/root      Redis out of that folder
//!   BATON_REDIS_SERVER=/usr/bin/valkey-server   another program, in that folder or on this machine
//! ```
//!
//! `scripts/broker-root` makes such folders. A program of one runs with it as its root, in a mount
//! namespace that ends with it; the folder of temporary files is the same inside and outside.

use super::BrokerError;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Enters a root. Every step is an `exec`, so that the process we started is the server itself.
/// The locale of this machine is not in there, and Valkey does not start without its own.
/// `--rbind`, because a user namespace may not take a mount from among its neighbours.
const ENTER: &str = r#"
root=$1 shared=$2 folder=$3; shift 3
mkdir -p "$root$shared" &&
mount --rbind /proc "$root/proc" &&
mount --rbind /dev "$root/dev" &&
mount --rbind "$shared" "$root$shared" || exit 70
exec chroot "$root" env -C "$folder" LC_ALL=C.UTF-8 "$@"
"#;

/// This machine, or a folder on it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    root: Option<PathBuf>,
}

impl Place {
    /// The folder this environment variable names, else this machine.
    pub(super) fn named(variable: &str) -> Self {
        let root = std::env::var_os(variable).filter(|value| !value.is_empty());
        Self {
            root: root.map(PathBuf::from),
        }
    }

    /// That `program` is there; `package` would bring it.
    pub(super) fn needs(&self, program: &str, package: &str) -> Result<(), BrokerError> {
        let Some(root) = &self.root else {
            return if Path::new(program).exists() {
                Ok(())
            } else {
                Err(BrokerError(format!(
                    "{program} is missing: apt-get install {package}"
                )))
            };
        };
        // Links in it are meant from within: only the link itself can be asked for.
        let inside = root.join(program.trim_start_matches('/'));
        inside.symlink_metadata().map(drop).map_err(|_| {
            let root = root.display();
            BrokerError(format!(
                "{program} is missing in {root}: make that folder with scripts/broker-root"
            ))
        })
    }

    /// Will run `program` in `folder`, which lies among the temporary files.
    pub(super) fn command(&self, program: &str, folder: &Path) -> Command {
        let Some(root) = &self.root else {
            let mut command = Command::new(program);
            command.current_dir(folder);
            return command;
        };
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
                ENTER,
                "enter",
            ])
            .arg(root)
            .arg(std::env::temp_dir())
            .arg(folder)
            .arg(program);
        command
    }
}

/// Whether this process may mount without a user namespace: the owner of what it runs as.
pub(super) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}
