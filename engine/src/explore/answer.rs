//! What services answer and what a saga is submitted with, where nobody says: an example that fits
//! the schema.

use crate::workflow::{Call, Kind, TaskIndex, Workflow};
use baton_shared::catalogue::Catalogue;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep examples of nested schemas go.
const DEEPEST: usize = 16;

/// The answer of every call of a workflow, by its task.
#[derive(Clone, Debug)]
pub struct Answers(Vec<Arc<Value>>);

impl Answers {
    /// `given` names tasks (`bookShipment`) or operations (`shipping.book`); a task's name wins. The
    /// others are made from the operations' output schemas, and are an empty object without one.
    pub fn of(workflow: &Workflow, catalogue: &Catalogue, given: &BTreeMap<String, Value>) -> Self {
        let answer = |(name, call): (&str, &Call)| {
            let operation = call
                .operation
                .as_ref()
                .map(|operation| format!("{}.{operation}", call.service));
            let by_operation = || given.get(operation.as_ref()?).cloned();
            let made = || {
                let (_, found) = catalogue.find(operation.as_ref()?)?;
                found.operation.output.as_ref().map(example)
            };
            let said = given.get(name).cloned();
            said.or_else(by_operation)
                .or_else(made)
                .unwrap_or_else(|| json!({}))
        };
        let of_task = |task: &crate::workflow::Task| match &task.kind {
            Kind::Call(call) => Arc::new(answer((&task.name, call))),
            _ => Arc::new(Value::Null),
        };
        Self(workflow.tasks.iter().map(of_task).collect())
    }

    pub(super) fn to(&self, task: TaskIndex) -> &Value {
        &self.0[task as usize]
    }
}

/// A value that fits a JSON Schema, as far as plain keywords say: `const`, `default`, `examples`,
/// `enum`, `type`, `properties`, `required`, `items`, formats and bounds, `$ref` within the schema.
pub fn example(schema: &Value) -> Value {
    Maker { root: schema }.value(schema, "value", 0)
}

struct Maker<'a> {
    root: &'a Value,
}

impl Maker<'_> {
    fn value(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let Value::Object(members) = schema else {
            return Value::String(name.to_owned());
        };
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(said) = said(members) {
            return said;
        }
        if let Some(target) = self.referred(members) {
            return self.value(target, name, depth + 1);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = members.get(choice).and_then(|all| all.get(0)) {
                return self.value(first, name, depth + 1);
            }
        }
        if let Some(Value::Array(parts)) = members.get("allOf") {
            return self.merged(members, parts, name, depth);
        }
        self.typed(members, name, depth)
    }

    fn typed(&self, members: &Map<String, Value>, name: &str, depth: usize) -> Value {
        let kind = match members.get("type") {
            Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
            Some(kind) => kind.as_str(),
            None => None,
        };
        match kind {
            Some("object") => self.object(members, depth),
            Some("array") => self.array(members, name, depth),
            Some("integer") => json!(number(members).ceil() as i64),
            Some("number") => json!(number(members)),
            Some("boolean") => json!(true),
            Some("null") => Value::Null,
            Some(_) => text(members, name),
            None if members.contains_key("properties") || members.contains_key("required") => {
                self.object(members, depth)
            }
            None if members.contains_key("items") => self.array(members, name, depth),
            None if members.contains_key("minimum") => json!(number(members)),
            None => text(members, name),
        }
    }

    fn object(&self, members: &Map<String, Value>, depth: usize) -> Value {
        let mut made = Map::new();
        if let Some(Value::Object(properties)) = members.get("properties") {
            for (name, schema) in properties {
                made.insert(name.clone(), self.value(schema, name, depth + 1));
            }
        }
        let required = members.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !made.contains_key(name) {
                made.insert(name.to_owned(), Value::String(name.to_owned()));
            }
        }
        Value::Object(made)
    }

    fn array(&self, members: &Map<String, Value>, name: &str, depth: usize) -> Value {
        let wanted = members.get("minItems").and_then(Value::as_u64).unwrap_or(1);
        let item = members
            .get("items")
            .map_or_else(|| json!(name), |items| self.value(items, name, depth + 1));
        let items = usize::try_from(wanted).unwrap_or(1).clamp(1, 100);
        Value::Array(vec![item; items])
    }

    /// The members of all parts together.
    fn merged(
        &self,
        members: &Map<String, Value>,
        parts: &[Value],
        name: &str,
        depth: usize,
    ) -> Value {
        let mut own = members.clone();
        own.remove("allOf");
        let mut made = Map::new();
        let own = Value::Object(own);
        for part in parts.iter().chain([&own]) {
            match self.value(part, name, depth + 1) {
                Value::Object(more) => made.extend(more),
                other if parts.len() == 1 => return other,
                _ => {}
            }
        }
        Value::Object(made)
    }

    fn referred(&self, members: &Map<String, Value>) -> Option<&Value> {
        let pointer = members.get("$ref")?.as_str()?.strip_prefix('#')?;
        self.root.pointer(pointer)
    }
}

