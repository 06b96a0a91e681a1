//! Ports for servers that tests start.
//!
//! ```text
//!   asking the system for port 0        ours
//!   1024 ........ 32768 ===== 60999     1024 ... 10000 ===== 32767 ........ 65535
//!                 outgoing connections                 below them, a file locked per port
//! ```
//!
//! A port that the system picked and that is let go of may be the next one it gives to an outgoing
//! connection, before the server binds it, or while the server is killed and not yet back. So ports come
//! from outside that range. One is taken by locking a file named after it for as long as this process
//! lives, so that tests side by side do not meet; what others hold is seen by binding it once.

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Below this well-known servers live.
const LOWEST: u16 = 10_000;
/// Where no list of the system's ports can be read: Linux's usual one.
const USUAL: RangeInclusive<u16> = 32_768..=60_999;
/// Fewer than this are not worth having; then the other side of the range is taken.
const ENOUGH: u16 = 1_000;

/// The locks on the ports that this process took, released when it ends.
static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port of the loopback interface that nobody listens on, that no outgoing connection gets, and that
/// no other test takes as long as this process lives.
pub fn free_port() -> u16 {
    let ports = ours(&range(Path::new("/proc/sys/net/ipv4/ip_local_port_range")));
    let folder = folder();
    std::fs::create_dir_all(&folder).expect("the folder of temporary files is writable");
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    // Processes begin at different places, so that they do not try each other's ports first.
    let many = usize::from(ports.end() - ports.start()) + 1;
    let first = (std::process::id() as usize).wrapping_mul(61) + taken.len();
    for n in 0..many {
        let offset = u16::try_from((first + n) % many).expect("an offset into ports");
        let port = ports.start() + offset;
        if let Some(lock) = lock(&folder, port)
            && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        {
            taken.push(lock);
            return port;
        }
    }
    panic!("no port of {ports:?} is free on 127.0.0.1");
}

/// The lock of this port; none when another process, or this one, has it.
fn lock(folder: &Path, port: u16) -> Option<File> {
    let path = folder.join(port.to_string());
    let file = File::options().create(true).append(true).open(&path);
    let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock) => None,
        Err(TryLockError::Error(error)) => panic!("{}: {error}", path.display()),
    }
}

/// One folder for all tests of one user of this machine; others are seen by binding.
fn folder() -> PathBuf {
    let user = std::fs::metadata("/proc/self").map_or(0, |this| this.uid());
    std::env::temp_dir().join(format!("baton-ports-{user}"))
}

/// Which ports outgoing connections get.
fn range(file: &Path) -> RangeInclusive<u16> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut ends = text.split_whitespace().map(str::parse);
    match (ends.next(), ends.next()) {
        (Some(Ok(first)), Some(Ok(last))) => first..=last,
        _ => USUAL,
    }
}

/// Which ports are for servers of tests, given those of outgoing connections.
fn ours(outgoing: &RangeInclusive<u16>) -> RangeInclusive<u16> {
    let (first, last) = (*outgoing.start(), *outgoing.end());
    if first.saturating_sub(LOWEST) >= ENOUGH {
        LOWEST..=first - 1
    } else if u16::MAX - last >= ENOUGH {
        last + 1..=u16::MAX
    } else {
        // A machine that gives nearly all of them away: the locks still keep tests apart.
        LOWEST..=u16::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ports_differ_and_no_connection_gets_one() {
        let ports: BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 50, "one was given twice");
        let outgoing = range(Path::new("/proc/sys/net/ipv4/ip_local_port_range"));
        if !ours(&outgoing).contains(outgoing.start()) {
            assert!(ports.iter().all(|port| !outgoing.contains(port)));
        }
    }

    #[test]
    fn a_locked_port_is_left_to_who_locked_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = lock(folder.path(), 12_345).expect("nobody has it");
        assert!(lock(folder.path(), 12_345).is_none());
        drop(held);
        assert!(lock(folder.path(), 12_345).is_some());
    }

    #[test]
    fn ports_are_taken_beside_those_of_connections() {
        assert_eq!(ours(&USUAL), 10_000..=32_767);
        assert_eq!(ours(&(1_024..=40_000)), 40_001..=65_535);
        assert_eq!(ours(&(1_024..=65_535)), 10_000..=65_535);
    }
}
