//! Guarded expressions: jq, with fuel, depth and size limits, and nothing of the outside.
//!
//! An [`Expr`] is compiled once, when its workflow is read. Plain paths (`.a.b[0]`, `$steps.x.y`) are
//! evaluated directly on JSON; everything else runs on jaq under guard.

mod template;

pub use template::Template;

use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The variables of the language, without their dollar. A scope may have more (`for`, `catch.as`).
pub const VARIABLES: [&str; 7] = [
    "context", "input", "output", "steps", "task", "workflow", "runtime",
];

/// Where variables come from while an expression runs.
pub trait Scope {
    /// The value of `$name`; `None` reads as null.
    fn variable(&self, name: &str) -> Option<Cow<'_, Value>>;
    /// The value of `$steps.<name>`; `None` reads as null.
    fn step(&self, name: &str) -> Option<&Value>;
}

/// A compiled expression. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Expr(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: String,
}

/// Why a text is no expression that may run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprFault {
    pub message: String,
    /// Byte offset in the source.
    pub offset: usize,
}

/// Why an expression gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    #[error("{0}")]
    Failed(String),
    #[error("the expression used up its fuel; make it smaller or give it less data")]
    Fuel,
    #[error("the expression's result is nested more than 128 levels deep")]
    Depth,
    #[error("the expression gave {0} results where one belongs; wrap it in [ ]")]
    Several(usize),
}

/// Which `$steps` an expression names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepsNamed {
    Only(BTreeSet<String>),
    /// It computes the name, so every output must be kept.
    All,
}

impl Expr {
    /// Compiles jq text (without `${ }`). `variables` are the names it may use, without dollar.
    pub fn compile(_source: &str, _variables: &[&str]) -> Result<Self, ExprFault> {
        unimplemented!()
    }

    /// Its one result on `dot`; null when it has none.
    pub fn eval(&self, _dot: &Value, _scope: &dyn Scope) -> Result<Value, EvalError> {
        unimplemented!()
    }

    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The variables it names, without dollar.
    pub fn variables(&self) -> &BTreeSet<String> {
        unimplemented!()
    }

    pub fn steps(&self) -> &StepsNamed {
        unimplemented!()
    }

    /// Whether it reads its input (`.`) at all: a compensation that reads nothing else has nothing
    /// to go by when the outcome is unknown.
    pub fn reads_dot(&self) -> bool {
        unimplemented!()
    }
}
