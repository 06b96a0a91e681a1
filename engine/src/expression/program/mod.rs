//! Programs: what is no literal and no path, run by jaq under guard.
//!
//! ```text
//!   term ─ guard: ticks ─┬─ prelude: what it needs ─ jaq compiles ─► Program
//!                        └─ weight: how deep jaq may recurse
//!
//!   eval:  shallow ── the caller's stack ──┐ needs more stack
//!          heavy   ── a large stack  ◄─────┘ (the same again: programs are pure)
//! ```
//!
//! Values charge the thread's meter for what is done to them, ticks for what is done without values.

mod arithmetic;
mod guard;
mod jq_value;
mod meter;
mod natives;
pub(super) mod prelude;
mod regex;
mod value;

use super::fuel;
use super::reading::Reading;
use super::{EvalError, ExprFault, Scope, StepsNamed};
use jaq_core::data::JustLut;
use jaq_core::load::parse::{Def, Term};
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars};
pub(in crate::expression) use meter::FUEL;
use meter::Trip;
use serde_json::{Map, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};
use value::Val;

/// A compiled program.
pub(super) struct Program {
    filter: jaq_core::Filter<JustLut<Val>>,
    /// Whether it goes to the large stack at once.
    heavy: bool,
}

/// Levels of terms that a program may have at all.
const HEAVIEST: usize = 1_000;
/// Levels of terms that run on the caller's stack.
const LIGHT: usize = 40;
/// Stack that a light program may use before it moves, seen at its ticks and values.
const CALLER_STACK: usize = 96 << 10;
/// The large stack, and how much of it is used before the program counts as too deep.
const LARGE_STACK: usize = 64 << 20;
const LARGE_STACK_USED: usize = 48 << 20;

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program")
            .field("heavy", &self.heavy)
            .finish_non_exhaustive()
    }
}

/// Runs on a stack that holds every nesting the bounds allow.
pub(super) fn deep<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(LARGE_STACK)
            .spawn_scoped(scope, run)
            .map_err(|error| format!("there is no thread to run the expression on: {error}"))?
            .join()
            .map_err(|_| PANIC.to_owned())
    })
}

const PANIC: &str = "jaq failed inside on this expression; please report it";

impl Program {
    pub(super) fn compile(term: Term<&str>, reading: &Reading) -> Result<Self, ExprFault> {
        let term = guard::ticked(term);
        let weight = prelude::weigh(&term);
        if weight > HEAVIEST {
            let fault = "the expression is nested too deep, or a chain in it is too long; split it";
            return Err(ExprFault::new(fault, 0));
        }
        let needed = prelude::needed(&term);
        let traced = needed
            .natives
            .iter()
            .any(|(name, _)| matches!(*name, "path" | "path_value"));
        let names: Vec<String> = reading
            .variables
            .iter()
            .map(|name| format!("${name}"))
            .collect();
        let funs =
            natives::all().filter(|(name, args, _)| needed.natives.contains(&(*name, args.len())));
        let main = Def {
            name: "__main",
            args: Vec::new(),
            body: term,
        };
        let arena = Arena::default();
        let modules = Loader::new(needed.defs.into_iter().chain([main]))
            .load(
                &arena,
                File {
                    code: "__main",
                    path: (),
                },
            )
            .map_err(|_| ExprFault::new("jaq cannot load this expression", 0))?;
        let filter = Compiler::default()
            .with_funs(funs)
            .with_global_vars(names.iter().map(String::as_str))
            .compile(modules)
            .map_err(|faults| {
                let names = faults.iter().flat_map(|(_, undefined)| undefined);
                let names: Vec<_> = names
                    .map(|(name, what)| format!("{} `{name}`", what.as_str()))
                    .collect();
                ExprFault::new(format!("jaq does not know the {}", names.join(", ")), 0)
            })?;
        Ok(Self {
            filter,
            heavy: weight > LIGHT || traced,
        })
    }

    /// Its one result; null when it has none.
    pub(super) fn eval(
        &self,
        reading: &Reading,
        dot: &Value,
        scope: &dyn Scope,
    ) -> Result<Value, EvalError> {
        let dot = if reading.dot {
            Val::from_json(dot)
        } else {
            Ok(Val::Null)
        };
        let dot = dot.map_err(|_| EvalError::Depth)?;
        let variables = reading
            .variables
            .iter()
            .map(|name| variable(name, &reading.steps, scope));
        let variables = variables
            .collect::<Result<Vec<_>, Trip>>()
            .map_err(|_| EvalError::Depth)?;
        if !self.heavy {
            let run = || self.run(CALLER_STACK, dot.clone(), variables.clone());
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok((Err(Stop::Trip(Trip::Stack)), burnt)) => fuel::burn(burnt),
                Ok((result, burnt)) => {
                    fuel::burn(burnt);
                    return result.map_err(EvalError::from);
                }
                Err(_) => return Err(EvalError::Failed(PANIC.to_owned())),
            }
        }
        let (result, burnt) =
            deep(|| self.run(LARGE_STACK_USED, dot, variables)).map_err(EvalError::Failed)?;
        fuel::burn(burnt);
        result.map_err(EvalError::from)
    }

    fn run(&self, stack: usize, dot: Val, variables: Vec<Val>) -> (Result<Value, Stop>, i64) {
        let run = || {
            let ctx = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new(variables));
            let mut results = self.filter.id.run((ctx, dot));
            let Some(first) = results.next() else {
                return Ok(Value::Null);
            };
            let first = first.map_err(failure)?;
            let mut count = 1;
            for result in results {
                result.map_err(failure)?;
                count += 1;
            }
            if count > 1 {
                return Err(EvalError::Several(count));
            }
            Ok(first.to_json())
        };
        let (result, burnt) = meter::metered(stack, run);
        let result = result.map_err(Stop::Trip);
        (result.and_then(|value| value.map_err(Stop::Error)), burnt)
    }
}

/// Why a run gave no value.
enum Stop {
    Trip(Trip),
    Error(EvalError),
}

impl From<Stop> for EvalError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Trip(Trip::Fuel) => Self::Fuel,
            Stop::Trip(Trip::Size) => Self::Size,
            Stop::Trip(Trip::Depth | Trip::Stack) => Self::Depth,
            Stop::Error(error) => error,
        }
    }
}

/// What an exception says; a halt comes from a tick, and the meter knows why.
fn failure(exception: jaq_core::Exn<'_, Val>) -> EvalError {
    let Ok(error) = exception.get_err() else {
        return EvalError::Fuel;
    };
    EvalError::Failed(match error.into_val() {
        Val::Str(text) => text.to_string(),
        other => other.to_json().to_string(),
    })
}

/// A variable's value; `$steps` has only the steps that the program names.
fn variable(name: &str, steps: &StepsNamed, scope: &dyn Scope) -> Result<Val, Trip> {
    match (name, steps) {
        ("steps", StepsNamed::Only(steps)) => {
            let member =
                |step: &String| (step.clone(), scope.step(step).cloned().unwrap_or_default());
            Val::from_json(&Value::Object(
                steps.iter().map(member).collect::<Map<_, _>>(),
            ))
        }
        (name, _) => scope
            .variable(name)
            .map_or(Ok(Val::Null), |value| Val::from_json(&value)),
    }
}
