//! `docs/catalogue.md` names every key that a catalogue may have, with its default, and no other; and
//! its examples are read.
//!
//! What keys there are is asked of the code: structures are written out here whole, so that one with a new
//! field does not compile, and what they become as text has the keys; enumerations are asked for what
//! they expected.

use crate::page::{blocks, code, named, rows, text};
use baton_adapters::config::catalogue_of;
use baton_shared::catalogue::{
    Auth, Catalogue, DEFAULT_TIMEOUT, METHODS, Operation, Rejections, Rules, SecretRef, Service,
};
use baton_shared::{RetryPolicy, duration};
use baton_worker::Services;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) const PAGE: &str = "docs/catalogue.md";

fn rules() -> Rules {
    Rules {
        timeout: Some(Duration::from_secs(1)),
        retry: Some(RetryPolicy::default()),
        rejections: Some(Rejections::Open),
        retryable: Some(vec![423]),
        nothing_to_undo: Some(vec![404]),
    }
}

fn operation() -> Operation {
    Operation {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        description: Some(String::new()),
        input: Some(json!({})),
        output: Some(json!({})),
        read_only: Some(false),
        rules: rules(),
    }
}

fn service() -> Service {
    let secret = "s".to_owned();
    Service {
        url: "http://s".to_owned(),
        description: Some(String::new()),
        auth: Some(Auth::Bearer {
            token: SecretRef { secret },
        }),
        concurrency: 1,
        max_response: 1,
        rules: rules(),
        operations: BTreeMap::from([("o".to_owned(), operation())]),
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    let members = value.as_object().expect("an object");
    members.keys().cloned().collect()
}

fn written(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("plain data")
}

/// What could stand where `wrong` has a `?`, by the words of who reads it.
fn expected<T: DeserializeOwned>(wrong: Value) -> BTreeSet<String> {
    let read = serde_json::from_value::<T>(wrong.clone());
    let said = read.err().expect("nothing is called `?`").to_string();
    let (_, expected) = said.split_once("expected").expect("it says what it wants");
    let names: BTreeSet<String> = code(expected).into_iter().collect();
    assert!(!names.is_empty(), "{wrong}: {said}");
    names
}

/// The first column below a heading.
fn first(heading: &str) -> BTreeSet<String> {
    let rows = rows(&text(PAGE), heading);
    let names: BTreeSet<String> = rows.iter().map(|row| named(&row[0])).collect();
    assert_eq!(names.len(), rows.len(), "`{heading}` names a key twice");
    names
}

fn row(heading: &str, key: &str) -> Vec<String> {
    let rows = rows(&text(PAGE), heading);
    let found = rows.into_iter().find(|row| named(&row[0]) == key);
    found.unwrap_or_else(|| panic!("`{heading}` has no `{key}`"))
}

#[test]
fn every_key_is_named_and_no_other() {
    let both = keys(&written(rules()));
    assert_eq!(first("Both"), both);
    let own = |all: BTreeSet<String>| -> BTreeSet<String> { &all - &both };
    assert_eq!(first("A service"), own(keys(&written(service()))));
    assert_eq!(first("An operation"), own(keys(&written(operation()))));
    assert_eq!(first("`retry`"), expected::<RetryPolicy>(json!({ "?": 1 })));
    assert_eq!(first("`auth`"), expected::<Auth>(json!({ "?": {} })));
    for kind in first("`auth`") {
        let named: BTreeSet<String> = code(&row("`auth`", &kind)[1]).into_iter().collect();
        let wanted = expected::<Auth>(json!({ kind.as_str(): { "?": 1 } }));
        assert_eq!(named, wanted, "auth of kind {kind}");
    }
    let secret = expected::<SecretRef>(json!({ "?": 1 }));
    assert_eq!(secret, BTreeSet::from(["secret".to_owned()]));
    assert_eq!(
        expected::<Catalogue>(json!({ "?": 1 })),
        BTreeSet::from(["services".to_owned()])
    );
}

#[test]
fn every_value_that_can_be_chosen_is_named() {
    let told = |heading, key| -> BTreeSet<String> {
        let cells = row(heading, key);
        code(&cells[1..].join(" ")).into_iter().collect()
    };
    let backoff = expected::<RetryPolicy>(json!({ "backoff": "?" }));
    assert_eq!(told("`retry`", "backoff"), backoff);
    let rejections = expected::<Rules>(json!({ "rejections": "?" }));
    assert_eq!(told("Both", "rejections"), rejections);
    let methods = METHODS.map(str::to_owned);
    assert_eq!(told("An operation", "method"), methods.into());
}

/// Under each key what holds where it is left out; and what cannot be left out.
#[test]
fn the_defaults_are_those_of_the_code() {
    let least = json!({ "url": "http://s", "operations": {
        "get": { "method": "GET", "path": "/" }, "post": { "method": "POST", "path": "/" },
    } });
    let read: Service = serde_json::from_value(least.clone()).expect("no more is required");
    assert!(read.operations["get"].is_read_only() && !read.operations["post"].is_read_only());
    let service = written(&read);
    let operation = &service["operations"]["get"];
    let retry = written(RetryPolicy::default());
    for (heading, holds) in [
        ("A service", &service),
        ("An operation", operation),
        ("Both", &written(Rules::default())),
        ("`retry`", &retry),
    ] {
        for key in first(heading) {
            let cell = &row(heading, &key)[1];
            let default = match (key.as_str(), &holds[&key]) {
                ("url" | "method" | "path", _) => "required".to_owned(),
                ("operations", _) => "none".to_owned(),
                ("readOnly", _) => "`true` for GET and HEAD, else `false`".to_owned(),
                ("timeout", _) => format!("`{}`", duration::show(DEFAULT_TIMEOUT)),
                ("rejections", _) => "`open`".to_owned(),
                ("retry", _) => "[below](#retry)".to_owned(),
                (_, Value::Null) => "none".to_owned(),
                (_, Value::String(text)) => format!("`{text}`"),
                (_, other) => format!("`{other}`"),
            };
            assert_eq!(*cell, default, "`{key}` of {heading}");
        }
    }
    for (place, key) in [
        ("", "url"),
        ("/operations/get", "method"),
        ("/operations/get", "path"),
    ] {
        let mut less = least.clone();
        let at = less.pointer_mut(place).and_then(Value::as_object_mut);
        at.expect("is there").remove(key);
        let refused = serde_json::from_value::<Service>(less).is_err();
        assert!(refused, "`{key}` can be left out");
    }
}

/// Every block that says it is a catalogue is read as one, and a worker can work with it.
#[test]
fn the_examples_are_read() {
    let page = text(PAGE);
    let examples = blocks(&page);
    let examples: Vec<_> = examples
        .iter()
        .filter(|block| block.mark == "yaml catalogue")
        .collect();
    assert!(examples.len() > 1, "the page has examples");
    for block in &examples {
        let place = format!("{PAGE}:{}", block.line);
        let catalogue = catalogue_of(&place, &block.text).expect("is read");
        Services::of(&catalogue).expect("has schemas that are schemas");
    }
    let whole: Value = serde_saphyr::from_str(&examples[0].text).expect("is YAML");
    let services = whole["services"].as_object().expect("services");
    let (mut of_services, mut of_operations) = (BTreeSet::new(), BTreeSet::new());
    let mut of_retries = BTreeSet::new();
    for service in services.values() {
        of_services.extend(keys(service));
        of_retries.extend(keys(&service["retry"]));
        let operations = service["operations"].as_object().expect("operations");
        operations
            .values()
            .for_each(|operation| of_operations.extend(keys(operation)));
    }
    // What both may say is shown at one of them at least.
    let shown = &of_services | &of_operations;
    let all = &keys(&written(service())) | &keys(&written(operation()));
    assert_eq!(shown, all, "the first example has every key");
    assert_eq!(of_retries, expected::<RetryPolicy>(json!({ "?": 1 })));
}
