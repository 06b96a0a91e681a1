//! What the programs of a site left behind: journals past Baton, memory, and where a secret came to lie.

use super::{Site, segments};
use crate::evidence::Journal;
use crate::invariant::metrics::Counted;
use baton_tests::world::{Program, until};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The token that every call to a service carries, and the variable it comes in.
pub(super) const CANARY: (&str, &str) = ("BATON_SECRET_CHAOS_TOKEN", "canary-5f1e77d0c2a94b6e8a3d");

/// Reads every journal.
const READ: &str = "local all = {} \
    for _, key in ipairs(redis.call('KEYS', '*:j:*')) do all[key] = redis.call('GET', key) end";
/// Reads what is due, but for the expiry of what is over.
const DUE: &str = "local all = {} \
    for _, key in ipairs(redis.call('KEYS', '*:due')) do \
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do \
    if string.sub(member, 1, 2) ~= 'x|' then all[member] = true end end end";
/// Returns what was read, as one JSON text.
const TELL: &str = "return cjson.encode(all)";

impl Site {
    /// The journal of each saga, as the store holds it.
    pub fn journals(&self) -> BTreeMap<String, Journal> {
        if self.redis.is_none() {
            return segments::journals(&self.data_seen());
        }
        self.read("EVAL_RO", READ)
    }

    /// Timers and duties that Redis holds.
    pub(super) fn due(&self) -> BTreeSet<String> {
        if self.redis.is_none() {
            return BTreeSet::new();
        }
        let all: BTreeMap<String, bool> = self.script("EVAL_RO", DUE);
        all.into_keys().collect()
    }

    /// Notes what Redis has acknowledged, of which it will lose some. It acknowledges nothing more: who
    /// writes is kept waiting until it is killed.
    pub fn last_acknowledged(&mut self) {
        self.keep_writers_waiting();
        self.acknowledged = self.read("EVAL_RO", READ);
    }

    fn keep_writers_waiting(&mut self) {
        let paused = self.redis().cli(&["CLIENT", "PAUSE", "60000", "WRITE"]);
        paused.expect("Redis keeps writers waiting");
    }

    /// Waits until Redis has handed all that it acknowledged to the system. It acknowledges nothing more:
    /// who writes is kept waiting until it is killed.
    pub async fn all_is_handed_over(&mut self) {
        self.keep_writers_waiting();
        let redis = self.redis();
        let nothing_held = async || {
            let said = redis.cli(&["INFO", "persistence"]).ok()?;
            said.lines()
                .any(|line| line.trim() == "aof_buffer_length:0")
                .then_some(())
        };
        until(
            "Redis holds no write back",
            Duration::from_secs(10),
            nothing_held,
        )
        .await;
    }

    /// Empties Redis, and notes in the same moment what it had acknowledged.
    pub fn empty_redis(&mut self) {
        let script = format!("{READ} redis.call('FLUSHALL')");
        self.acknowledged = self.read("EVAL", &script);
    }

    fn read(&self, how: &str, script: &str) -> BTreeMap<String, Journal> {
        let all: BTreeMap<String, String> = self.script(how, script);
        let named = |(key, text): (String, String)| {
            let (_, saga) = key.split_once(":j:")?;
            Some((saga.to_owned(), Journal::read(&text)))
        };
        all.into_iter().filter_map(named).collect()
    }

    /// What a script of ours tells.
    fn script<T: DeserializeOwned>(&self, how: &str, script: &str) -> T {
        let redis = self.redis.as_ref().expect("the plan has brokers");
        let said = redis.cli(&[how, &format!("{script} {TELL}"), "0"]);
        let said = said.expect("Redis answers while it is well");
        serde_json::from_str(&said).expect("what a script of ours encoded")
    }

    /// Notes the most memory that a program had, before it goes.
    pub(super) fn weigh(&mut self, name: String, program: &Program) {
        let peak = self.peaks.entry(name).or_default();
        *peak = peak_kib(program).max(*peak);
    }

    /// The most memory of every program, those that are gone included.
    pub fn peaks(&self) -> BTreeMap<String, u64> {
        let mut peaks = self.peaks.clone();
        let named = |name: &'static str| move |(n, part)| (format!("{name}-{n}"), part);
        let orchestrators = self.orchestrators.iter().enumerate();
        let workers = self.workers.iter().enumerate().map(named("worker"));
        for (name, part) in orchestrators.map(named("orchestrator")).chain(workers) {
            if let Some(program) = &part.program {
                let peak = peaks.entry(name).or_default();
                *peak = peak_kib(program).max(*peak);
            }
        }
        peaks
    }

    /// What each orchestrator counts.
    pub async fn counted(&self) -> BTreeMap<String, Counted> {
        let mut counted = BTreeMap::new();
        for (n, part) in self.orchestrators.iter().enumerate() {
            let Some(api) = &part.api else { continue };
            let said = api.text("/metrics").await;
            let whole = part.lives == 1;
            let name = format!("orchestrator-{n}");
            let log = std::fs::read_to_string(self.folder.join(format!("{name}.log")));
            let log = log.expect("every program has a log");
            counted.insert(name, Counted::read(whole, said.as_deref(), &log));
        }
        counted
    }

    /// Where the token lies: in files of the site and of its brokers, or in what the API says.
    pub async fn leaks(&self, views: &BTreeMap<String, Value>) -> Vec<String> {
        let mut folders = vec![self.folder.clone()];
        folders.extend(self.redis.as_ref().map(|redis| redis.folder()));
        folders.extend(self.rabbitmq.as_ref().map(|rabbitmq| rabbitmq.folder()));
        let mut leaks = in_files(&folders);
        leaks.extend(
            views
                .iter()
                .filter(|(_, view)| has(view))
                .map(|(id, _)| format!("saga {id}")),
        );
        for api in self.apis() {
            for path in [
                "/metrics",
                "/v1/doctor",
                "/v1/workflows",
                "/v1/dead-letters",
                "/v1/sagas",
            ] {
                let said = api.text(path).await.unwrap_or_default();
                if said.contains(CANARY.1) {
                    leaks.push(format!("{}{path}", api.base()));
                }
            }
        }
        leaks
    }
}

/// The most memory it ever had resident, in KiB (Linux's `/proc`).
fn peak_kib(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn has(view: &Value) -> bool {
    view.to_string().contains(CANARY.1)
}

/// Files that hold the token, whatever else they hold.
fn in_files(folders: &[PathBuf]) -> Vec<String> {
    let words = [
        "--recursive",
        "--text",
        "--files-with-matches",
        "--fixed-strings",
        CANARY.1,
    ];
    let mut grep = Command::new("grep");
    let said = grep
        .args(words)
        .args(folders)
        .output()
        .expect("grep is there");
    // Files may come and go while it reads; one is what it says when it found nothing.
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_the_middle_of_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("deep");
        std::fs::create_dir(&deep).expect("writable");
        let file = deep.join("wal");
        std::fs::write(&file, [b"\0\xff", CANARY.1.as_bytes(), b"\0"].concat()).expect("writable");
        std::fs::write(folder.path().join("log"), "all is well").expect("writable");
        let found = in_files(&[folder.path().to_owned()]);
        assert_eq!(found, [file.display().to_string()]);
    }
}
