//! What the YAML reader says, in words for people who wrote YAML and do not know the reader.

use super::catalogue::yaml;
use baton_engine::language::nearest;
use serde_json::{Map, Value};

/// The keys of a service and of an operation, besides [`RULES`].
const SERVICE: [&str; 6] = [
    "url",
    "description",
    "auth",
    "concurrency",
    "maxResponse",
    "operations",
];
const OPERATION: [&str; 6] = [
    "method",
    "path",
    "description",
    "input",
    "output",
    "readOnly",
];
/// What both may say.
const RULES: [&str; 5] = [
    "timeout",
    "retry",
    "rejections",
    "retryable",
    "nothingToUndo",
];

/// One line of the reader, `line 1 column 16: missing field`, with its place as it is.
pub(super) fn spoken(line: &str) -> String {
    let placed = line.starts_with("line ");
    match line.split_once(": ").filter(|_| placed) {
        Some((place, fault)) => format!("{place}: {}", fault_of(fault)),
        None => fault_of(line),
    }
}

fn fault_of(said: &str) -> String {
    if let Some(twice) = said.strip_prefix("duplicate mapping key: ") {
        let name = twice.split(", set ").next().unwrap_or(twice);
        return format!("`{name}` stands there twice; leave one of them out");
    }
    let (what, wanted) = said.split_once(", expected ").unwrap_or((said, ""));
    if let Some(name) = what
        .strip_prefix("unknown field ")
        .or(what.strip_prefix("unknown variant "))
    {
        let known = wanted.trim_start_matches("one of ").replace('`', "");
        return unknown(name.trim_matches('`'), &known);
    }
    if let Some(found) = what.strip_prefix("invalid type: ") {
        let wanted = match wanted {
            "a sequence" => "a list",
            "a map" => "`name: value` pairs",
            other => other,
        };
        return format!("{found} stands there; it should be {wanted}");
    }
    match said {
        "expected mapping start" => "`name: value` pairs are expected there".to_owned(),
        "expected string scalar" => "a text is expected there".to_owned(),
        "invalid u16" | "invalid u32" | "invalid u64" => {
            "a whole number is expected there".to_owned()
        }
        said => said.to_owned(),
    }
}

fn unknown(name: &str, known: &str) -> String {
    if known.is_empty() {
        return format!("there is no `{name}`");
    }
    let hint = hint(name, known.split(", "));
    format!("there is no `{name}`{hint}; known are {known}")
}

fn hint<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let near = nearest(name, known);
    near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

/// The same with the service or operation that has a key nobody knows: the reader names neither what
/// has it nor what it may have. `text` is a whole catalogue.
pub(super) fn placed(text: &str, why: String) -> String {
    let Some((place, _)) = why
        .split_once(": there is no `")
        .filter(|_| why.ends_with('`'))
    else {
        return why;
    };
    match yaml::<Value>(text).ok().as_ref().and_then(stranger) {
        Some(found) => format!("{place}: {found}"),
        None => why,
    }
}

fn stranger(catalogue: &Value) -> Option<String> {
    let services = catalogue.get("services")?.as_object()?;
    services.iter().find_map(|(name, service)| {
        let service = service.as_object()?;
        let operations = || service.get("operations")?.as_object();
        strange(&format!("service `{name}`"), service, &SERVICE).or_else(|| {
            operations()?.iter().find_map(|(operation, described)| {
                let what = format!("operation `{name}.{operation}`");
                strange(&what, described.as_object()?, &OPERATION)
            })
        })
    })
}

/// The first key that `what` cannot have.
fn strange(what: &str, members: &Map<String, Value>, own: &[&str]) -> Option<String> {
    let known = || own.iter().chain(&RULES).copied();
    let key = members
        .keys()
        .find(|key| !known().any(|known| known == *key))?;
    let hint = hint(key, known());
    Some(format!("{what} has no `{key}`{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::catalogue_of;
    use baton_shared::RetryPolicy;
    use baton_shared::catalogue::{Auth, Operation, Rejections, Rules, SecretRef, Service};
    use std::collections::BTreeSet;
    use std::time::Duration;

    fn told(service: &str) -> String {
        let text = format!("services:\n  hotel:\n    url: http://x\n{service}");
        let refused = catalogue_of("s.yaml", &text).expect_err("is refused");
        refused.to_string()
    }

    #[test]
    fn a_key_that_nobody_knows_is_told_with_its_place_and_the_nearest() {
        for (written, words) in [
            (
                "    timeuot: 1s\n",
                "service `hotel` has no `timeuot`; did you mean `timeout`?",
            ),
            (
                "    operatoins: {}\n",
                "service `hotel` has no `operatoins`; did you mean `operations`?",
            ),
            (
                "    operations:\n      a: { method: GET, path: /a, retires: 1 }\n",
                "operation `hotel.a` has no `retires`",
            ),
            (
                "    retry: { conut: 1 }\n",
                "there is no `conut`; did you mean `count`?; known are count, delay",
            ),
            (
                "    rejections: finl\n",
                "there is no `finl`; did you mean `final`?; known are final, open",
            ),
        ] {
            let told = told(written);
            assert!(told.contains(words), "{told}");
            assert!(told.contains("cannot be used: line "), "{told}");
        }
    }

    #[test]
    fn what_is_of_another_kind_is_told_without_the_readers_words() {
        for (written, words) in [
            (
                "    timeout: 2\n",
                "integer `2` stands there; it should be a duration, such as 500ms, 30s or 5m",
            ),
            (
                "    nothingToUndo: 404\n",
                "integer `404` stands there; it should be a list",
            ),
            (
                "    operations: {}\n  hotel:\n    url: http://y\n",
                "`hotel` stands there twice; leave one of them out",
            ),
            (
                "    operations: []\n",
                "`name: value` pairs are expected there",
            ),
        ] {
            let told = told(written);
            assert!(told.contains(words), "{told}");
        }
    }

    /// A key that came to be and is not listed here would be called unknown beside another that is.
    #[test]
    fn the_keys_are_those_that_are_read() {
        let rules = || Rules {
            timeout: Some(Duration::ZERO),
            retry: Some(RetryPolicy::none()),
            rejections: Some(Rejections::Open),
            retryable: Some(Vec::new()),
            nothing_to_undo: Some(Vec::new()),
        };
        let operation = Operation {
            method: String::new(),
            path: String::new(),
            description: Some(String::new()),
            input: Some(Value::Bool(true)),
            output: Some(Value::Bool(true)),
            read_only: Some(true),
            rules: rules(),
        };
        let secret = String::new();
        let service = Service {
            url: String::new(),
            description: Some(String::new()),
            auth: Some(Auth::Bearer {
                token: SecretRef { secret },
            }),
            concurrency: 1,
            max_response: 1,
            rules: rules(),
            operations: [("a".to_owned(), operation.clone())].into(),
        };
        for (own, real) in [
            (&SERVICE, serde_json::to_value(&service).expect("plain")),
            (&OPERATION, serde_json::to_value(&operation).expect("plain")),
        ] {
            let real: BTreeSet<&str> = real
                .as_object()
                .expect("an object")
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(
                own.iter().chain(&RULES).copied().collect::<BTreeSet<_>>(),
                real
            );
        }
    }
}
