//! Lays file, environment and command line over each other, and finds what nobody knows.

use super::ConfigError;
use super::catalogue::yaml;
use super::raw::{LISTS, Raw, SETTINGS};
use baton_engine::language::nearest;
use config::{Config as Layers, Map, Value, ValueKind};
use std::path::Path;

/// What the names of all variables start with.
const PREFIX: &str = "BATON__";
/// Between the parts of a variable's name.
const SEPARATOR: &str = "__";

/// One setting with the value somebody gave it.
type Given = (&'static str, Value);

/// This process's variables that are settings. Bytes that are no text are shown as such.
pub fn environment() -> Vec<(String, String)> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let all = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
    all.filter(|(name, _)| name.starts_with(PREFIX)).collect()
}

/// What was written, in all places together; `typed` comes from a command line and wins.
pub(super) fn read(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    typed: Vec<(&'static str, String)>,
) -> Result<Raw, ConfigError> {
    let mut given = file.map(in_file).transpose()?.unwrap_or_default();
    for (name, value) in environment {
        given.extend(variable(&name, value)?);
    }
    given.extend(typed.into_iter().map(|(name, text)| (name, text.into())));
    let mut layers = Layers::builder();
    for (name, value) in given {
        // Of two for the same setting the later holds.
        layers = layers.set_override(name, value).map_err(|e| odd(&e))?;
    }
    let layers = layers.build().map_err(|error| odd(&error))?;
    layers.try_deserialize().map_err(|error| odd(&error))
}

/// A value of the wrong kind. Settings that hold passwords take any text, so none is repeated here.
fn odd(error: &config::ConfigError) -> ConfigError {
    let (name, wrong) = match error {
        config::ConfigError::Type {
            key: Some(key),
            unexpected,
            expected,
            ..
        } => (key.clone(), format!("is {unexpected}, not {expected}")),
        config::ConfigError::At {
            key: Some(key),
            error,
            ..
        } => (key.clone(), format!("cannot be used: {error}")),
        other => (String::new(), other.to_string()),
    };
    ConfigError::Wrong { name, wrong }
}

fn in_file(file: &Path) -> Result<Vec<Given>, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable {
        file: file.display().to_string(),
        reason,
    };
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    // Not by the layers' own reader: it has no bounds, and a kilobyte of aliases fills all memory.
    let table: Option<Map<String, Value>> = yaml(&text).map_err(unreadable)?;
    let mut given = Vec::new();
    walk(
        "",
        table.unwrap_or_default(),
        &file.display().to_string(),
        &mut given,
    )?;
    Ok(given)
}

/// Finds the settings under `above` (empty, or ending in a dot). One without a value was not given.
fn walk(
    above: &str,
    table: Map<String, Value>,
    place: &str,
    given: &mut Vec<Given>,
) -> Result<(), ConfigError> {
    for (key, value) in table {
        let name = format!("{above}{key}");
        let below = format!("{name}.");
        let setting = SETTINGS.into_iter().find(|setting| *setting == name);
        let is_section = SETTINGS.iter().any(|setting| setting.starts_with(&below));
        match (setting, is_section, value.kind) {
            (None, false, _) => return Err(unknown(place, &name, SETTINGS.map(str::to_owned))),
            (_, _, ValueKind::Nil) => {}
            (_, true, ValueKind::Table(table)) => walk(&below, table, place, given)?,
            (None, true, _) => return Err(wrong(&name, "holds settings below it, not a value")),
            (Some(_), _, ValueKind::Table(_)) => return Err(wrong(&name, "is one value")),
            (Some(setting), _, kind) if matches!(kind, ValueKind::Array(_)) != is_list(setting) => {
                let why = match is_list(setting) {
                    true => "is a list, not one value: write [a, b]",
                    false => "is one value, not a list",
                };
                return Err(wrong(setting, why));
            }
            (Some(setting), _, kind) => given.push((setting, Value::new(None, kind))),
        }
    }
    Ok(())
}

/// The setting that a variable names, in any case and with or without `_` within a word; an empty
/// one was not given.
fn variable(name: &str, value: String) -> Result<Option<Given>, ConfigError> {
    let Some(words) = name.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    let path: Vec<String> = words.split(SEPARATOR).map(plain).collect();
    let path = path.join(".");
    let mut settings = SETTINGS.into_iter();
    let Some(setting) = settings.find(|setting| setting.to_ascii_lowercase() == path) else {
        return Err(unknown("environment", name, SETTINGS.map(variable_of)));
    };
    if value.is_empty() {
        return Ok(None);
    }
    if is_list(setting) {
        let parts: Vec<&str> = value.split(',').map(str::trim).collect();
        return Ok(Some((setting, parts.into())));
    }
    Ok(Some((setting, value.into())))
}

fn is_list(setting: &str) -> bool {
    LISTS.contains(&setting)
}

/// `api.bodyLimit` → `BATON__API__BODYLIMIT`
fn variable_of(setting: &str) -> String {
    format!(
        "{PREFIX}{}",
        setting.replace('.', SEPARATOR).to_ascii_uppercase()
    )
}

fn unknown(place: &str, name: &str, right: [String; SETTINGS.len()]) -> ConfigError {
    let hint = nearest(name, right.iter().map(String::as_str));
    ConfigError::Unknown {
        place: place.to_owned(),
        name: name.to_owned(),
        hint: hint.map_or_else(String::new, |right| format!("; did you mean `{right}`?")),
    }
}

fn wrong(name: &str, why: &str) -> ConfigError {
    ConfigError::Wrong {
        name: name.to_owned(),
        wrong: why.to_owned(),
    }
}
