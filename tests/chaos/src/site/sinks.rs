//! What the programs of a site left behind: journals past Baton, memory, and where a secret came to lie.

use super::Site;
use crate::evidence::Journal;
use baton_tests::world::Program;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The token that every call to a service carries, and the variable it comes in.
pub(super) const CANARY: (&str, &str) = ("BATON_SECRET_CHAOS_TOKEN", "canary-5f1e77d0c2a94b6e8a3d");

/// Every journal as one JSON text.
const JOURNALS: &str = "local all = {} \
    for _, key in ipairs(redis.call('KEYS', '*:j:*')) do all[key] = redis.call('GET', key) end \
    return cjson.encode(all)";

impl Site {
    /// The journal of each saga, as Redis holds it.
    pub fn journals(&self) -> BTreeMap<String, Journal> {
        let Some(redis) = &self.redis else {
            return BTreeMap::new();
        };
        let said = redis.cli(&["EVAL", JOURNALS, "0"]);
        let said = said.expect("Redis answers once all is healed");
        let all: BTreeMap<String, String> =
            serde_json::from_str(&said).expect("what a script of ours encoded");
        let named = |(key, text): (String, String)| {
            let (_, saga) = key.split_once(":j:")?;
            Some((saga.to_owned(), Journal::read(&text)))
        };
        all.into_iter().filter_map(named).collect()
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
