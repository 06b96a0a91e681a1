//! What the code looks like from outside: who may depend on whom, what the pure parts may not reach
//! for, and what is left lying about. Reads manifests and sources; runs nothing of Baton's.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate, and which of ours it may use. The arrows of ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("baton-shared", &[]),
    ("baton-engine", &["baton-shared"]),
    ("baton-adapters", &["baton-shared", "baton-engine"]),
    (
        "baton-orchestrator",
        &["baton-shared", "baton-engine", "baton-adapters"],
    ),
    ("baton-worker", &["baton-shared", "baton-adapters"]),
    ("baton-example-services", &[]),
    ("baton-cli", EVERYTHING),
    ("baton-tests", EVERYTHING),
    // It starts Baton's programs and talks to them; nothing of theirs runs within it.
    ("baton-bench", &["baton-tests", "baton-report"]),
    ("baton-report", &[]),
    // What judges Baton shares no code with it.
    ("baton-ledger", &[]),
    (
        "baton-chaos",
        &[
            "baton-shared",
            "baton-adapters",
            "baton-tests",
            "baton-ledger",
            "baton-report",
        ],
    ),
    ("baton-fuzz", EVERYTHING),
    (
        "baton-count",
        &[
            "baton-shared",
            "baton-engine",
            "baton-adapters",
            "baton-orchestrator",
            "baton-worker",
            // Whose bare program is to write as many bytes as Baton.
            "baton-bench",
        ],
    ),
    (
        "baton-simulation",
        &[
            "baton-shared",
            "baton-engine",
            "baton-orchestrator",
            "baton-worker",
            "baton-report",
        ],
    ),
];
const EVERYTHING: &[&str] = &[
    "baton-shared",
    "baton-engine",
    "baton-adapters",
    "baton-orchestrator",
    "baton-worker",
    "baton-example-services",
    "baton-cli",
    "baton-simulation",
    "baton-report",
];
/// What may come to a crate through no arrow at all, and the crates that may have it.
const HOMES: &[(&str, &[&str])] = &[
    // The benchmark's ceiling is a program without Baton's code.
    ("lapin", &["baton-adapters", "baton-bench"]),
    ("redis", &["baton-adapters", "baton-bench"]),
    ("deadpool-redis", &["baton-adapters"]),
    (
        "axum",
        &[
            "baton-orchestrator",
            "baton-example-services",
            "baton-tests",
        ],
    ),
    (
        "clap",
        &[
            "baton-orchestrator",
            "baton-worker",
            "baton-cli",
            "baton-example-services",
            "baton-bench",
            "baton-report",
            "baton-ledger",
            "baton-chaos",
            "baton-count",
            "baton-fuzz",
            "baton-simulation",
        ],
    ),
    (
        "tokio",
        &[
            "baton-adapters",
            "baton-orchestrator",
            "baton-worker",
            "baton-cli",
            "baton-example-services",
            "baton-tests",
            "baton-bench",
            "baton-ledger",
            "baton-chaos",
            "baton-count",
        ],
    ),
];
/// Those that not even tests of another crate may have.
const NOT_EVEN_IN_TESTS: [&str; 3] = ["lapin", "redis", "deadpool-redis"];

/// Lines a source file may have.
const LONGEST: usize = 500;

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace's folder").to_owned()
}

/// Every file of the project, by its path from the root.
fn files() -> Vec<String> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of ours") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if matches!(&*name, "target" | ".git" | ".baton") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let path = path.strip_prefix(&root).expect("below the root");
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// Every file that is text, with its text.
fn texts() -> Vec<(String, String)> {
    let read = |path: String| {
        let text = std::fs::read_to_string(root().join(&path)).ok()?;
        Some((path, text))
    };
    files().into_iter().filter_map(read).collect()
}

/// Rust sources of the crates themselves, not their tests.
fn sources(below: &str) -> Vec<(String, String)> {
    let mut texts = texts();
    texts.retain(|(path, _)| {
        let source = path.contains("/src/") && path.ends_with(".rs");
        source && path.starts_with(below) && !path.contains("/tests/")
    });
    assert!(!texts.is_empty(), "no sources below `{below}`");
    texts
}

