//! A line of a journal, read without detours.
//!
//! ```text
//!   {"at":1,"event":"completed", "node":…, "output":…}
//!     └ moment       └ kind       └ members, read as they come by what serde derives for that kind
//! ```
//!
//! What serde derives for a tagged enum in a flattened struct gathers every line twice before it reads
//! it, since the tag may stand anywhere. We write the moment and the kind first, so a line is read in one
//! go. One that somebody rewrote in another order is gathered, and means the same.

use super::event::{Known, Recorded};
use serde::de::value::MapDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::Map;
use std::fmt;

impl<'de> Deserialize<'de> for Recorded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Line)
    }
}

/// The name of a member.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Name {
    At,
    Event,
    Other(String),
}

struct Line;

impl<'de> Visitor<'de> for Line {
    type Value = Recorded;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event with its moment")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Recorded, A::Error> {
        let (mut at, mut kind, mut early) = (None, None, Map::new());
        while let Some(name) = members.next_key()? {
            match (name, at) {
                (Name::At, _) => at = Some(members.next_value()?),
                (Name::Event, Some(at)) if early.is_empty() => {
                    let event = Known::deserialize(Kind(members))?;
                    return Ok(Recorded { at, event });
                }
                (Name::Event, _) => kind = Some(members.next_value()?),
                (Name::Other(name), _) => drop(early.insert(name, members.next_value()?)),
            }
        }
        let at = at.ok_or_else(|| A::Error::missing_field("at"))?;
        let kind: serde_json::Value = kind.ok_or_else(|| A::Error::missing_field("event"))?;
        let gathered = std::iter::once(("event".to_owned(), kind)).chain(early);
        let mut gathered = MapDeserializer::<_, serde_json::Error>::new(gathered);
        let read = gathered.next_key::<IgnoredAny>();
        let read = read.and_then(|_| Known::deserialize(Kind(gathered)));
        let event = read.map_err(A::Error::custom)?;
        Ok(Recorded { at, event })
    }
}

/// Members of which the next value is the event's kind, and the rest belong to it: what serde expects
/// of an enum whose kind is known beforehand.
struct Kind<A>(A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Kind<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Kind<A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<(S::Value, Self), A::Error> {
        let kind = self.0.next_value_seed(seed)?;
        Ok((kind, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Kind<A> {
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        while self.0.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, A::Error> {
        Err(A::Error::custom("the members of an event have names"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("the members of an event have names"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saga::Event;

    const LINE: &str = r#"{"at":7,"event":"undoSkipped","record":3,"reason":"by hand"}"#;

    fn read(line: &str) -> Result<Recorded, String> {
        serde_json::from_str(line).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_that_was_rewritten_in_another_order_means_the_same() {
        let first = read(LINE).expect("as we write it");
        assert!(matches!(
            &first.event,
            Event::UndoSkipped {
                record: 3,
                reason: Some(_)
            }
        ));
        for line in [
            r#"{"event":"undoSkipped","at":7,"record":3,"reason":"by hand"}"#,
            r#"{"record":3,"reason":"by hand","event":"undoSkipped","at":7}"#,
            r#"{"reason":"by hand","at":7,"event":"undoSkipped","record":3}"#,
        ] {
            assert_eq!(read(line).as_ref(), Ok(&first), "{line}");
        }
        assert_eq!(serde_json::to_string(&first).expect("plain data"), LINE);
    }

    #[test]
    fn members_that_this_build_does_not_know_are_passed_over() {
        for line in [
            r#"{"at":7,"event":"paused","since":{"a":[1]}}"#,
            r#"{"since":null,"at":7,"event":"paused"}"#,
        ] {
            assert_eq!(
                read(line).map(|read| read.event),
                Ok(Event::Paused),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        for (line, named) in [
            (r#"{"event":"paused"}"#, "at"),
            (r#"{"at":7}"#, "event"),
            (r#"{"at":7,"event":"undone"}"#, "record"),
            (r#"{"at":7,"record":1,"event":"flown"}"#, "flown"),
            (r#"{"at":7,"event":"flown"}"#, "flown"),
        ] {
            let said = read(line).expect_err(line);
            assert!(said.contains(named), "{line}: {said}");
        }
    }
}
