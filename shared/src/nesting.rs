//! How deep values may nest.
//!
//! What is written must be readable again. Readers of JSON stop at 128 levels, and messages, journals
//! and answers wrap a value in some levels of their own: so no value that enters a saga, or is made
//! in one, may be deeper than [`DEEPEST`].

use serde_json::Value;

/// Levels of lists and objects within each other.
pub const DEEPEST: usize = 96;

/// Whether lists and objects stand more than `levels` deep in it. Looks no deeper than that.
pub fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(members) => {
            levels == 0 || members.values().any(|member| is_deeper(member, levels - 1))
        }
        _ => false,
    }
}

/// Whether brackets stand more than `levels` deep in this JSON text, as far as it is one.
pub fn text_is_deeper(text: &str, levels: usize) -> bool {
    let (mut level, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => {
                level += 1;
                if level > levels {
                    return true;
                }
            }
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_and_its_text_agree() {
        for levels in [0_usize, 1, 5, 100] {
            let text = format!("{}\"]}}\\\"[\"{}", "[".repeat(levels), "]".repeat(levels));
            let value: Value = serde_json::from_str(&text).expect("JSON");
            for limit in [0, 1, 4, 5, 6, 99, 100] {
                assert_eq!(is_deeper(&value, limit), levels > limit, "{levels} {limit}");
                assert_eq!(
                    text_is_deeper(&text, limit),
                    levels > limit,
                    "{text} {limit}"
                );
            }
        }
    }
}