/// `file:line: found` for every line of `texts` in which one of `words` stands.
fn sightings(texts: &[(String, String)], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in texts {
        for (number, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| stands_in(line, word)) {
                found.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    found
}

/// Whether `word` stands in `line` and is not the end or the beginning of a longer one.
fn stands_in(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let opens = word.starts_with(part);
    let closes = word.ends_with(part);
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().filter(|_| opens);
        let after = line[at + word.len()..].chars().next().filter(|_| closes);
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// What cargo says of every crate of the workspace.
fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo's metadata");
    list(&metadata["packages"])
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Crate, then what it depends on, with the kind: normal, dev or build.
fn dependencies() -> BTreeMap<String, BTreeSet<(String, String)>> {
    let text = |value: &Value| value.as_str().unwrap_or("normal").to_owned();
    packages()
        .into_iter()
        .map(|package| {
            let uses = list(&package["dependencies"]).into_iter();
            let uses = uses.map(|used| (text(&used["name"]), text(&used["kind"])));
            (text(&package["name"]), uses.collect())
        })
        .collect()
}

#[test]
fn the_arrows_between_crates_hold() {
    let all = dependencies();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        there, known,
        "every crate of the workspace has its arrows here"
    );
    for &(name, may) in ARROWS {
        for (used, kind) in &all[name] {
            let ours = used.starts_with("baton-");
            assert!(
                !ours || may.contains(&used.as_str()),
                "{name} must not use {used} ({kind})"
            );
        }
    }
}

#[test]
fn libraries_of_the_outside_stay_in_their_homes() {
    let all = dependencies();
    for &(library, homes) in HOMES {
        for (name, uses) in &all {
            for (_, kind) in uses.iter().filter(|(used, _)| used == library) {
                let in_tests = kind == "dev" && !NOT_EVEN_IN_TESTS.contains(&library);
                assert!(
                    in_tests || homes.contains(&name.as_str()),
                    "{name} must not use {library} ({kind})"
                );
            }
        }
        for home in homes {
            let used = all[*home].iter().any(|(used, _)| used == library);
            assert!(
                used,
                "{home} does not use {library} any more: take it off the list"
            );
        }
    }
}

/// Planted bugs are turned on by the command line of whoever looks for them, and by nothing else.
#[test]
fn no_build_for_people_has_planted_bugs() {
    let mut forwards = BTreeSet::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        for (feature, brings) in package["features"].as_object().into_iter().flatten() {
            let brings: Vec<String> = list(brings).iter().map(ToString::to_string).collect();
            let plants = brings.iter().any(|brought| brought.contains("planted"));
            assert!(
                !plants || feature == "planted",
                "{name}: the feature `{feature}` brings planted bugs"
            );
            if feature == "planted" {
                forwards.insert(name.clone());
            }
        }
        for used in list(&package["dependencies"]) {
            let features = used["features"].to_string();
            assert!(
                !features.contains("planted"),
                "{name} turns planted bugs on in {}",
                used["name"]
            );
        }
    }
    assert!(
        forwards.contains("baton-shared") && !forwards.contains("baton-cli"),
        "{forwards:?}"
    );
}

#[test]
fn only_main_names_an_adapter() {
    for part in ["orchestrator/src/", "worker/src/"] {
        let mut texts = sources(part);
        texts.retain(|(path, _)| !path.ends_with("/main.rs"));
        let found = sightings(&code(texts), &["baton_adapters"]);
        assert!(
            found.is_empty(),
            "adapters come in through ports: {found:#?}"
        );
    }
}

#[test]
fn the_pure_parts_reach_for_nothing() {
    let outside = [
        "tokio",
        "SystemTime",
        "Instant",
        "std::env",
        "std::fs",
        "std::net",
        "rand",
        "fastrand",
    ];
    for part in ["engine/src/", "shared/src/"] {
        let mut texts = sources(part);
        // In no build but those that look for planted bugs.
        texts.retain(|(path, _)| path != "shared/src/planted/chosen.rs");
        let found = sightings(&code(texts), &outside);
        assert!(
            found.is_empty(),
            "time and data come in as values: {found:#?}"
        );
    }
}

/// Driver and worker loop wait and send through ports alone, so that they run under a simulator too.
#[test]
fn what_decides_uses_no_runtime_of_its_own() {
    let outside = [
        "tokio::time",
        "tokio::spawn",
        "tokio::net",
        "tokio::task",
        "SystemTime",
        "Instant",
        "rand",
    ];
    let mut texts = sources("orchestrator/src/driver/");
    texts.extend(sources("worker/src/").into_iter().filter(|(path, _)| {
        ["run.rs", "attempt.rs", "lanes.rs"]
            .iter()
            .any(|name| path.ends_with(name))
    }));
    let found = sightings(&code(texts), &outside);
    assert!(
        found.is_empty(),
        "only through Clock, Queue, Store and Caller: {found:#?}"
    );
}

/// The same without comments, which may speak of anything, and without the tests at a file's end.
fn code(texts: Vec<(String, String)>) -> Vec<(String, String)> {
    let bare = |line: &str| {
        let comment = line.trim_start().starts_with("//");
        if comment {
            String::new()
        } else {
            line.to_owned()
        }
    };
    texts
        .into_iter()
        .map(|(path, text)| {
            let tests = text.find("#[cfg(test)]\nmod tests {");
            let own = &text[..tests.unwrap_or(text.len())];
            let lines: Vec<String> = own.lines().map(bare).collect();
            (path, lines.join("\n"))
        })
        .collect()
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two halves, so that this file is not found.
    let later = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ign", "ore"),
    ];
    let mut texts = texts();
    texts.retain(|(path, _)| path.ends_with(".rs"));
    let found = sightings(&texts, &later);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn nothing_names_a_folder_of_one_machine() {
    let folders = ["tmp", "root", "work", "home", "Users"].map(|name| format!("/{name}/"));
    let mut found = Vec::new();
    for (path, text) in texts() {
        for (number, line) in text.lines().enumerate() {
            let named = folders.iter().any(|folder| begins_a_path(line, folder));
            if named {
                found.push(format!("{path}:{}: {line}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Whether `folder` stands in `line` as the beginning of a path, and not within a longer one.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.}>/*~)".contains(c))
    })
}

#[test]
fn no_file_is_long() {
    let long: BTreeMap<String, usize> = sources("")
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "split these by noun or verb: {long:?}");
}

#[test]
fn the_searches_find_what_they_look_for() {
    let line = "let x = std::env::var(\"A\"); // network";
    assert!(stands_in(line, "std::env") && !stands_in(line, "work"));
    assert!(!stands_in("operand", "rand") && stands_in("rand::rng()", "rand"));
    assert!(begins_a_path("in `/h/x`", "/h/"));
    assert!(!begins_a_path("target/h/x", "/h/"));
}
