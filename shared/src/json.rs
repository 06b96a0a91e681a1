//! JSON in which every key means one thing.
//!
//! Of a key that stands twice in one object, readers of JSON take the last value, the first, or both.
//! What a person sends is refused instead: nobody means it, and a saga would run on the wrong half.

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

/// Reads JSON text; an error where a key stands twice in one object.
pub fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    unambiguous(text)?;
    serde_json::from_str(text)
}

/// An error, with its place, where a key stands twice in one object, or where the text is no JSON.
pub fn unambiguous(text: &str) -> serde_json::Result<()> {
    serde_json::from_str::<Once>(text).map(|_| ())
}

/// Any value, of which nothing is kept.
struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Looking)
    }
}

struct Looking;

impl<'de> Visitor<'de> for Looking {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_str<E>(self, _: &str) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Once, A::Error> {
        while items.next_element::<Once>()?.is_some() {}
        Ok(Once)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Once, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = members.next_key::<String>()? {
            if seen.contains(&key) {
                let shown: String = key.chars().take(100).collect();
                let fault = format!("the key `{shown}` stands twice in one object");
                return Err(de::Error::custom(fault));
            }
            seen.insert(key);
            members.next_value::<Once>()?;
        }
        Ok(Once)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_key_that_stands_twice_is_told_with_its_place() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"[0,{"b":{"a":null,"c":[],"\u0061":2}}]"#,
        ] {
            let said = read::<Value>(text).expect_err(text).to_string();
            let wanted = "the key `a` stands twice in one object at line 1 column ";
            assert!(said.starts_with(wanted), "{said}");
        }
    }

    #[test]
    fn anything_else_is_read_as_it_always_was() {
        for text in [
            r#"{"a":{"a":1},"b":{"a":[{"a":-1.5e3},{"a":18446744073709551615}]},"":"","A":true}"#,
            "null",
            "\"\\ud83d\\ude00\"",
            "{",
            "[1,]",
            "",
            "{\"a\":1}x",
        ] {
            let (ours, theirs) = (read::<Value>(text), serde_json::from_str::<Value>(text));
            assert_eq!(ours.ok(), theirs.ok(), "{text}");
        }
    }
}
