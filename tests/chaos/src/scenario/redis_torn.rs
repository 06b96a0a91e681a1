//! The power goes under a Redis that syncs every write: what it had written and not yet synced, and so
//! not answered either, is half there.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::io::Write;

pub(super) const IT: Scenario = Scenario {
    name: "redis-torn",
    about: "Redis is killed and its log ends in half a write, as after a power cut",
    ci: false,
    plan: Plan::brokers,
    before: None,
    fault,
};

/// Beginnings of what Redis may have been writing.
const HALVES: [&[u8]; 4] = [
    b"*",
    b"*3\r\n$3\r\nSET\r\n$5\r\nab",
    b"*1\r\n$5\r\nMULTI\r\n",
    b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$9\r\nhalf-done\r\n$1\r\n1\r\n*2\r\n$3\r\nDE",
];

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for half in HALVES {
            site.calls_pass(15).await;
            site.redis().kill();
            site.strike("kill -9 of Redis");
            site.strike("half a command at the end of Redis's log");
            let log = site.redis().log_file().expect("it writes a log");
            let mut file = std::fs::File::options()
                .append(true)
                .open(&log)
                .expect("the log is a file");
            file.write_all(half).expect("the machine has room");
            site.pause(100, 2_000).await;
            let back = site.redis().restart().await;
            back.expect("Redis cuts the torn end and starts");
        }
        site.calls_pass(10).await;
    }
    .boxed_local()
}
