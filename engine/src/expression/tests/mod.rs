//! Laws and stories of expressions.

mod agreement;
mod faults;
mod hostile;
mod ordinary;
mod reads;

use super::*;
use serde_json::json;

/// A scope with a context and two steps.
struct Run {
    context: Value,
    steps: Value,
}

impl Scope for Run {
    fn variable(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            "context" => Some(Cow::Borrowed(&self.context)),
            "steps" => Some(Cow::Borrowed(&self.steps)),
            "task" => Some(Cow::Owned(json!({"name": "ship"}))),
            _ => None,
        }
    }

    fn step(&self, name: &str) -> Option<&Value> {
        self.steps.get(name)
    }
}

fn run() -> Run {
    Run {
        context: json!({"user": "ada", "limit": 9_007_199_254_740_993_i64}),
        steps: json!({"charge": {"id": "ch_1", "amount": 12.5}, "book-shipment": {"ref": "s-9"}}),
    }
}

fn compiled(source: &str) -> Expr {
    Expr::compile(source, &VARIABLES).unwrap_or_else(|fault| panic!("{source}: {fault:?}"))
}

fn eval(source: &str, dot: &Value) -> Result<Value, EvalError> {
    compiled(source).eval(dot, &run())
}
