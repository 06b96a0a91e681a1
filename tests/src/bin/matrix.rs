//! The contract of the ports and the kill scenarios on other versions of the brokers: `make matrix`.
//!
//! ```text
//!   this machine's packages ─┐
//!   trixie, forky: fetched ──┴─► for each pair: contract suite, four scenarios ─► a table, results
//! ```
//!
//! Versions are those that the servers themselves say, of a pair that is started only to ask it. What could not be
//! had is named with the reason. It fails when a test does, when it ran another number of scenarios, or on one pair
//! another number of tests than on the first; and also when not one RabbitMQ 4 and one Valkey ran: then nothing
//! was shown that `make test` does not show.

use baton_report::{Entry, KeepError, Kind, ran_here, root};
use baton_tests::brokers::{BrokerError, RabbitMq, Redis, RedisSettings};
use std::collections::BTreeMap;
use std::path::PathBuf;
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

/// Scenarios whose names have `killed` in them: fewer would mean that one was renamed and not run.
const SCENARIOS: u64 = 4;
/// The word by which this program, started by itself, asks a pair for its versions.
const ASK: &str = "--versions";
const RESUME: &str = "--resume";
const USAGE: &str = "usage: matrix [WORD...] [--resume]
  WORD       only pairs whose name, like `forky valkey`, has such a word
  --resume   leave out what ran well at this commit";
