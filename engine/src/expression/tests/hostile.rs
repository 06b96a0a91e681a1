//! Expressions that mean harm, or a mistake, all end soon and never take the process with them.

use super::*;
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// How much work any of them may be in a debug build.
const SOON: Duration = Duration::from_secs(2);

/// Time spent since, on a processor if that is less: waiting for one on a busy machine is no work.
/// The whole process counts, since what is heavy runs on a thread of its own.
struct Work {
    wall: Instant,
    processor: Duration,
}

impl Work {
    fn begins() -> Self {
        Self {
            wall: Instant::now(),
            processor: Self::processor(),
        }
    }

    fn done(&self) -> Duration {
        // Where other tests share the process, the wall bounds what they add.
        let processor = Self::processor().saturating_sub(self.processor);
        processor.min(self.wall.elapsed())
    }

    fn processor() -> Duration {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::try_from(time).expect("it does not run backwards")
    }
}

#[derive(Debug, PartialEq)]
enum Ending {
    Refused,
    Fuel,
    Depth,
    Size,
    Failed,
    Value,
}
use Ending::{Depth, Failed, Fuel, Refused, Size};

fn ending(source: &str, dot: &Value) -> Ending {
    match Expr::compile(source, &VARIABLES) {
        Err(_) => Refused,
        Ok(expr) => match expr.eval(dot, &run()) {
            Ok(_) => Ending::Value,
            Err(EvalError::Fuel) => Fuel,
            Err(EvalError::Depth) => Depth,
            Err(EvalError::Size | EvalError::Together) => Size,
            Err(EvalError::Failed(_) | EvalError::Several(_)) => Failed,
        },
    }
}

#[track_caller]
fn soon(source: &str, dot: &Value) -> Ending {
    let work = Work::begins();
    let found = ending(source, dot);
    let took = work.done();
    let shown: String = source.chars().take(80).collect();
    eprintln!("{:>6} ms {found:?} {shown}", took.as_millis());
    assert!(took < SOON, "{shown} took {took:?}");
    found
}

