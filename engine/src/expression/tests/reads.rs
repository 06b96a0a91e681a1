//! What expressions are said to read.

use super::*;

#[test]
fn variables_are_found_but_not_local_ones() {
    for (source, names) in [
        (".a", &[][..]),
        ("$context.a", &["context"]),
        ("[$steps.a, $context]", &["context", "steps"]),
        (". as $output | $output", &[]),
        ("reduce .[] as $input (0; . + $input)", &[]),
        ("$input as $output | $output", &["input"]),
        ("\"\\($task.name)\"", &["task"]),
        ("{$workflow}", &["workflow"]),
        ("def f($input): $input; f($output)", &["output"]),
    ] {
        let found: Vec<String> = compiled(source).variables().iter().cloned().collect();
        assert_eq!(found, names, "{source}");
    }
}

#[test]
fn steps_are_found_by_name_or_all_kept() {
    let only = |names: &[&str]| StepsNamed::Only(names.iter().map(|n| (*n).to_owned()).collect());
    for (source, steps) in [
        (".a", only(&[])),
        ("1", only(&[])),
        ("$steps.charge.id", only(&["charge"])),
        ("$steps[\"book-shipment\"]", only(&["book-shipment"])),
        ("$steps.\"book-shipment\".x", only(&["book-shipment"])),
        ("[$steps.a.x, $steps.b]", only(&["a", "b"])),
        ("$steps", StepsNamed::All),
        ("$steps | .a", StepsNamed::All),
        ("$steps[.name]", StepsNamed::All),
        ("$steps[\"a\\(.name)\"]", StepsNamed::All),
        ("[$steps.a, $steps[]]", StepsNamed::All),
        (". as $steps | $steps", only(&[])),
    ] {
        assert_eq!(compiled(source).steps(), &steps, "{source}");
    }
}

/// What a compensation goes by: (the output, what is there without it).
#[test]
fn the_output_is_read_or_what_is_always_known() {
    for (source, reads) in [
        ("5", (false, false)),
        (".id", (true, false)),
        ("$input.id", (true, false)),
        ("$forward.output.id", (true, false)),
        ("$forward | .output", (false, true)),
        ("$forward.outcome", (false, false)),
        ("$error.title", (false, false)),
        ("$forward.input.id", (false, true)),
        (".id // $forward.idempotencyKey", (true, true)),
        ("$context.id", (false, true)),
        ("$item", (false, true)),
    ] {
        let names = ["forward", "input", "error", "context", "item"];
        let expr =
            Expr::compile(source, &names).unwrap_or_else(|fault| panic!("{source}: {fault}"));
        let output = expr.reads_own() || expr.reads_told();
        assert_eq!((output, expr.reads_known()), reads, "{source}");
    }
}

/// Of what is always known the key alone is sure to name what to undo.
#[test]
fn the_key_is_read_or_not() {
    for (source, reads) in [
        ("$forward.idempotencyKey", true),
        (".id // $forward.idempotencyKey", true),
        ("$forward", true),
        ("$forward.input.id", false),
        ("$forward.output.id", false),
        ("$steps.a.id", false),
    ] {
        let expr = Expr::compile(source, &["forward", "steps"]).expect("it compiles");
        assert_eq!(expr.reads_key(), reads, "{source}");
    }
}

#[test]
fn the_input_is_read_or_not() {
    for (source, reads) in [
        (".", true),
        (".a", true),
        ("$context.a", false),
        ("5", false),
        ("$steps.charge.id | .x", false),
        ("$context | length", false),
        ("$context | map(.a)", false),
        ("length", true),
        ("[$context.a, 1, null]", false),
        ("{a: $context}", false),
        ("{a}", true),
        ("{$task}", false),
        ("\"x\\($task.name)\"", false),
        ("\"x\\(.name)\"", true),
        ("@base64 \"\\($task.name)\"", false),
        ("$context as $c | $c.a", false),
        ("$context as $c | .a", true),
        ("reduce $context[] as $x (0; . + $x)", false),
        ("reduce $context[] as $x (.; . + $x)", true),
        ("if $context then 1 else 2 end", false),
        ("if $context then 1 end", true),
        ("try $context.a catch .", false),
        ("$context[.a]", true),
        ("..", true),
        (".a = 1", true),
        ("def f: .a; $context | f", true),
        ("error(\"x\")", false),
        ("range(5)", false),
    ] {
        assert_eq!(compiled(source).reads_dot(), reads, "{source}");
    }
}