/// How the results of both are called in the report.
const CONTRACT_TESTS: &str = "contract tests";
const SCENARIO_TESTS: &str = "scenarios";

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
    baton_report::begin();
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted == [ASK] {
        return said();
    }
    let (flags, wanted): (Vec<String>, Vec<String>) =
        wanted.into_iter().partition(|word| word.starts_with('-'));
    if flags.iter().any(|flag| flag != RESUME) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let before = match flags[..] {
        [] => Vec::new(),
        _ => ran_here(Kind::Matrix),
    };
    let named =
        |pair: &&Pair| wanted.is_empty() || wanted.iter().any(|word| pair.name().contains(word));
    let mut outcomes = Vec::new();
    for pair in PAIRS.iter().filter(named) {
        match outcome(pair, &before) {
            Ok(outcome) => outcomes.push(outcome),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    table(&outcomes);
    let mut complaints: Vec<String> = outcomes.iter().flat_map(Outcome::complaints).collect();
    complaints.extend(uneven(&outcomes));
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

/// Fetches the pair if need be, and runs everything on it, unless that is among what ran `before`. What ran is
/// kept at once: who is stopped in the middle keeps what was done.
fn outcome(pair: &Pair, before: &[Entry]) -> Result<Outcome, KeepError> {
    let mut outcome = Outcome {
        versions: pair.versions(),
        contract: Tally::default(),
        scenarios: Tally::default(),
        seconds: 0.0,
    };
    let Some(name) = outcome.name() else {
        return Ok(outcome);
    };
    if let Some(ran) = before.iter().find(|entry| entry.name == name) {
        eprintln!("on {name}: ran before");
        outcome.recall(ran);
        return Ok(outcome);
    }
    eprintln!("on {name}");
    let start = Instant::now();
    outcome.contract = pair.suite("contract_brokers", "");
    outcome.scenarios = pair.suite("scenario_brokers", "killed");
    outcome.seconds = start.elapsed().as_secs_f64();
    if let Some(entry) = outcome.entry() {
        entry.append()?;
    }
    Ok(outcome)
}

impl Pair {
    fn name(&self) -> String {
        format!("{} {}", self.suite.unwrap_or("host"), self.store)
    }

    /// Versions of RabbitMQ and of the store, the latter with its name, as the servers say them; fetches what is
    /// missing.
    fn versions(&self) -> Result<[String; 2], String> {
        if let Some(suite) = self.suite {
            fetched(suite)?;
        }
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut ask = Command::new(this);
        ask.arg(ASK);
        self.place(&mut ask);
        let output = ask.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        match said.split_once('\n') {
            Some((rabbitmq, store)) if output.status.success() => {
                Ok([rabbitmq.to_owned(), store.trim().to_owned()])
            }
            _ => {
                let why = String::from_utf8_lossy(&output.stderr);
                Err(format!("{}: {}", self.name(), why.trim()))
            }
        }
    }

    /// Where a program finds this pair.
    fn place(&self, command: &mut Command) {
        if let Some(suite) = self.suite {
            let place = folder(suite).join("root");
            command
                .env("BATON_RABBITMQ_ROOT", &place)
                .env("BATON_REDIS_ROOT", &place)
                .env("BATON_REDIS_SERVER", format!("/usr/bin/{}", self.store));
        }
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
        self.place(&mut cargo);
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

    fn ran(&self) -> u64 {
        self.passed + self.failed.len() as u64
    }

    fn shown(&self) -> String {
        format!("{} of {}", self.passed, self.ran())
    }
}

impl Outcome {
    fn complaints(&self) -> Vec<String> {
        let Ok([rabbitmq, store]) = &self.versions else {
            return Vec::new();
        };
        let failed = self.contract.failed.iter().chain(&self.scenarios.failed);
        let mut told: Vec<String> = failed
            .map(|test| format!("RabbitMQ {rabbitmq}, {store}: {test}"))
            .collect();
        let ran = self.scenarios.ran();
        if ran != SCENARIOS {
            let what = format!("{ran} scenarios ran, and there are {SCENARIOS}");
            told.push(format!("RabbitMQ {rabbitmq}, {store}: {what}"));
        }
        told
    }

    /// What ran, by its versions.
    fn name(&self) -> Option<String> {
        let [rabbitmq, store] = self.versions.as_ref().ok()?;
        Some(format!("RabbitMQ {rabbitmq}, {store}"))
    }

    /// As it went when it ran well.
    fn recall(&mut self, ran: &Entry) {
        let passed = |name: &str| Tally {
            passed: ran.counts.get(name).copied().unwrap_or_default(),
            failed: Vec::new(),
        };
        self.contract = passed(CONTRACT_TESTS);
        self.scenarios = passed(SCENARIO_TESTS);
        self.seconds = ran.seconds;
    }

    /// It, as the results of long programmes are kept.
    fn entry(&self) -> Option<Entry> {
        let name = self.name()?;
        let counts = [
            (CONTRACT_TESTS, self.contract.passed),
            (SCENARIO_TESTS, self.scenarios.passed),
        ];
        Some(Entry {
            kind: Kind::Matrix,
            name,
            seconds: self.seconds,
            counts: BTreeMap::from(counts.map(|(name, count)| (name.to_owned(), count))),
            violations: self.complaints(),
            ..Entry::default()
        })
    }
}

/// Pairs on which other numbers of tests of the contract ran than on the first.
fn uneven(outcomes: &[Outcome]) -> Vec<String> {
    let had = || outcomes.iter().filter(|outcome| outcome.versions.is_ok());
    let first = had().next().map_or(0, |outcome| outcome.contract.ran());
    let other = had().filter(|outcome| outcome.contract.ran() != first);
    let told = other.map(|outcome| {
        let (pair, ran) = (
            outcome.versions.clone().unwrap_or_default(),
            outcome.contract.ran(),
        );
        format!("{pair:?}: {ran} tests of the contract ran, and {first} on the first pair")
    });
    told.collect()
}

/// Starts the pair that the environment names, and prints what each server says its version is.
fn said() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    match runtime.block_on(asked()) {
        Ok([rabbitmq, store]) => {
            println!("{rabbitmq}\n{store}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn asked() -> Result<[String; 2], BrokerError> {
    let rabbitmq = RabbitMq::start().await?;
    let redis = Redis::start(RedisSettings::default()).await?;
    let ask = "{ok, Version} = application:get_key(rabbit, vsn), io:format(\"~s\", [Version]).";
    let said = rabbitmq.rabbitmqctl(&["-q", "eval", ask]).await?;
    // What was printed, and the value of printing it.
    let version = said.trim().trim_end_matches("ok").trim().to_owned();
    Ok([version, store(&redis.cli(&["info", "server"])?)])
}

/// Valkey says the version of Redis that it stands in for, too.
fn store(info: &str) -> String {
    let value = |name: &str| {
        let mut lines = info.lines();
        lines.find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'))
    };
    match (value("valkey_version"), value("redis_version")) {
        (Some(version), _) => format!("Valkey {version}"),
        (None, version) => format!("Redis {}", version.unwrap_or("of unknown version")),
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

/// Fetches a suite's packages, unless they are there.
fn fetched(suite: &str) -> Result<(), String> {
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Outcome, SCENARIOS, Tally, store, uneven};

    #[test]
    fn a_store_is_what_it_says() {
        let redis = "# Server\r\nredis_version:8.0.6\r\nos:Linux\r\n";
        assert_eq!(store(redis), "Redis 8.0.6");
        let valkey =
            "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n";
        assert_eq!(store(valkey), "Valkey 9.1.2");
    }

    fn outcome(contract: u64, scenarios: u64) -> Outcome {
        let passed = |passed| Tally {
            passed,
            failed: Vec::new(),
        };
        Outcome {
            versions: Ok(["4.0.5".to_owned(), "Redis 8.0.6".to_owned()]),
            contract: passed(contract),
            scenarios: passed(scenarios),
            seconds: 1.0,
        }
    }

    #[test]
    fn what_ran_before_counts_as_it_went() {
        let ran = outcome(10, SCENARIOS);
        let mut again = outcome(0, 0);
        again.recall(&ran.entry().expect("there are versions"));
        assert_eq!(
            (again.contract.ran(), again.scenarios.ran()),
            (10, SCENARIOS)
        );
        assert!(again.complaints().is_empty());
    }

    #[test]
    fn fewer_scenarios_or_tests_are_complained_of() {
        assert!(outcome(10, SCENARIOS).complaints().is_empty());
        assert_eq!(outcome(10, SCENARIOS - 1).complaints().len(), 1);
        assert!(uneven(&[outcome(10, SCENARIOS), outcome(10, SCENARIOS)]).is_empty());
        assert_eq!(
            uneven(&[outcome(10, SCENARIOS), outcome(9, SCENARIOS)]).len(),
            1
        );
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
