//! `docs/settings.md` names every setting, variable and option that there is, with its default, and no
//! other; and what it says to write is read.

use crate::page::{blocks, code, named, pages, root, rows, text};
use baton_adapters::config::{Config, ConfigError, SETTINGS};
use baton_orchestrator::Settings;
use baton_orchestrator::tokens::Tokens;
use baton_shared::catalogue::DEFAULT_MAX_RESPONSE;
use baton_shared::{id, nesting};
use baton_tests::world::run;
use baton_worker::secrets::variable;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(crate) const PAGE: &str = "docs/settings.md";
const TABLES: [&str; 3] = ["Both programs", "The orchestrator", "The worker"];
const BROKERS: [(&str, &str); 2] = [
    ("BATON__STORE__URL", "redis://127.0.0.1:6379"),
    ("BATON__QUEUE__URL", "amqp://guest:guest@127.0.0.1:5672/%2f"),
];

/// Name, variable and default of every setting on the page.
fn told() -> Vec<[String; 3]> {
    let page = text(PAGE);
    let rows = TABLES.iter().flat_map(|table| rows(&page, table));
    rows.map(|row| [named(&row[0]), named(&row[1]), row[2].clone()])
        .collect()
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(None, owned(variables), "baton-orchestrator")
}

#[test]
fn every_setting_is_named_with_its_variable_and_no_other() {
    let told = told();
    let names: BTreeSet<&str> = told.iter().map(|[name, ..]| name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(SETTINGS));
    assert_eq!(told.len(), names.len(), "one is named twice");
    for [name, variable, _] in &told {
        let right = format!("BATON__{}", name.replace('.', "__").to_uppercase());
        assert_eq!(*variable, right, "the variable of {name}");
    }
}

/// What the commented file sets, by name: it is held to the code by a test of its own.
fn in_file() -> BTreeMap<String, String> {
    fn walk(above: &str, value: &Value, found: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(key, value)| walk(&format!("{above}.{key}"), value, found)),
            Value::Array(none) if none.is_empty() => {}
            Value::String(text) => drop(found.insert(above[1..].to_owned(), text.clone())),
            other => drop(found.insert(above[1..].to_owned(), other.to_string())),
        }
    }
    let file: Value = serde_saphyr::from_str(&text("config/baton.yaml")).expect("is YAML");
    let mut found = BTreeMap::new();
    walk("", &file, &mut found);
    found
}

#[test]
fn the_defaults_are_those_of_the_code() {
    let unset = with(&BROKERS).expect("is enough");
    let in_file = in_file();
    for [name, variable, default] in told() {
        if default == "required" {
            let others: Vec<_> = BROKERS
                .into_iter()
                .filter(|(it, _)| *it != variable)
                .collect();
            assert!(with(&others).is_err(), "{name} can be left out");
            continue;
        }
        let holds = in_file.get(&name);
        let holds = holds.map_or("none".to_owned(), |value| format!("`{value}`"));
        assert_eq!(default, holds, "the default of {name}");
        if let [value] = &code(&default)[..] {
            let set = with(&[&BROKERS[..], &[(&variable, value)]].concat()).expect("is a value");
            assert!(set == unset, "{name} has another default than {value}");
        }
    }
}

/// The variables that a block says to export.
fn exported(block: &str) -> Vec<(String, String)> {
    let exported = |line: &str| {
        let pair = line.strip_prefix("$ export ")?.split_once('=')?;
        Some((pair.0.to_owned(), pair.1.to_owned()))
    };
    let read = |line| exported(line).unwrap_or_else(|| panic!("`{line}` exports nothing"));
    block.lines().map(read).collect()
}

/// Settings as the page writes them, with the catalogue where it is from here.
fn read(file: Option<&str>, mut variables: Vec<(String, String)>) -> Config {
    let path = "examples/services.yaml";
    let here = root().join(path).display().to_string();
    for (_, value) in &mut variables {
        *value = value.replace(path, &here);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = file.map(|text| {
        let file = folder.path().join("baton.yaml");
        std::fs::write(&file, text.replace(path, &here)).expect("writes");
        file
    });
    let config = Config::read(file.as_deref(), variables, "baton-orchestrator");
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let tokens = Tokens::read(&config.api.tokens, None);
    assert!(tokens.is_ok(), "{:?}", tokens.err());
    config
}

#[test]
fn what_it_says_to_write_is_read_and_means_the_same_in_both_places() {
    let blocks = blocks(&text(PAGE));
    let marked = |mark: &str| -> Vec<&str> {
        let marked = blocks.iter().filter(|block| block.mark == mark);
        marked.map(|block| block.text.as_str()).collect()
    };
    let (files, variables) = (marked("yaml settings"), marked("console settings"));
    assert_eq!((files.len(), variables.len()), (1, 2), "blocks of settings");
    let from_file = read(Some(files[0]), Vec::new());
    assert_eq!(from_file.api.tokens.len(), 2);
    assert!(
        from_file == read(None, exported(variables[0])),
        "they differ"
    );

    let exports = exported(variables[1]);
    let mut all = owned(&BROKERS);
    all.extend(exports.clone());
    let folder = read(None, all).secrets;
    assert_eq!(folder.as_deref(), Some(Path::new("/run/secrets")));
    let secret = variable("payments-token");
    assert!(exports.iter().any(|(name, _)| *name == secret), "{secret}");
}

/// The words that begin like this, and consist of capitals, digits and `_`.
fn words(text: &str, beginning: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c| !is_part(c));
    let fit = words.filter(|word| word.starts_with(beginning));
    fit.map(str::to_owned).collect()
}

