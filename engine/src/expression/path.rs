//! Plain paths, read directly from JSON: no jq, and no copy but of the result.
//!
//! ```text
//!   .a[0]."x y"     $order.id     $steps.charge.id     $steps["book-shipment"].ref
//!   └ dot           └ variable    └ step
//! ```

use super::{EvalError, Scope};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::path::{Opt, Part};
use serde_json::Value;
use std::borrow::Cow;

/// A head and the parts read from it.
#[derive(Debug)]
pub(super) struct Path {
    head: Head,
    parts: Vec<(Key, bool)>,
}

#[derive(Debug)]
enum Head {
    Dot,
    Variable(String),
    Step(String),
}

#[derive(Debug)]
enum Key {
    Member(String),
    Item(i64),
}

impl Path {
    /// The term as a path, if it is one.
    pub(super) fn of(term: &Term<&str>) -> Option<Self> {
        let (head, parts) = match term {
            Term::Path(head, path) => (&**head, &path.0[..]),
            term => (term, &[][..]),
        };
        let mut parts = parts
            .iter()
            .map(|(part, opt)| key(part, *opt))
            .collect::<Option<Vec<_>>>()?;
        let head = match head {
            Term::Id => Head::Dot,
            Term::Var("$steps") if matches!(parts.first(), Some((Key::Member(_), _))) => {
                match parts.remove(0) {
                    (Key::Member(name), _) => Head::Step(name),
                    (Key::Item(_), _) => return None,
                }
            }
            Term::Var(name) => Head::Variable(name[1..].to_owned()),
            _ => return None,
        };
        Some(Self { head, parts })
    }

    pub(super) fn eval(&self, dot: &Value, scope: &dyn Scope) -> Result<Value, EvalError> {
        match &self.head {
            Head::Dot => read(dot, &self.parts).cloned(),
            Head::Step(name) => match scope.step(name) {
                None => Ok(Value::Null),
                Some(output) => read(output, &self.parts).cloned(),
            },
            Head::Variable(name) => {
                if let Some((Key::Member(member), _)) = self.parts.first()
                    && let Some(value) = scope.member(name, member)
                {
                    return below(value, &self.parts[1..]);
                }
                match scope.variable(name) {
                    None => Ok(Value::Null),
                    Some(value) => below(value, &self.parts),
                }
            }
        }
    }
}

/// The same, of a value that may be ours already.
fn below(value: Cow<'_, Value>, parts: &[(Key, bool)]) -> Result<Value, EvalError> {
    match value {
        Cow::Owned(value) if parts.is_empty() => Ok(value),
        value => read(&value, parts).cloned(),
    }
}

/// What lies at the path; null where nothing does. An optional part that cannot be read ends it.
fn read<'v>(from: &'v Value, parts: &[(Key, bool)]) -> Result<&'v Value, EvalError> {
    let mut at = from;
    for (key, optional) in parts {
        at = match step(at, key) {
            Some(value) => value,
            None if *optional => return Ok(&Value::Null),
            None => return Err(EvalError::Failed(unreadable(key, kind(at)))),
        };
    }
    Ok(at)
}

/// One step down; `None` where jq has an error, null where it has null.
fn step<'v>(at: &'v Value, key: &Key) -> Option<&'v Value> {
    match (at, key) {
        (Value::Null, _) => Some(&Value::Null),
        (Value::Object(members), Key::Member(name)) => {
            Some(members.get(name).unwrap_or(&Value::Null))
        }
        (Value::Array(items), Key::Item(index)) => {
            let index = match usize::try_from(*index) {
                Ok(index) => Some(index),
                Err(_) => usize::try_from(index.unsigned_abs())
                    .ok()
                    .and_then(|back| items.len().checked_sub(back)),
            };
            Some(
                index
                    .and_then(|index| items.get(index))
                    .unwrap_or(&Value::Null),
            )
        }
        _ => None,
    }
}

fn unreadable(key: &Key, of: &str) -> String {
    match key {
        Key::Member(name) => super::reading::cannot_read_member(name, of),
        Key::Item(index) => super::reading::cannot_read_item(*index, of),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn key(part: &Part<Term<&str>>, opt: Opt) -> Option<(Key, bool)> {
    let Part::Index(index) = part else {
        return None;
    };
    let key = match index {
        Term::Num(digits) => Key::Item(digits.parse().ok()?),
        Term::Neg(number) => match &**number {
            Term::Num(digits) => Key::Item(-digits.parse::<i64>().ok()?),
            _ => return None,
        },
        term => Key::Member(constant(term)?),
    };
    Some((key, matches!(opt, Opt::Optional)))
}

/// The text of a string without interpolation.
pub(super) fn constant(term: &Term<&str>) -> Option<String> {
    let Term::Str(None, parts) = term else {
        return None;
    };
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(piece) => text.push_str(piece),
            StrPart::Char(c) => text.push(*c),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}
