//! Names that travel: sagas, steps, jobs, services.
//!
//! Every identifier is checked when it is made, so that none can carry a character that AMQP
//! (`. * #`), Redis (`{ }`) or a URL would read as its own.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

/// Longest saga id, in bytes.
pub const SAGA_ID_MAX: usize = 128;

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no {what}: use 1 to {SAGA_ID_MAX} letters, digits, `-`, `_` or `.`, starting with a letter or digit"
)]
pub struct InvalidId {
    pub what: &'static str,
    pub text: String,
}

fn plain(what: &'static str, text: &str) -> Result<Arc<str>, InvalidId> {
    let fits = (1..=SAGA_ID_MAX).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if fits {
        Ok(text.into())
    } else {
        let text = text.chars().take(40).collect();
        Err(InvalidId { what, text })
    }
}

/// Reads a name without a copy of its text in between.
struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! plain_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                plain($what, text).map(Self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(PhantomData))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

plain_id! {
    /// One run of a workflow. Chosen by the submitter, or made for it.
    SagaId, "saga id"
}
plain_id! {
    /// A service of the catalogue; also the routing key of its jobs. Inline HTTP calls belong to `http`.
    ServiceName, "service name"
}

impl ServiceName {
    /// The service under which inline `call: http` runs.
    pub fn http() -> Self {
        Self("http".into())
    }
}

/// One execution of a task in a saga: the task's name, then `[i]` for each loop around it, `#r` for
/// the second and later rounds of a `try`, `~l` for the second and later laps of a `then` that goes
/// back. Unique in its saga, and stable: idempotency keys are made of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StepId(pub Arc<str>);

impl StepId {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl FromStr for StepId {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}
impl<'de> Deserialize<'de> for StepId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(PhantomData))
    }
}
impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Forward, or the undoing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    Task,
    Compensation,
}

/// Names one attempt for ever (semantics S1): attempt numbers of a step never repeat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId {
    pub saga: SagaId,
    /// The step as the core knows it; for a compensation the undoing activity's own id.
    pub step: StepId,
    pub kind: JobKind,
    pub epoch: u32,
    pub round: u32,
    pub attempt: u32,
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            saga,
            step,
            kind,
            epoch,
            round,
            attempt,
        } = self;
        let kind = match kind {
            JobKind::Task => "t",
            JobKind::Compensation => "c",
        };
        write!(f, "{saga}/{step}/{kind}{epoch}.{round}/{attempt}")
    }
}

/// A slice of all sagas: the unit of outcome queues and of store slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(pub u16);

impl Partition {
    /// The partition of `saga` among `count`. The same on every machine and for ever: queues and
    /// store slots are named by it.
    pub fn of(saga: &SagaId, count: u16) -> Self {
        let hash = stable_hash(saga.as_str().as_bytes());
        Self(u16::try_from(hash % u64::from(count.max(1))).unwrap_or(0))
    }
}

/// 64-bit FNV-1a with a final mix: stable, and good enough to spread ids and jitter.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    stable_hash_of(&[bytes])
}

/// The same of texts that stand one behind the other.
pub fn stable_hash_of(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().copied().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// 16 hex digits, without `format!`: each job has three such numbers.
pub fn hex16(number: u64) -> String {
    let digit = |place: u32| b"0123456789abcdef"[(number >> (4 * place) & 0xf) as usize];
    (0..16)
        .rev()
        .map(|place| char::from(digit(place)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_what_brokers_would_read() {
        for bad in [
            "",
            ".a",
            "a b",
            "a{b}",
            "a:b",
            "a/b",
            "a#",
            "a*",
            "ä",
            &"x".repeat(129),
        ] {
            assert!(bad.parse::<SagaId>().is_err(), "{bad}");
        }
        for good in ["a", "order-1", "A.b_c-9", &"x".repeat(128)] {
            assert!(good.parse::<SagaId>().is_ok(), "{good}");
        }
    }

    #[test]
    fn hex_has_sixteen_digits() {
        for number in [0, 1, 0xabc_def0, u64::MAX] {
            assert_eq!(hex16(number), format!("{number:016x}"));
        }
    }

    #[test]
    fn partitions_never_move() {
        let of = |s: &str| Partition::of(&s.parse().expect("id"), 16).0;
        assert_eq!(
            [of("a"), of("order-1"), of("order-2")],
            [of("a"), of("order-1"), of("order-2")]
        );
        assert_eq!(stable_hash(b"baton"), 12_198_115_070_723_527_347);
        assert_eq!(stable_hash_of(&[b"ba", b"", b"ton"]), stable_hash(b"baton"));
    }
}
