//! The path evaluator and jaq agree.

use super::*;
use proptest::prelude::*;

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "[a-c ]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-c]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn paths() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-c]".prop_map(|name| format!(".{name}")),
        "[a-c]".prop_map(|name| format!("[\"{name}\"]")),
        (-4..4_i64).prop_map(|at| format!("[{at}]")),
    ];
    let part = (part, any::<bool>()).prop_map(|(part, opt)| if opt { part + "?" } else { part });
    let head = prop_oneof![Just("."), Just("$context"), Just("$steps.a")];
    (head, prop::collection::vec(part, 0..5)).prop_map(|(head, parts)| {
        let parts = parts.concat();
        match (head, parts.strip_prefix('.')) {
            (".", Some(rest)) => format!(".{rest}"),
            (head, _) => format!("{head}{parts}"),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn paths_give_what_jaq_gives(path in paths(), dot in values(), other in values()) {
        let scope = Run { context: other.clone(), steps: json!({"a": other}) };
        let direct = compiled(&path);
        prop_assert!(matches!(direct.0.kind, Kind::Path(_)), "{path}");
        let through_jaq = compiled(&format!("{path} | ."));
        prop_assert!(matches!(through_jaq.0.kind, Kind::Program(_)));
        prop_assert_eq!(direct.eval(&dot, &scope), through_jaq.eval(&dot, &scope), "{}", path);
        prop_assert_eq!(direct.reads_dot(), path.starts_with('.'));
    }

    #[test]
    fn values_pass_through_jaq_unchanged(dot in values()) {
        let through_jaq = compiled("[.] | .[0]");
        let result = through_jaq.eval(&dot, &run());
        prop_assert_eq!(result.as_ref().map(Value::to_string), Ok(dot.to_string()));
    }

    #[test]
    fn any_text_compiles_or_faults(text in "[ -~]{0,40}") {
        if let Ok(expr) = Expr::compile(&text, &VARIABLES) {
            let _ = expr.eval(&json!({"a": [1, 2]}), &run());
        }
    }

    #[test]
    fn any_program_of_jq_words_ends(words in prop::collection::vec(word(), 1..14)) {
        let text = words.concat();
        if let Ok(expr) = Expr::compile(&text, &VARIABLES) {
            let result = expr.eval(&json!({"a": [1, [2, "x"]], "b": "abc"}), &run());
            prop_assert_eq!(result, expr.eval(&json!({"a": [1, [2, "x"]], "b": "abc"}), &run()));
        }
    }
}

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        ".",
        ".a",
        ".b",
        ".[]",
        ".[0]",
        "..",
        " | ",
        ", ",
        " + ",
        " * ",
        " // ",
        " |= ",
        " = ",
        "(",
        ")",
        "[",
        "]",
        "[.]",
        "(.,.)",
        "map(",
        "recurse",
        "recurse([.])",
        "repeat(.)",
        "until(. == 9; [.])",
        "walk(",
        "reduce .[] as $x (",
        "; ",
        "range(9)",
        "range(1e9)",
        "paths",
        "length",
        "tojson",
        "fromjson",
        "\"x\"",
        "1",
        "{a: ",
        "}",
        "$steps",
        "try ",
        "?",
        "limit(3; ",
        "first(",
        "add",
        "flatten",
        "sort",
        "keys",
        "test(\"a+\")",
        "while(true; .)",
        "foreach .[] as $x (0; ",
        "label $f | ",
        "break $f",
        "def f: ",
        "f",
    ])
}
