//! A value with expressions at some of its leaves.

use super::{EvalError, Expr, Scope};
use serde_json::{Map, Value};

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
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Expr(expr) => expr.eval(dot, scope)?,
            Self::Object(members) => {
                let mut object = Map::new();
                for (name, member) in members {
                    object.insert(name.clone(), member.eval(dot, scope)?);
                }
                Value::Object(object)
            }
            Self::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| item.eval(dot, scope))
                    .collect::<Result<_, _>>()?,
            ),
        })
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
