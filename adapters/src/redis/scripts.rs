//! The Lua scripts, by their hash.

use redis::{Cmd, Script};

/// All of them; made once per store.
pub(super) struct Scripts {
    pub(super) append: Script,
    pub(super) due: Script,
    pub(super) settle: Script,
    pub(super) forget: Script,
    pub(super) list: Script,
    pub(super) record_put: Script,
    pub(super) record_scan: Script,
}

const SOURCES: [&str; 7] = [
    include_str!("append.lua"),
    include_str!("due.lua"),
    include_str!("settle.lua"),
    include_str!("forget.lua"),
    include_str!("list.lua"),
    include_str!("record_put.lua"),
    include_str!("record_scan.lua"),
];

impl Scripts {
    pub(super) fn new() -> Self {
        let [append, due, settle, forget, list, record_put, record_scan] = SOURCES.map(Script::new);
        Self {
            append,
            due,
            settle,
            forget,
            list,
            record_put,
            record_scan,
        }
    }

    /// Loads every script into the server's cache, which is empty after a restart or a failover.
    pub(super) fn load() -> redis::Pipeline {
        let mut pipe = redis::pipe();
        for source in SOURCES {
            pipe.cmd("SCRIPT").arg("LOAD").arg(source).ignore();
        }
        pipe
    }
}

/// Arguments and bytes a call has room for from the start: a transition of a small step.
const ROOM: (usize, usize) = (16, 1024);

/// `EVALSHA` with these keys; the caller adds the arguments.
pub(super) fn call(script: &Script, keys: &[String]) -> Cmd {
    let mut cmd = Cmd::with_capacity(ROOM.0, ROOM.1);
    cmd.arg("EVALSHA")
        .arg(script.get_hash())
        .arg(keys.len())
        .arg(keys);
    cmd
}
