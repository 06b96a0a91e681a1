//! Expressions: `program`, then `---` and the JSON it is run on. Whatever the program, it ends, gives
//! the same each time, and gives nothing larger or deeper than a saga may hold.

use super::{Target, halves, text};
use baton_engine::expression::{EvalError, Expr, Scope, VARIABLES};
use baton_shared::nesting::{DEEPEST, is_deeper};
use serde_json::Value;
use std::borrow::Cow;

pub(super) const TARGET: Target = Target {
    name: "expression",
    run,
    seeds,
    words: &[
        ".",
        "..",
        "[",
        "]",
        "{",
        "}",
        "|",
        ",",
        "?",
        "//",
        "as $x",
        "reduce ",
        "foreach ",
        "def f: ",
        "f",
        ";",
        "try ",
        "catch ",
        "if ",
        " then ",
        " else ",
        " end",
        "limit(1; ",
        "range(",
        "recurse",
        "until(",
        "while(",
        "repeat(",
        "env",
        "$ENV",
        "input",
        "$steps.a",
        "$context",
        "@base64",
        "@json",
        "test(\"",
        "splits(\"",
        "gsub(\"a+\"; ",
        "tojson",
        "fromjson",
        "implode",
        "ltrimstr(",
        "getpath([",
        "setpath([",
        "paths",
        "del(",
        "to_entries",
        "with_entries(",
        "group_by(",
        "join(",
        "infinite",
        "nan",
        "now",
        "halt",
        "error",
        "label $f | ",
        "break $f",
        "-",
        "*",
        "/",
        "%",
        "\\(",
        "\"",
        "---\n",
    ],
};

/// JSON text of a result may have a mebibyte, about.
const LARGEST: usize = 5 << 20;

fn seeds() -> Vec<Vec<u8>> {
    let wide = format!(".\n---\n[{}1]", "1,".repeat(50_000));
    let mut seeds = vec![wide.into_bytes()];
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("-", ""),
        (".[", "]"),
        ("{a: ", "}"),
        ("try ", ""),
    ] {
        for levels in [50, 500, 100_000] {
            seeds.push(format!("{}1{}", open.repeat(levels), close.repeat(levels)).into_bytes());
        }
    }
    for chain in [".a", "| .", ", .", "+ 1", "// 1", "?", "[0]", " as $x | 1"] {
        for times in [50, 500, 20_000] {
            seeds.push(format!("1{}", chain.repeat(times)).into_bytes());
            seeds.push(format!(".{}", chain.repeat(times)).into_bytes());
        }
    }
    seeds
}

struct Given(Value);

impl Scope for Given {
    fn variable(&self, _name: &str) -> Option<Cow<'_, Value>> {
        Some(Cow::Borrowed(&self.0))
    }
    fn step(&self, name: &str) -> Option<&Value> {
        (name == "a").then_some(&self.0)
    }
}

fn run(bytes: &[u8]) {
    let text = text(bytes);
    let (source, dot) = halves(&text);
    let expr = match Expr::compile(source, &VARIABLES) {
        Ok(expr) => expr,
        Err(fault) => {
            assert!(
                fault.offset <= source.len(),
                "{fault:?} is beyond {}",
                source.len()
            );
            assert!(
                source.is_char_boundary(fault.offset),
                "{fault:?} in `{source}`"
            );
            assert!(!fault.message.is_empty());
            return;
        }
    };
    assert_eq!(expr.source(), source);
    assert!(
        expr.variables()
            .iter()
            .all(|name| VARIABLES.contains(&name.as_str()))
    );
    let dot = serde_json::from_str(dot).unwrap_or_else(|_| Value::String(dot.to_owned()));
    let scope = Given(serde_json::json!({ "a": [1, 2.5, "x"], "b": null }));
    let result = expr.eval(&dot, &scope);
    assert_eq!(expr.eval(&dot, &scope), result, "the same each time");
    match result {
        Ok(value) => {
            assert!(
                !is_deeper(&value, DEEPEST) || is_deeper(&dot, DEEPEST),
                "{source}"
            );
            let json = value.to_string();
            // What is only handed on was let in elsewhere.
            assert!(json.len() <= LARGEST + 8 * bytes.len(), "{}", json.len());
            assert_eq!(
                serde_json::from_str::<Value>(&json).ok(),
                Some(value),
                "{json}"
            );
        }
        Err(EvalError::Failed(why)) => {
            assert!(!why.is_empty());
            assert!(!why.contains("jaq failed inside"), "{source}");
        }
        Err(_bounded) => {}
    }
}