/// What the schema's author wrote down as a value.
fn said(members: &Map<String, Value>) -> Option<Value> {
    let first = |name: &str| members.get(name).and_then(|all| all.get(0));
    let written = members
        .get("const")
        .or_else(|| members.get("default"))
        .or_else(|| members.get("example"));
    let written = written.or_else(|| first("examples"));
    written.or_else(|| first("enum")).cloned()
}

fn number(members: &Map<String, Value>) -> f64 {
    let bound = |name: &str| members.get(name).and_then(Value::as_f64);
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| least + 1.0));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|most| most - 1.0));
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    let plain = match (least, most) {
        (Some(least), _) => least,
        (None, Some(most)) => most.min(1.0),
        (None, None) => 1.0,
    };
    step.map_or(plain, |step| (plain / step).ceil() * step)
}

fn text(members: &Map<String, Value>, name: &str) -> Value {
    let format = members.get("format").and_then(Value::as_str);
    let made = match format {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "12:00:00Z",
        Some("duration") => "PT1H",
        Some("email") => "someone@example.com",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uri" | "uri-reference") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000001",
        _ => name,
    };
    let length = |key: &str| {
        let length = members.get(key).and_then(Value::as_u64);
        length.and_then(|length| usize::try_from(length).ok())
    };
    let mut made = made.to_owned();
    while made.chars().count() < length("minLength").unwrap_or(0).min(10_000) {
        made.push('x');
    }
    if let Some(most) = length("maxLength") {
        made = made.chars().take(most).collect();
    }
    Value::String(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_fits_its_schema() {
        let schemas = [
            json!({ "type": "object", "required": ["id"] }),
            json!({ "type": "object", "required": ["n", "e"], "properties": {
                "n": { "type": "integer", "minimum": 2.5, "multipleOf": 5 },
                "e": { "enum": ["a", "b"] },
                "at": { "type": "string", "format": "date-time" },
                "list": { "type": "array", "minItems": 3, "items": { "$ref": "#/$defs/line" } },
            }, "$defs": { "line": { "type": "object", "properties": { "sku": { "type": "string", "minLength": 12 } } } } }),
            json!({ "allOf": [{ "type": "object", "required": ["a"] }, { "required": ["b"], "properties": { "b": { "const": 7 } } }] }),
            json!({ "oneOf": [{ "type": "boolean" }, { "type": "null" }] }),
            json!({ "type": ["string", "null"], "maxLength": 2 }),
            json!({ "type": "number", "exclusiveMinimum": 3, "maximum": 10 }),
            json!({ "default": { "any": "thing" } }),
            json!(true),
        ];
        for schema in schemas {
            let made = example(&schema);
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            assert!(validator.is_valid(&made), "{made} does not fit {schema}");
        }
    }

    #[test]
    fn a_schema_in_itself_ends() {
        let tree = json!({ "type": "object", "properties": { "child": { "$ref": "#" } } });
        assert!(example(&tree).is_object());
    }
}
