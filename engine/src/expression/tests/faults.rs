//! Texts that are no expressions.

use super::*;

#[track_caller]
fn fault(source: &str, message: &str, offset: usize) {
    let found = Expr::compile(source, &VARIABLES).expect_err(source);
    assert_eq!(
        (&*found.message, found.offset),
        (message, offset),
        "{source}"
    );
}

#[test]
fn unknown_names_are_named_with_the_nearest() {
    fault(
        ".a + $contxt.b",
        "there is no variable `$contxt` here; did you mean `$context`?",
        5,
    );
    fault(
        "$step.x",
        "there is no variable `$step` here; did you mean `$steps`?",
        0,
    );
    fault("$zebra", "there is no variable `$zebra` here", 0);
    fault(
        ". as $order | $oder.id",
        "there is no variable `$oder` here; did you mean `$order`?",
        14,
    );
    fault("[$ENV]", "there is no variable `$ENV` here", 1);
    fault("(1 as $x | 2) | $x", "there is no variable `$x` here", 16);
    fault(
        ".a | lenght",
        "there is no function `lenght`; did you mean `length`?",
        5,
    );
    fault("map(.a; .b)", "`map` takes 1 argument, not 2", 0);
    fault(
        "1 | now",
        "`now` is not available: an expression sees only its data",
        4,
    );
    fault("__tick", "there is no function `__tick`", 0);
    fault(
        "break $out",
        "there is no `label $out` around this break",
        6,
    );
}

#[test]
fn scopes_may_have_more_variables() {
    assert!(Expr::compile("$item.id", &["item"]).is_ok());
    assert!(Expr::compile("$item.id | .x", &["items"]).is_err());
}

#[test]
fn broken_texts_say_what_was_expected() {
    fault("", "the expression is empty; write `.` for the input", 0);
    fault(".a +", "expected term, found the end of the expression", 4);
    fault(
        "[1, 2",
        "expected closing bracket, found the end of the expression",
        5,
    );
    fault(
        "if . then 1",
        "expected else or end, found the end of the expression",
        11,
    );
    fault(
        ".a == 'x'",
        "expected a string in double quotes, found `'`",
        6,
    );
    fault("{a: 1 b: 2}", "expected comma or right brace, found `b`", 6);
    fault(
        "reduce . as $x (0)",
        "`reduce` takes 2 parts in its parentheses, not 1",
        0,
    );
}

#[test]
fn recursion_is_refused() {
    for source in [
        "def f: [f]; f",
        "def f: f; f",
        "def f(g): f(g | g); f(.)",
        "def f: def g: f; g; f",
        "def f($x): if $x > 0 then f($x - 1) else 0 end; f(9)",
    ] {
        let fault = Expr::compile(source, &VARIABLES).expect_err(source);
        assert_eq!(
            fault.message,
            "`f` calls itself; recursive definitions are not allowed"
        );
        assert!(
            source[fault.offset..].starts_with('f') && fault.offset > 4,
            "{source}: {fault:?}"
        );
    }
}

#[test]
fn names_of_the_guard_cannot_be_defined() {
    assert!(Expr::compile("def __tick: .; [.,.]", &VARIABLES).is_err());
    assert!(Expr::compile("def f(__tick): .; 1", &VARIABLES).is_err());
    assert!(Expr::compile("def f(g): g; f(1)", &VARIABLES).is_ok());
}