#[test]
fn every_page_writes_the_variables_of_settings_right() {
    let mut seen = 0;
    for page in pages() {
        // What is no longer there may be told of.
        if page == "CHANGELOG.md" {
            continue;
        }
        for name in words(&text(&page), "BATON__") {
            if name == "BATON__" {
                continue;
            }
            seen += 1;
            let read = with(&[(&name, "")]).err().map(|error| error.to_string());
            let unknown = read.is_some_and(|said| said.contains("there is no setting"));
            assert!(!unknown, "{page}: there is no `{name}`");
        }
    }
    assert!(seen > SETTINGS.len(), "only {seen} were found");
}

/// The text of every source file of what people start.
fn sources() -> String {
    let mut folders: Vec<_> = ["adapters", "orchestrator", "worker", "cli"]
        .map(|name| root().join(name).join("src"))
        .into();
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of ours") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).expect("is text");
                // What follows is for tests alone.
                all.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
            }
        }
    }
    all
}

/// Those that are no settings: of the connection, the log, the place of the file, secrets.
#[test]
fn every_other_variable_is_named_and_no_other() {
    let others = |text: &str| -> BTreeSet<String> {
        let words = words(text, "BATON_").into_iter();
        let no_settings = words.filter(|word| !word.starts_with("BATON__"));
        // Each secret has one of its own.
        let one = no_settings.map(|word| match word.starts_with("BATON_SECRET_") {
            true => "BATON_SECRET_".to_owned(),
            false => word,
        });
        one.collect()
    };
    let told = others(&(text(PAGE) + &text("docs/cli.md")));
    assert_eq!(told, others(&sources()));
    assert!(told.contains("BATON_LOG"), "{told:?}");
}

/// The long options in a help text, and the defaults that it tells.
fn options(help: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in help.lines() {
        let Some((_, rest)) = line.split_once("--") else {
            continue;
        };
        let name = rest.split_whitespace().next().unwrap_or_default();
        let default = line.split("[default: ").nth(1);
        let default = default.and_then(|rest| rest.split(']').next());
        let default = default.map_or("none".to_owned(), |value| format!("`{value}`"));
        found.insert(format!("--{name}"), default);
    }
    found.remove("--help");
    found.remove("--version");
    found
}

#[test]
fn every_option_of_the_programs_is_named() {
    let page = text(PAGE);
    for program in ["baton-orchestrator", "baton-worker"] {
        let help = run(program, &["--help"], &[]).out;
        let options = options(&help);
        assert!(options.contains_key("--config"), "{help}");
        for option in options.keys() {
            let told =
                page.contains(&format!("`{option} ")) || page.contains(&format!("`{option}`"));
            assert!(told, "`{option}` of {program} is not told of");
        }
    }
    let help = run("baton", &["dev", "--help"], &[]).out;
    let own = help.split("With every command").next().unwrap_or_default();
    let told = rows(&page, "`baton dev`");
    let told: BTreeMap<String, String> = told
        .into_iter()
        .map(|row| (named(&row[0]), row[1].clone()))
        .collect();
    assert_eq!(told, options(own));
}

#[test]
fn the_limits_are_those_of_the_code() {
    let settings = Settings::default();
    let limits = [
        settings.body_limit,
        nesting::DEEPEST,
        id::SAGA_ID_MAX,
        settings.waiting,
        DEFAULT_MAX_RESPONSE,
    ];
    let told = rows(&text(PAGE), "Limits").into_iter().map(|row| {
        let number = row[1].split_whitespace().next().unwrap_or_default();
        number
            .parse::<usize>()
            .expect("a limit begins with a number")
    });
    assert_eq!(told.collect::<Vec<_>>(), limits);

    let reads = |name, value: usize| with(&[&BROKERS[..], &[(name, &value.to_string())]].concat());
    for (name, most) in [
        ("BATON__API__BODYLIMIT", 16_777_216),
        ("BATON__STORE__PARTITIONS", 1024),
    ] {
        let row = text(PAGE);
        let row = row.lines().find(|line| line.contains(&format!("`{name}`")));
        let row = row.expect("is named");
        assert!(row.contains(&most.to_string()), "{row}");
        assert!(
            reads(name, most).is_ok() && reads(name, most + 1).is_err(),
            "{name}"
        );
    }
}
