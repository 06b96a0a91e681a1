//! Programs: what is no literal and no path, run by jaq.

pub(super) mod prelude;

use super::reading::Reading;
use super::{EvalError, ExprFault, Scope, StepsNamed};
use jaq_core::data::JustLut;
use jaq_core::load::parse::{Def, Term};
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, unwrap_valr};
use jaq_json::Val;
use serde_json::{Map, Value};

/// A compiled program.
pub(super) struct Program {
    filter: jaq_core::Filter<JustLut<Val>>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Program")
    }
}

/// Runs on a stack that holds every nesting the bounds allow.
pub(super) fn deep<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn_scoped(scope, run)
            .map_err(|error| format!("no thread to run the expression on: {error}"))?
            .join()
            .map_err(|_| "the expression made jaq panic; please report it".to_owned())
    })
}

impl Program {
    pub(super) fn compile(term: Term<&str>, reading: &Reading) -> Result<Self, ExprFault> {
        let names: Vec<String> = reading
            .variables
            .iter()
            .map(|name| format!("${name}"))
            .collect();
        let main = Def {
            name: "__main",
            args: Vec::new(),
            body: term,
        };
        let arena = Arena::default();
        let fault = |_| ExprFault::new("jaq cannot compile this expression", 0);
        let modules = Loader::new(prelude::defs().into_iter().chain([main]))
            .load(
                &arena,
                File {
                    code: "__main",
                    path: (),
                },
            )
            .map_err(|_| fault(()))?;
        let filter = Compiler::default()
            .with_funs(
                jaq_core::funs()
                    .chain(jaq_std::funs())
                    .chain(jaq_json::funs()),
            )
            .with_global_vars(names.iter().map(String::as_str))
            .compile(modules)
            .map_err(|_| fault(()))?;
        Ok(Self { filter })
    }

    pub(super) fn eval(
        &self,
        reading: &Reading,
        dot: &Value,
        scope: &dyn Scope,
    ) -> Result<Value, EvalError> {
        let variables = reading
            .variables
            .iter()
            .map(|name| match (&**name, &reading.steps) {
                ("steps", StepsNamed::Only(steps)) => Value::Object(
                    steps
                        .iter()
                        .map(|s| (s.clone(), scope.step(s).cloned().unwrap_or_default()))
                        .collect(),
                ),
                (name, _) => scope
                    .variable(name)
                    .map_or(Value::Null, |value| value.into_owned()),
            });
        let variables: Vec<Val> = variables.map(|value| to_val(&value)).collect();
        let ctx = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new(variables));
        let mut results = self.filter.id.run((ctx, to_val(dot))).map(unwrap_valr);
        let first = results
            .next()
            .transpose()
            .map_err(|error| EvalError::Failed(error.to_string()))?;
        let more = results.count();
        match (first, more) {
            (None, _) => Ok(Value::Null),
            (Some(value), 0) => Ok(from_val(&value)),
            (Some(_), more) => Err(EvalError::Several(1 + more)),
        }
    }
}

fn to_val(value: &Value) -> Val {
    let text = value.to_string();
    jaq_json::read::parse_single(text.as_bytes()).unwrap_or_default()
}

fn from_val(value: &Val) -> Value {
    serde_json::from_str(&value.to_string()).unwrap_or_else(|_| Value::Object(Map::new()))
}
