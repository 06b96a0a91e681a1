//! The values of programs: JSON that knows its size and depth, and charges for what it does.

use super::meter::{self, DEPTH, ELEMENT, SIZE, Trip};
use indexmap::IndexMap;
use serde_json::{Map, Number, Value};
use std::fmt;
use std::sync::Arc;

/// A value. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) enum Val {
    #[default]
    Null,
    Bool(bool),
    /// From `i64::MIN` to `u64::MAX`, as in JSON; beyond it arithmetic goes on in floats.
    Int(i128),
    Float(f64),
    Str(Arc<str>),
    Arr(Arc<Items>),
    Obj(Arc<Members>),
}

/// The elements of an array, and what is known of them together.
#[derive(Clone, Debug)]
pub(super) struct Items {
    pub(super) values: Vec<Val>,
    bulk: Bulk,
}

/// The members of an object, in their order.
#[derive(Clone, Debug)]
pub(super) struct Members {
    pub(super) values: IndexMap<Arc<str>, Val>,
    bulk: Bulk,
}

/// Size as JSON text, about, and levels of nesting.
#[derive(Clone, Copy, Debug)]
struct Bulk {
    size: u32,
    depth: u16,
}

impl Bulk {
    const EMPTY: Self = Self { size: 2, depth: 1 };

    fn with(self, key: usize, value: &Val) -> Self {
        let key = u32::try_from(key).unwrap_or(u32::MAX);
        Self {
            size: self
                .size
                .saturating_add(key)
                .saturating_add(value.size())
                .saturating_add(1),
            depth: self.depth.max(value.depth() + 1),
        }
    }

    /// Notes the limit that it breaks.
    fn check(self) -> Result<(), Trip> {
        if self.depth > DEPTH {
            return Err(meter::trip(Trip::Depth));
        }
        if self.size > SIZE {
            return Err(meter::trip(Trip::Size));
        }
        Ok(())
    }
}

/// Failures of operations on values.
pub(super) type Error = jaq_core::Error<Val>;
/// A value or a failure.
pub(super) type ValR = Result<Val, Error>;

impl From<Trip> for Error {
    fn from(_: Trip) -> Self {
        Self::str("the expression broke a limit")
    }
}

impl Val {
    /// Bytes as JSON text, about.
    pub(super) fn size(&self) -> u32 {
        match self {
            Self::Null | Self::Bool(_) => 5,
            Self::Int(_) | Self::Float(_) => 8,
            Self::Str(text) => u32::try_from(text.len())
                .unwrap_or(u32::MAX)
                .saturating_add(2),
            Self::Arr(items) => items.bulk.size,
            Self::Obj(members) => members.bulk.size,
        }
    }

    fn depth(&self) -> u16 {
        match self {
            Self::Arr(items) => items.bulk.depth,
            Self::Obj(members) => members.bulk.depth,
            _ => 0,
        }
    }

    /// A string that a program made; null once a limit is broken.
    pub(super) fn text(text: &str) -> Self {
        match meter::charge(text.len()) {
            Ok(()) if text.len() > SIZE as usize => {
                meter::trip(Trip::Size);
                Self::Null
            }
            Ok(()) => Self::Str(text.into()),
            Err(_) => Self::Null,
        }
    }

    /// An array that a program made.
    pub(super) fn array(values: Vec<Self>) -> ValR {
        meter::charge(values.len() * ELEMENT)?;
        let bulk = values
            .iter()
            .fold(Bulk::EMPTY, |bulk, value| bulk.with(0, value));
        bulk.check()?;
        Ok(Self::Arr(Arc::new(Items { values, bulk })))
    }

    /// An object that a program made.
    pub(super) fn object(values: IndexMap<Arc<str>, Self>) -> ValR {
        meter::charge(values.len() * ELEMENT)?;
        let bulk = members_bulk(&values);
        bulk.check()?;
        Ok(Self::Obj(Arc::new(Members { values, bulk })))
    }

    /// JSON from outside; it is charged only when it is used.
    pub(super) fn from_json(value: &Value) -> Result<Self, Trip> {
        Self::from_json_within(value, DEPTH)
    }

    fn from_json_within(value: &Value, levels: u16) -> Result<Self, Trip> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => Self::from_number(number),
            Value::String(text) => Self::Str(text.as_str().into()),
            Value::Array(_) | Value::Object(_) if levels == 0 => return Err(Trip::Depth),
            Value::Array(items) => {
                let items = items
                    .iter()
                    .map(|item| Self::from_json_within(item, levels - 1));
                let values = items.collect::<Result<Vec<_>, _>>()?;
                let bulk = values
                    .iter()
                    .fold(Bulk::EMPTY, |bulk, value| bulk.with(0, value));
                Self::Arr(Arc::new(Items { values, bulk }))
            }
            Value::Object(members) => {
                let members = members.iter().map(|(key, member)| {
                    Ok((
                        key.as_str().into(),
                        Self::from_json_within(member, levels - 1)?,
                    ))
                });
                let values = members.collect::<Result<IndexMap<_, _>, Trip>>()?;
                let bulk = members_bulk(&values);
                Self::Obj(Arc::new(Members { values, bulk }))
            }
        })
    }

    fn from_number(number: &Number) -> Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Self::Int(int.into()),
            (None, Some(int)) => Self::Int(int.into()),
            (None, None) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
        }
    }

    /// As JSON; what JSON has no number for is null (not a number) or the largest number.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Int(int) => match (i64::try_from(*int), u64::try_from(*int)) {
                (Ok(int), _) => int.into(),
                (_, Ok(int)) => int.into(),
                _ => Value::Null,
            },
            Self::Float(float) if float.is_nan() => Value::Null,
            Self::Float(float) => float.clamp(f64::MIN, f64::MAX).into(),
            Self::Str(text) => Value::String(text.to_string()),
            Self::Arr(items) => items.values.iter().map(Self::to_json).collect(),
            Self::Obj(members) => {
                let members = members.values.iter();
                Value::Object(
                    members
                        .map(|(k, v)| (k.to_string(), v.to_json()))
                        .collect::<Map<_, _>>(),
                )
            }
        }
    }

    /// Its JSON text.
    pub(super) fn to_json_text(&self) -> ValR {
        meter::charge(self.size() as usize)?;
        Ok(Self::text(&self.to_json().to_string()))
    }

    /// What kind it is, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Str(_) => "a string",
            Self::Arr(_) => "an array",
            Self::Obj(_) => "an object",
        }
    }
}

fn members_bulk(values: &IndexMap<Arc<str>, Val>) -> Bulk {
    values.iter().fold(Bulk::EMPTY, |bulk, (key, value)| {
        bulk.with(key.len() + 3, value)
    })
}

/// For messages: what it is, and the value where it is short.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(bool) => write!(f, "{bool}"),
            Self::Int(int) => write!(f, "the number {int}"),
            Self::Float(float) => write!(f, "the number {float}"),
            Self::Str(text) if text.chars().nth(40).is_none() => write!(f, "the string {text:?}"),
            Self::Str(text) => {
                write!(f, "a string of {} bytes", text.len())
            }
            Self::Arr(items) => write!(f, "an array of length {}", items.values.len()),
            Self::Obj(members) => write!(f, "an object with {} members", members.values.len()),
        }
    }
}
