//! JSON Schemas with fuel: comparing a value with one ends soon, whatever the schema.
//!
//! A schema may refer to itself, and twice in each of its parts: each level then doubles the work, and
//! forty levels, a kilobyte of text, take weeks. So a keyword of our own is put into every part of a
//! schema before it is compiled, and counts how often a part is entered.

use jsonschema::{Keyword, ValidationError, Validator};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Parts that one comparison may enter: more than the largest answer has values.
const FUEL: u64 = 1_000_000;
/// Our keyword.
const TICK: &str = "x-baton-tick";
/// Keywords whose value is data and no schema.
const DATA: [&str; 5] = ["const", "enum", "default", "example", "examples"];
/// Keywords whose value holds schemas by names that are no keywords.
const BY_NAME: [&str; 6] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "dependencies",
];

/// A compiled JSON Schema.
#[derive(Debug)]
pub struct Schema {
    /// As it was written.
    pub document: Value,
    validator: Validator,
}

/// References to other documents are never followed.
struct NoDocuments;

impl jsonschema::Retrieve for NoDocuments {
    fn retrieve(
        &self,
        uri: &jsonschema::Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` stands in another document; write the schema out here").into())
    }
}

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(0) };
}

/// Thrown, and caught in [`Schema::misfit`]: a validator cannot be told to stop.
struct OutOfFuel;

struct Tick;

impl<'i> Keyword<'i> for Tick {
    fn validate(&self, _: &'i Value) -> Result<(), ValidationError<'i>> {
        tick();
        Ok(())
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        tick();
        true
    }
}

fn tick() {
    match LEFT.get().checked_sub(1) {
        Some(left) => LEFT.set(left),
        // Not `panic!`: nothing is broken, and nobody is to be told.
        None => resume_unwind(Box::new(OutOfFuel)),
    }
}

impl Schema {
    /// Compiles a schema, or says why it is none.
    pub fn compile(schema: &Value) -> Result<Self, Box<ValidationError<'static>>> {
        let mut ticking = schema.clone();
        put_ticks(&mut ticking);
        let options = jsonschema::options().with_retriever(NoDocuments);
        let options = options.with_keyword(TICK, |_, _, _| Ok(Box::new(Tick)));
        match options.build(&ticking) {
            Ok(validator) => Ok(Self {
                document: schema.clone(),
                validator,
            }),
            Err(error) => Err(Box::new(error.to_owned())),
        }
    }

    /// Why `schema` is none, in one sentence; `None` when it is one.
    pub fn fault(schema: &Value) -> Option<String> {
        let error = Self::compile(schema).err()?;
        Some(without_ticks(&error.to_string()))
    }

    /// The first few ways in which `value` does not fit, as one sentence; `None` when it does.
    pub fn misfit(&self, value: &Value) -> Option<String> {
        LEFT.set(FUEL);
        // Most values fit, and that is known much sooner than what does not.
        let compare = || match self.validator.is_valid(value) {
            true => Vec::new(),
            false => self.faults(value),
        };
        match catch_unwind(AssertUnwindSafe(compare)) {
            Ok(faults) => (!faults.is_empty()).then(|| faults.join("; ")),
            Err(thrown) if thrown.is::<OutOfFuel>() => Some(
                "comparing the value with its schema takes too long; make the schema simpler"
                    .into(),
            ),
            Err(panic) => resume_unwind(panic),
        }
    }

    fn faults(&self, value: &Value) -> Vec<String> {
        LEFT.set(FUEL);
        let errors = self.validator.iter_errors(value).take(3);
        let faults = errors.map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() {
                "the value".to_owned()
            } else {
                format!("`{place}`")
            };
            format!("{place}: {}", without_ticks(&error.to_string()))
        });
        faults.collect()
    }
}

/// Puts the keyword into every part of a schema. Its nesting is bounded where it was read.
fn put_ticks(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if BY_NAME.contains(&name.as_str()) {
                    value.as_object_mut().into_iter().for_each(put_in_each);
                } else if !DATA.contains(&name.as_str()) {
                    put_ticks(value);
                }
            }
            members.insert(TICK.to_owned(), Value::Bool(true));
        }
        Value::Array(items) => items.iter_mut().for_each(put_ticks),
        _ => {}
    }
}

fn put_in_each(schemas: &mut Map<String, Value>) {
    schemas.values_mut().for_each(put_ticks);
}

/// Some messages quote a part of the schema; nobody wrote our keyword.
fn without_ticks(text: &str) -> String {
    let tick = format!("\"{TICK}\":true");
    let text = text.replace(&format!(",{tick}"), "");
    text.replace(&format!("{tick},"), "").replace(&tick, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn misfit(schema: &Value, value: &Value) -> Option<String> {
        Schema::compile(schema).expect("a schema").misfit(value)
    }

    /// `d0` asks for `d1` twice, that for `d2` twice, and so on.
    fn doubling(levels: usize) -> Value {
        let mut parts = Map::new();
        for level in 0..levels {
            let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
            parts.insert(format!("d{level}"), json!({ "allOf": [next, next] }));
        }
        parts.insert(format!("d{levels}"), json!({ "type": "object" }));
        json!({ "$defs": parts, "$ref": "#/$defs/d0" })
    }

    #[test]
    fn a_schema_that_doubles_is_given_up() {
        assert_eq!(misfit(&doubling(8), &json!({})), None);
        for value in [json!({}), json!(1)] {
            let why = misfit(&doubling(60), &value).expect("not compared");
            assert!(why.contains("too long"), "{why}");
        }
        let again = misfit(&doubling(8), &json!({}));
        assert_eq!(again, None, "the next one has its own fuel");
    }

    /// The value decides how deep it goes.
    #[test]
    fn a_schema_that_doubles_with_its_value_is_given_up() {
        let inner = json!({ "properties": { "a": { "$ref": "#" } } });
        let schema = json!({ "anyOf": [
            { "allOf": [inner, { "required": ["b"] }] }, { "allOf": [inner, { "required": ["c"] }] },
        ] });
        let deep = (0..60).fold(json!({}), |value, _| json!({ "a": value }));
        let why = misfit(&schema, &deep).expect("not compared");
        assert!(why.contains("too long"), "{why}");
    }

    #[test]
    fn what_is_no_schema_is_quoted_as_it_was_written() {
        let why = Schema::fault(&json!({ "required": { "a": 1 } })).expect("no schema");
        assert!(why.contains("{\"a\":1}"), "{why}");
        assert_eq!(Schema::fault(&json!({ "required": ["a"] })), None);
    }

    #[test]
    fn a_large_value_is_compared() {
        let schema = json!({ "items": { "type": "array", "items": { "type": "integer" } } });
        let value = json!(vec![vec![1; 10]; 20_000]);
        assert_eq!(misfit(&schema, &value), None);
    }

    #[test]
    fn names_and_data_are_left_as_they_are() {
        let schema = json!({
            "properties": { "const": { "const": { "a": 1 } }, "x": { "enum": [{ "b": 2 }] } },
            "additionalProperties": false, "not": { "required": ["y"] },
        });
        assert_eq!(
            misfit(&schema, &json!({ "const": { "a": 1 }, "x": { "b": 2 } })),
            None
        );
        let why = misfit(&schema, &json!({ "y": 1 })).expect("does not fit");
        assert!(!why.contains(TICK), "{why}");
    }
}
