//! A value with expressions at some of its leaves.

use super::{EvalError, Expr, Scope};
use crate::weight::weight;
use baton_shared::nesting::{DEEPEST, is_deeper};
use serde_json::{Map, Value};

/// Bytes that the expressions of one template may give together.
const LARGEST: usize = 8 * 1024 * 1024;

/// What `with`, `set`, `output.as` and their like hold.
#[derive(Clone, Debug)]
pub enum Template {
    Literal(Value),
    Expr(Expr),
    Object(Vec<(String, Self)>),
    Array(Vec<Self>),
}

impl Template {
    /// The value with every expression replaced by its result.
    pub fn eval(&self, dot: &Value, scope: &dyn Scope) -> Result<Value, EvalError> {
        let mut room = match self {
            // As it is: it was within its limits where it was made.
            Self::Expr(_) | Self::Literal(_) => usize::MAX,
            Self::Object(_) | Self::Array(_) => LARGEST,
        };
        self.fill(dot, scope, DEEPEST, &mut room)
    }

    /// Within so many levels, and so many bytes of results: values that are put together again and
    /// again would otherwise grow without end.
    fn fill(
        &self,
        dot: &Value,
        scope: &dyn Scope,
        levels: usize,
        room: &mut usize,
    ) -> Result<Value, EvalError> {
        let within = levels.checked_sub(1).ok_or(EvalError::Depth);
        match self {
            Self::Literal(value) if is_deeper(value, levels) => Err(EvalError::Depth),
            Self::Literal(value) => Ok(value.clone()),
            Self::Expr(expr) => {
                let value = expr.eval(dot, scope)?;
                if is_deeper(&value, levels) {
                    return Err(EvalError::Depth);
                }
                if *room < usize::MAX {
                    *room = room
                        .checked_sub(weight(&value))
                        .ok_or(EvalError::Together)?;
                }
                Ok(value)
            }
            Self::Object(members) => {
                let within = within?;
                let mut object = Map::new();
                for (name, member) in members {
                    object.insert(name.clone(), member.fill(dot, scope, within, room)?);
                }
                Ok(Value::Object(object))
            }
            Self::Array(items) => {
                let within = within?;
                let filled = items
                    .iter()
                    .map(|item| item.fill(dot, scope, within, room))
                    .collect::<Result<_, _>>()?;
                Ok(Value::Array(filled))
            }
        }
    }

    /// Every expression in it.
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Expr(expr) => vec![expr],
            Self::Object(members) => members.iter().flat_map(|(_, m)| m.expressions()).collect(),
            Self::Array(items) => items.iter().flat_map(Self::expressions).collect(),
        }
    }
}
