//! The contract of the ports and the kill scenarios on other versions of the brokers: `make matrix`.
//!
//! ```text
//!   this machine's packages ─┐
//!   trixie, forky: fetched ──┴─► for each pair: contract suite, four scenarios ─► a table, results
//! ```
//!
//! What could not be had is named with the reason. It fails when a test does, and also when not one
//! RabbitMQ 4 and one Valkey ran: then nothing was shown that `make test` does not show.

use baton_report::{Entry, Kind, root};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// A RabbitMQ and a Redis, or what speaks like one, out of one place.
struct Pair {
    /// Debian's suite, or none for what this machine has.
    suite: Option<&'static str>,
    /// The package of the store's server.
    store: &'static str,
}

const PAIRS: [Pair; 4] = [
    Pair {
        suite: None,
        store: "redis-server",
    },
    Pair {
        suite: Some("trixie"),
        store: "valkey-server",
    },
    Pair {
        suite: Some("forky"),
        store: "valkey-server",
    },
    Pair {
        suite: Some("forky"),
        store: "redis-server",
    },
];

/// How one suite went on one pair.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: Vec<String>,
}

/// How a pair went, or why there is none.
struct Outcome {
    versions: Result<[String; 2], String>,
    contract: Tally,
    scenarios: Tally,
    seconds: f64,
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted.iter().any(|word| word.starts_with('-')) {
        eprintln!(
            "usage: matrix [WORD...]   only pairs whose name, like `forky valkey`, has such a word"
        );
        return ExitCode::from(2);
    }
    let named =
        |pair: &&Pair| wanted.is_empty() || wanted.iter().any(|word| pair.name().contains(word));
    let mut outcomes = Vec::new();
    for pair in PAIRS.iter().filter(named) {
        let outcome = run(pair);
        // At once: who is stopped in the middle keeps what was done.
        if let Some(Err(error)) = outcome.entry().map(Entry::append) {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
        outcomes.push(outcome);
    }
    table(&outcomes);
    let mut complaints: Vec<String> = outcomes.iter().flat_map(Outcome::complaints).collect();
    if wanted.is_empty() {
        complaints.extend(missing(&outcomes));
    }
    for complaint in &complaints {
        eprintln!("error: {complaint}");
    }
    if complaints.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Fetches the pair if need be, and runs everything on it.
fn run(pair: &Pair) -> Outcome {
    let mut outcome = Outcome {
        versions: pair.versions(),
        contract: Tally::default(),
        scenarios: Tally::default(),
        seconds: 0.0,
    };
    let Ok([rabbitmq, store]) = &outcome.versions else {
        return outcome;
    };
    eprintln!("on RabbitMQ {rabbitmq} and {store}");
    let start = Instant::now();
    outcome.contract = pair.suite("contract_brokers", "");
    outcome.scenarios = pair.suite("scenario_brokers", "killed");
    outcome.seconds = start.elapsed().as_secs_f64();
    outcome
}

impl Pair {
    fn name(&self) -> String {
        format!("{} {}", self.suite.unwrap_or("host"), self.store)
    }

    /// Versions of RabbitMQ and of the store, the latter with its name; fetches what is missing.
    fn versions(&self) -> Result<[String; 2], String> {
        let packages = match self.suite {
            None => installed()?,
            Some(suite) => fetched(suite)?,
        };
        let version = |package: &str| {
            let line = packages
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{package} ")));
            line.map(upstream)
                .ok_or_else(|| format!("no package {package}"))
        };
        let name = if self.store == "valkey-server" {
            "Valkey"
        } else {
            "Redis"
        };
        Ok([
            version("rabbitmq-server")?,
            format!("{name} {}", version(self.store)?),
        ])
    }

    /// Runs those tests of `binary` that have `filter` in their names, one after the other.
    fn suite(&self, binary: &str, filter: &str) -> Tally {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .current_dir(root())
            .args([
                "test",
                "-p",
                "baton-tests",
                "--test",
                binary,
                "--color",
                "never",
            ])
            .args(["--", "--test-threads=1", filter]);
        if let Some(suite) = self.suite {
            let place = folder(suite).join("root");
            cargo
                .env("BATON_RABBITMQ_ROOT", &place)
                .env("BATON_REDIS_ROOT", &place)
                .env("BATON_REDIS_SERVER", format!("/usr/bin/{}", self.store));
        }
        let output = match cargo.output() {
            Ok(output) => output,
            Err(error) => return Tally::broken(format!("cargo cannot be run: {error}")),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let tally = Tally::read(&said);
        if tally.passed == 0 || !tally.failed.is_empty() {
            eprintln!("{said}{}", String::from_utf8_lossy(&output.stderr));
        }
        if tally.passed == 0 && tally.failed.is_empty() {
            return Tally::broken(format!("not one test of {binary} ran"));
        }
        tally
    }
}

impl Tally {
    fn broken(why: String) -> Self {
        Self {
            passed: 0,
            failed: vec![why],
        }
    }

    /// From what the tests' own runner prints: `test NAME ... ok`. A test's own lines may stand
    /// between, and its name is then in the list of failures.
    fn read(said: &str) -> Self {
        let results = said
            .lines()
            .filter_map(|line| line.strip_prefix("test result: "));
        let count = |line: &str, word: &str| {
            let part = line
                .split(['.', ';'])
                .find(|part| part.trim_end().ends_with(word));
            part.and_then(|part| part.split_whitespace().next()?.parse::<u64>().ok())
        };
        let passed = results.filter_map(|line| count(line, "passed")).sum();
        let failed = said
            .lines()
            .filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"));
        Self {
            passed,
            failed: failed.map(str::to_owned).collect(),
        }
    }

    fn shown(&self) -> String {
        format!(
            "{} of {}",
            self.passed,
            self.passed + self.failed.len() as u64
        )
    }
}

impl Outcome {
    fn complaints(&self) -> Vec<String> {
        let Ok([rabbitmq, store]) = &self.versions else {
            return Vec::new();
        };
        let failed = self.contract.failed.iter().chain(&self.scenarios.failed);
        failed
            .map(|test| format!("RabbitMQ {rabbitmq}, {store}: {test}"))
            .collect()
    }

    /// It, as the results of long programmes are kept.
    fn entry(&self) -> Option<Entry> {
        let [rabbitmq, store] = self.versions.as_ref().ok()?;
        let counts = [
            ("contract tests", self.contract.passed),
            ("scenarios", self.scenarios.passed),
        ];
        Some(Entry {
            kind: Kind::Matrix,
            name: format!("RabbitMQ {rabbitmq}, {store}"),
            seconds: self.seconds,
            counts: BTreeMap::from(counts.map(|(name, count)| (name.to_owned(), count))),
            violations: self.complaints(),
            ..Entry::default()
        })
    }
}

/// What must have run, and did not.
fn missing(outcomes: &[Outcome]) -> Vec<String> {
    let ran = |which: usize, start: &str| {
        let versions = outcomes
            .iter()
            .filter_map(|outcome| outcome.versions.as_ref().ok());
        versions
            .into_iter()
            .any(|pair| pair[which].starts_with(start))
    };
    let needed = [(0, "4.", "RabbitMQ 4"), (1, "Valkey ", "Valkey")];
    let lacking = needed
        .into_iter()
        .filter(|(which, start, _)| !ran(*which, start));
    lacking
        .map(|(_, _, name)| format!("not one {name} ran"))
        .collect()
}

fn table(outcomes: &[Outcome]) {
    println!(
        "{:<10} {:<14} {:<10} {:<10} {:>7}",
        "RabbitMQ", "store", "contract", "scenarios", "seconds"
    );
    for outcome in outcomes {
        match &outcome.versions {
            Ok([rabbitmq, store]) => println!(
                "{rabbitmq:<10} {store:<14} {:<10} {:<10} {:>7.0}",
                outcome.contract.shown(),
                outcome.scenarios.shown(),
                outcome.seconds
            ),
            Err(why) => println!("not to be had: {why}"),
        }
    }
}

/// Where the suites are kept.
fn folder(suite: &str) -> PathBuf {
    let named = std::env::var_os("BATON_MATRIX_DIR").map(PathBuf::from);
    named
        .unwrap_or_else(|| root().join("target/matrix"))
        .join(suite)
}

/// A suite's packages, fetched unless they are there.
fn fetched(suite: &str) -> Result<String, String> {
    let folder = folder(suite);
    let output = Command::new(root().join("scripts/broker-root"))
        .arg(suite)
        .arg(&folder)
        .output()
        .map_err(|error| format!("{suite}: scripts/broker-root cannot be run: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.trim().lines().last().unwrap_or("it does not say why");
        return Err(format!("{suite}: {last}"));
    }
    read(&folder.join("packages"))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// This machine's brokers.
fn installed() -> Result<String, String> {
    let output = Command::new("dpkg-query")
        .args([
            "-W",
            "-f",
            "${Package} ${Version}\n",
            "rabbitmq-server",
            "redis-server",
        ])
        .output()
        .map_err(|error| format!("dpkg-query cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err("this machine has no rabbitmq-server or no redis-server: see `make test`".to_owned())
}

/// `5:8.0.2-3+deb13u2` as `8.0.2`.
fn upstream(version: &str) -> String {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let end = version.find(['-', '+', '~']).unwrap_or(version.len());
    version[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Tally, upstream};

    #[test]
    fn versions_are_shown_as_their_projects_number_them() {
        let shown = ["5:8.0.2-3+deb13u2", "8.1.1+dfsg1-3", "4.0.5-6"].map(upstream);
        assert_eq!(shown, ["8.0.2", "8.1.1", "4.0.5"]);
    }

    #[test]
    fn what_the_runner_prints_is_counted() {
        let said = "running 2 tests\ntest a::b ... ran on Redis: x\nok\ntest c ... FAILED\n\n\
                    failures:\n\n---- c stdout ----\nwhy\n\nfailures:\n    c\n\n\
                    test result: FAILED. 7 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out\n";
        let tally = Tally::read(said);
        assert_eq!((tally.passed, tally.failed), (7, vec!["c".to_owned()]));
    }
}
