//! Durations as people write them in the catalogue and in settings: `500ms`, `30s`, `5m`, `2h`, `7d`.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serializer};
use std::fmt;
use std::time::Duration;

/// Reads `<number><unit>`; the unit is one of `ms s m h d`.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{text}` is no duration: write a number and a unit, as in 500ms, 30s, 5m, 2h or 7d"
        )
    };
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(unit)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

/// The shortest exact form that [`parse`] reads.
pub fn show(duration: Duration) -> String {
    let ms = duration.as_millis();
    for (unit, name) in [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1000, "s"),
    ] {
        if ms != 0 && ms.is_multiple_of(unit) {
            return format!("{}{name}", ms / unit);
        }
    }
    format!("{ms}ms")
}

/// A duration in a file. A bare number is refused in words of its own: whoever writes `timeout: 2` must
/// hear of units and not of strings.
struct Written(Duration);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration, such as 500ms, 30s or 5m")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
                parse(text).map(Written).map_err(E::custom)
            }
        }

        from.deserialize_str(Reader)
    }
}

/// For `#[serde(with = "duration")]`.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Written::deserialize(from).map(|written| written.0)
}

/// For `#[serde(with = "duration")]`.
pub fn serialize<S: Serializer>(duration: &Duration, into: S) -> Result<S::Ok, S::Error> {
    into.serialize_str(&show(*duration))
}

/// For `#[serde(with = "duration::option")]`.
pub mod option {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let written = Option::<Written>::deserialize(from)?;
        Ok(written.map(|written| written.0))
    }

    pub fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        into: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => super::serialize(duration, into),
            None => into.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_told_of_units_and_not_of_strings() {
        for value in [serde_json::json!(2), serde_json::json!(true)] {
            let told = option::deserialize(value).expect_err("has no unit");
            let told = told.to_string();
            assert!(
                told.contains("expected a duration, such as 500ms"),
                "{told}"
            );
        }
        let none = option::deserialize(serde_json::json!(null));
        assert_eq!(none.expect("nothing"), None);
    }

    #[test]
    fn what_is_shown_reads_back() {
        for text in ["0ms", "500ms", "30s", "90s", "5m", "2h", "7d"] {
            assert_eq!(show(parse(text).expect(text)), text);
        }
        for bad in ["", "5", "s", "5 s", "1.5s", "-1s", "9999999999999999999d"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
