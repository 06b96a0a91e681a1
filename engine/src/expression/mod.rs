//! Guarded expressions: jq, with fuel, depth and size limits, and nothing of the outside.
//!
//! An [`Expr`] is compiled once, when its workflow is read. Plain paths (`.a.b[0]`, `$steps.x.y`) are
//! evaluated directly on JSON; everything else runs on jaq under guard.
//!
//! ```text
//!   text ─ source: length, brackets ─ jaq's parser ─ reading: names, faults, what it reads
//!                                                       │
//!                 literal ◄──────── path ◄──────────────┴──────► program (ticks in its loops)
//!                                                                   │ run on Val, which charges
//!                                                                   ▼ the meter for what it does
//!                                                                one value, or an EvalError
//! ```

pub(crate) mod fuel;
mod path;
mod program;
mod reading;
mod source;
mod template;
#[cfg(test)]
mod tests;

pub use template::Template;

use baton_shared::nesting::DEEPEST;
use path::Path;
use program::Program;
use reading::Reading;
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
    /// A member of a variable that is made only to be read, without the rest of it; `None` where the
    /// variable has to be asked for whole.
    fn member(&self, _variable: &str, _member: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// The value of `$steps.<name>`; `None` reads as null.
    fn step(&self, name: &str) -> Option<&Value>;
}

/// A compiled expression. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Expr(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: String,
    reading: Reading,
    kind: Kind,
}

/// The cheapest way to evaluate it.
#[derive(Debug)]
enum Kind {
    Literal(Value),
    Path(Path),
    Program(Box<Program>),
}

/// Why a text is no expression that may run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprFault {
    pub message: String,
    /// Byte offset in the source.
    pub offset: usize,
}

impl ExprFault {
    fn new(message: impl Into<String>, offset: usize) -> Self {
        Self {
            message: message.into(),
            offset,
        }
    }
}

/// Why an expression gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    #[error("{0}")]
    Failed(String),
    #[error("the expression used up its fuel; make it smaller or give it less data")]
    Fuel,
    #[error("the value is nested more than {DEEPEST} levels deep")]
    Depth,
    #[error("the expression made a value larger than 1 MiB")]
    Size,
    #[error("the values put together here are larger than 8 MiB; keep large data elsewhere")]
    Together,
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

impl StepsNamed {
    /// It reads no step's output.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }
}

impl Expr {
    /// Compiles jq text (without `${ }`). `variables` are the names it may use, without dollar.
    pub fn compile(source: &str, variables: &[&str]) -> Result<Self, ExprFault> {
        source::check_text(source)?;
        let (reading, kind) = match serde_json::from_str(source) {
            Ok(literal) => (Reading::nothing(), Kind::Literal(literal)),
            Err(_) => program::deep(|| Kind::of(source, variables))
                .map_err(|reason| ExprFault::new(reason, 0))??,
        };
        Ok(Self(Arc::new(Compiled {
            source: source.to_owned(),
            reading,
            kind,
        })))
    }

    /// Its one result on `dot`; null when it has none.
    pub fn eval(&self, dot: &Value, scope: &dyn Scope) -> Result<Value, EvalError> {
        match &self.0.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Path(path) => path.eval(dot, scope),
            Kind::Program(program) => program.eval(&self.0.reading, dot, scope),
        }
    }

    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The variables it names, without dollar.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.0.reading.variables
    }

    pub fn steps(&self) -> &StepsNamed {
        &self.0.reading.steps
    }

    /// Whether it reads its input (`.`) at all.
    pub fn reads_dot(&self) -> bool {
        self.0.reading.dot
    }

    /// Whether it reads what its task is given or gives, as `.`, `$input` or `$output`.
    pub fn reads_own(&self) -> bool {
        self.0.reading.own
    }

    /// In a compensation: whether it reads `$forward.output`, which is null when the outcome is unknown.
    pub fn reads_told(&self) -> bool {
        self.0.reading.told
    }

    /// In a compensation: whether it reads the key of what it undoes.
    pub fn reads_key(&self) -> bool {
        self.0.reading.key
    }

    /// The names in `$context.<name>`. What tasks export there may not be there.
    pub fn context(&self) -> &BTreeSet<String> {
        &self.0.reading.context
    }

    /// Whether it reads what is there whatever became of any step, as `$workflow` or `$forward.input`.
    pub fn reads_fixed(&self) -> bool {
        self.0.reading.fixed
    }

    /// Whether it has `//` or `if`, so that one thing it reads may stand in for another.
    pub fn has_alternative(&self) -> bool {
        self.0.reading.alternative
    }

    /// In a compensation: whether it reads anything but the step's output that tells what to undo.
    pub fn reads_known(&self) -> bool {
        self.reads_fixed() || !self.steps().is_empty() || !self.context().is_empty()
    }
}

impl Kind {
    fn of(source: &str, variables: &[&str]) -> Result<(Reading, Self), ExprFault> {
        let term = source::parse(source)?;
        let reading = Reading::of(source, &term, variables)?;
        let kind = match Path::of(&term) {
            Some(path) => Self::Path(path),
            None => Self::Program(Box::new(Program::compile(term, &reading)?)),
        };
        Ok((reading, kind))
    }
}