const TABLE: &[(&str, Ending)] = &[
    ("def f: [f]; f", Refused),
    ("reduce range(10000) as $i (null; [.])", Depth),
    ("reduce range(10000) as $i (null; {a: .})", Depth),
    ("reduce range(40) as $i (\"x\"; . + .)", Size),
    ("reduce range(40) as $i ([1]; . + .)", Fuel),
    ("reduce range(40) as $i (\"x\"; [., .])", Size),
    ("reduce range(60) as $i (\"x\"; {a: ., b: .})", Size),
    ("reduce range(40) as $i (\"xy\"; . * 2)", Size),
    ("\"x\" * 2000000000", Size),
    ("\"x\" * 1e300", Size),
    ("[range(1e12)]", Fuel),
    ("[range(0; 1; 0)]", Fuel),
    ("last(range(1e12))", Fuel),
    ("[recurse([.])]", Depth),
    ("last(recurse(.))", Fuel),
    ("last(repeat(1))", Fuel),
    ("[repeat(.)]", Fuel),
    ("try last(repeat(1)) catch 1", Fuel),
    ("[.[]?, (try last(repeat(1)) catch 1)]", Fuel),
    ("first(range(1e9) | empty)", Fuel),
    ("repeat(empty)", Ending::Value),
    (
        "[range(3000)] | map(\"aaaaaaaaaaaaaaaaaaaaaaaaaa\" | gsub(\"a*b|a\"; \"x\"))",
        Fuel,
    ),
    ("[range(3000)] | map(\"b\" | test(\"[^a]{200}\"))", Fuel),
    (
        "[range(3000)] | map(\"b\" | test(\"(\\\\w\\\\W){150}\"))",
        Fuel,
    ),
    (
        "\"aaaaaaaa\" * 500 | [., ., .] | map(test(\"(a|a|a|a|a|a|a|a|a|a|a|a)*b\"))",
        Ending::Value,
    ),
    ("until(false; .)", Fuel),
    ("until(false; . + 1)", Fuel),
    ("[while(true; .)]", Fuel),
    ("last(limit(1e9; repeat(1)))", Fuel),
    ("first(skip(1e9; repeat(1)))", Fuel),
    ("nth(1e9; repeat(1))", Fuel),
    (
        "[range(1000)] as $a | [$a[] as $x | $a[] as $y | $a[] as $z | 1]",
        Fuel,
    ),
    (
        "[range(1000)] as $a | $a[] as $x | $a[] as $y | $a[] as $z | empty",
        Fuel,
    ),
    (
        "[[range(9)], [range(9)], [range(9)], [range(9)], [range(9)], [range(9)], [range(9)]] | [combinations]",
        Fuel,
    ),
    ("[0, 1] | [combinations(60)]", Fuel),
    ("(reduce range(10000) as $i (.; .)) |= 1", Fuel),
    ("(reduce range(1000000) as $i (.; .a)) |= 1", Fuel),
    ("setpath([range(5000) | \"a\"]; 1)", Fuel),
    ("getpath([range(100000) | \"a\"])", Fuel),
    ("(repeat(.)) |= 1", Fuel),
    ("last(path(repeat(.a)))", Fuel),
    ("(until(false; .)) |= 1", Fuel),
    (".[1e9] = 1", Fuel),
    (".[1e300] = 1", Fuel),
    (".[100000000000] = 1", Fuel),
    (
        "[limit(100; repeat(\"(\"))] | add as $re | \"x\" | test($re)",
        Failed,
    ),
    ("(\"a\" * 200) | test(\"(a*)*b\")", Ending::Value),
    ("(\"a\" * 20000) | [match(\"a*b|a\"; \"g\")] | length", Fuel),
    ("(\"a\" * 3000) | [match(\"a*b|a\"; \"g\")] | length", Fuel),
    ("\"a\" | test(\"(a{1000}){1000}\")", Failed),
    ("\"a\" | test(\"(((a{100}){100}){100}){100}\")", Failed),
    (
        "[range(20000)] | map(\"x\") | join(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\") | length",
        Fuel,
    ),
    ("(\"[\" * 100000) | fromjson", Failed),
    ("(\"[\" * 127 + \"]\" * 127) | fromjson | [[[.]]]", Depth),
    ("[limit(500; repeat(\"x\"))] | implode", Failed),
    ("[1114112] | implode", Failed),
    ("[2020, 127, 1, 0, 0, 0] | mktime", Failed),
    ("[2020, -129, 1, 0, 0, 0] | strftime(\"%Y\")", Failed),
    ("9000000000000000000 | gmtime", Failed),
    ("1e300 | todate", Failed),
    ("-9223372036854775808 / -1 | . % -1", Ending::Value),
    ("[.[]?] | group_by(repeat(1))", Ending::Value),
    ("[1, 2] | group_by(repeat(1))", Fuel),
    ("[1, 2] | sort_by(last(repeat(1)))", Fuel),
    (
        "def a: 1, 1; def b: a, a | a, a; def c: b, b | b, b; def d: c, c | c, c; def e: d, d | d, d; e | empty",
        Fuel,
    ),
    ("env", Refused),
    ("input", Refused),
    ("now", Refused),
    ("halt", Refused),
    ("halt_error", Refused),
    ("debug", Refused),
    ("$ENV", Refused),
    ("$__prog_args", Refused),
    ("import \"a\" as a; 1", Refused),
    ("include \"/etc/passwd\"; 1", Refused),
    ("\"x\" | ltrimstr(1)", Failed),
    ("jn(2000000000; 1)", Refused),
    ("[splits(\"a\")]", Failed),
    ("$steps | tojson | . * 100000 | fromjson", Size),
];

#[test]
fn hostile_expressions_end_soon() {
    let other = TABLE.iter().filter_map(|(source, expected)| {
        let found = soon(source, &json!(null));
        (found != *expected).then(|| format!("{source}: {found:?}, not {expected:?}"))
    });
    assert_eq!(other.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn big_integers_do_not_grow() {
    assert_eq!(
        soon("reduce range(40) as $i (10; . * .)", &json!(null)),
        Ending::Value
    );
    assert_eq!(
        eval("reduce range(40) as $i (10; . * .)", &json!(null)),
        Ok(json!(f64::MAX))
    );
    assert_eq!(
        eval("9223372036854775807 * 2 + 1", &json!(null)),
        Ok(json!(18_446_744_073_709_551_615_u64))
    );
}

#[test]
fn sources_that_nest_or_run_on_are_refused() {
    let repeated = |open: &str, times: usize, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(times), close.repeat(times))
    };
    for source in [
        "[".repeat(10_000),
        repeated("[", 7_000, ".", "]"),
        repeated("(", 65 * 2, ".", ")"),
        repeated("\"\\(", 2_000, ".", ")\""),
        "-".repeat(16_000) + "1",
        "try ".repeat(4_000) + ".",
        ".|".repeat(8_000) + ".",
        "1+".repeat(8_000) + "1",
        ".,".repeat(8_000) + ".",
        "if ".repeat(5_000),
        ". as $x|".repeat(2_000) + ".",
        "def f: ".repeat(2_000) + ".",
        "reduce ".repeat(2_000) + ".",
        "label $f|".repeat(1_500) + ".",
        "{a:".repeat(4_000),
        "\"".to_owned() + &"[\"".repeat(4_000),
        "# \\\n".repeat(2_000) + &"[".repeat(300),
        format!("[{}]", vec![".a"; 3_000].join(",")),
        format!(
            "{{{}}}",
            (0..1_200)
                .map(|i| format!("a{i}:."))
                .collect::<Vec<_>>()
                .join(",")
        ),
        ".".to_owned() + &" ".repeat(20_000),
        chained_definitions(400),
    ] {
        assert_eq!(soon(&source, &json!(null)), Refused);
    }
}

