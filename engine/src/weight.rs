//! About how many bytes a value takes. For limits, not for billing.

use serde_json::Value;

/// What an object takes in memory, however few members it has.
const OBJECT: usize = 256;

pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 8,
        Value::Array(items) => items.iter().map(|item| weight(item) + 8).sum::<usize>() + 8,
        Value::Object(members) if members.is_empty() => 8,
        Value::Object(members) => {
            let each = members
                .iter()
                .map(|(name, member)| name.len() + 8 + weight(member));
            each.sum::<usize>() + OBJECT
        }
    }
}
