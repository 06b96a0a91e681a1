//! What expressions give, and what they refuse.

use super::*;
use serde_json::json;

/// A scope of the run: one variable `context`, two steps.
struct Run {
    context: Value,
    steps: Value,
}

impl Scope for Run {
    fn variable(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            "context" => Some(Cow::Borrowed(&self.context)),
            "steps" => Some(Cow::Borrowed(&self.steps)),
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

fn eval(source: &str, dot: &Value) -> Result<Value, EvalError> {
    Expr::compile(source, &VARIABLES)
        .unwrap_or_else(|f| panic!("{source}: {f:?}"))
        .eval(dot, &run())
}

#[test]
fn ordinary_expressions_give_their_results() {
    let dot =
        json!({"items": [{"sku": "b", "n": 2, "price": 1.5}, {"sku": "a", "n": 1, "price": 3}]});
    for (source, result) in [
        (".items[0].sku", json!("b")),
        ("$steps.charge.id", json!("ch_1")),
        (r#"$steps["book-shipment"].ref"#, json!("s-9")),
        ("$context.limit", json!(9_007_199_254_740_993_i64)),
        ("$context.limit + 0", json!(9_007_199_254_740_993_i64)),
        (".items | map(.n * .price) | add", json!(6.0)),
        ("$steps | keys", json!(["book-shipment", "charge"])),
        (r#""Hello \($context.user)""#, json!("Hello ada")),
    ] {
        assert_eq!(eval(source, &dot), Ok(result), "{source}");
    }
}