/// Definitions that each call the one before.
fn chained_definitions(many: usize) -> String {
    let defs: String = (1..many)
        .map(|i| format!("def f{i}: [f{}]|.[0];", i - 1))
        .collect();
    format!("def f0: .; {defs} f{}", many - 1)
}

#[test]
fn commas_and_optionals_without_values_run_out_of_fuel() {
    let doubling = vec!["(.,.)"; 60].join("|") + "|empty";
    assert_eq!(soon(&doubling, &json!(1)), Fuel);
    let silent = vec!["(.[]?,.[]?)"; 60].join("|");
    assert_eq!(
        soon(&silent, &json!([[[[[1], [2]], [[1], [2]]]]])),
        Ending::Value
    );
    let caught = vec!["(try (., error) catch .)"; 40].join("|") + "|empty";
    assert_eq!(soon(&caught, &json!(1)), Fuel);
}

#[test]
fn nested_walks_on_deep_data_stay_on_the_stack() {
    let deep = (0..126).fold(json!(1), |inner, _| json!([inner]));
    let mut walks = ".".to_owned();
    for _ in 0..30 {
        walks = format!("walk($d | {walks})");
    }
    for source in [
        format!(". as $d | {walks}"),
        "[..] | length".to_owned(),
        "[.. | ..] | length".to_owned(),
        "flatten".to_owned(),
        "[paths] | length".to_owned(),
        "walk(.) == .".to_owned(),
        "tojson | fromjson | tojson".to_owned(),
        ". * {} // 1".to_owned(),
        "[leaf_paths]".to_owned(),
        "[., .] | sort | unique | group_by(.)".to_owned(),
        "[[[.]]]".to_owned(),
    ] {
        soon(&source, &deep);
    }
    assert_eq!(ending(".", &deep), Ending::Value);
    assert_eq!(eval("[..] | length", &deep), Ok(json!(127)));
    assert_eq!(ending("[[[.]]]", &deep), Depth);
}

#[test]
fn input_nested_too_deep_is_an_error() {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(eval("[.]", &deep), Err(EvalError::Depth));
}

/// The heaviest nesting that runs on the caller's stack, and what moves off it, on a small stack.
#[test]
fn a_small_stack_is_enough() {
    let deep = (0..126).fold(json!(1), |inner, _| json!([inner, {"a": 1}]));
    let nested = |open: &str, times: usize, close: &str| {
        format!("{}.{}", open.repeat(times), close.repeat(times))
    };
    let sources: Vec<String> = [1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 45, 60]
        .into_iter()
        .flat_map(|times| {
            [
                nested("[", times, "]"),
                nested("(1 + ", times, ")"),
                nested("map(", times, ")"),
                nested("first(", times, ")"),
                nested("walk(", times, ")"),
                nested("sort_by(", times, ")"),
                nested("if . then ", times, " end"),
                nested("(. as [$x] | ", times, ")"),
                nested("(reduce .[]? as $x (.; ", times, "))"),
                nested("(.a |= ", times, ")"),
                nested("(..|", times, ")"),
                nested("any(", times, ")"),
                nested("{a: ", times, "}"),
                nested("(try ", times, ")"),
                nested("with_entries(", times, ")"),
                nested("\"\\(", times, ")\""),
            ]
        })
        .collect();
    let small = std::thread::Builder::new()
        .stack_size(512 << 10)
        .spawn(move || {
            for source in sources {
                if let Ok(expr) = Expr::compile(&source, &VARIABLES) {
                    for dot in [&deep, &json!([]), &json!({"a": [1, 2, 3]})] {
                        let _ = expr.eval(dot, &run());
                    }
                }
            }
        });
    small.expect("a thread").join().expect("no panic");
}

#[test]
fn the_same_text_and_data_give_the_same_ending() {
    let dot = json!({"a": [1, 2, {"b": "x"}]});
    for source in [
        "[recurse(.[]?)] | length",
        "[range(9999)] | map([.]) | length",
        "[paths]",
        "until(false; .)",
    ] {
        let expr = compiled(source);
        let first = expr.eval(&dot, &run());
        for _ in 0..3 {
            assert_eq!(expr.eval(&dot, &run()), first, "{source}");
        }
    }
}
