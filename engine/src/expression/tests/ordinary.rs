//! Ordinary expressions and their results.

use super::*;

fn order() -> Value {
    json!({
        "id": 7,
        "note": null,
        "customer": {"name": "Ada Lovelace", "e mail": "ada@example.org"},
        "items": [
            {"sku": "b", "n": 2, "price": 1.5, "tags": ["x", "y"]},
            {"sku": "a", "n": 1, "price": 3, "tags": []},
            {"sku": "c", "n": 2, "price": 0.25, "tags": ["x"]},
        ],
    })
}

#[track_caller]
fn all(table: &[(&str, Value)]) {
    for (source, result) in table {
        assert_eq!(eval(source, &order()).as_ref(), Ok(result), "{source}");
    }
}

#[test]
fn paths_and_literals() {
    all(&[
        (".", order()),
        (".id", json!(7)),
        (".items[0].sku", json!("b")),
        (".items[-1].sku", json!("c")),
        (".items[9]", json!(null)),
        (".items[-9].sku.deeper", json!(null)),
        (".customer.\"e mail\"", json!("ada@example.org")),
        (".customer[\"e mail\"]", json!("ada@example.org")),
        (".note.deeper[3]", json!(null)),
        (".id.x?", json!(null)),
        ("$steps.charge.id", json!("ch_1")),
        ("$steps[\"book-shipment\"].ref", json!("s-9")),
        ("$steps.missing.id", json!(null)),
        ("$context.limit", json!(9_007_199_254_740_993_i64)),
        ("$task.name", json!("ship")),
        ("$output", json!(null)),
        ("  42 ", json!(42)),
        ("\"a \\\"b\\\"\"", json!("a \"b\"")),
        ("[1, {\"a\": 2.50}]", json!([1, {"a": 2.5}])),
        ("null", json!(null)),
    ]);
}

#[test]
fn arithmetic_and_numbers() {
    all(&[
        ("$context.limit + 0", json!(9_007_199_254_740_993_i64)),
        ("$context.limit * 2", json!(18_014_398_509_481_986_i64)),
        (
            "18446744073709551615 | .",
            json!(18_446_744_073_709_551_615_u64),
        ),
        ("[.items[].price]", json!([1.5, 3, 0.25])),
        ("10 / 2", json!(5)),
        ("1 / 4", json!(0.25)),
        (".items | map(.n * .price) | add", json!(6.5)),
        ("1.5 + 1.5", json!(3.0)),
        ("7 % 3", json!(1)),
        ("-(.id)", json!(-7)),
        ("[1.2, 1.7 | floor, ceil, round]", json!([1, 2, 1, 1, 2, 2])),
        ("1 == 1.0", json!(true)),
        ("[nan] | .[0] | isnan", json!(true)),
        (
            "[infinite, -infinite, nan]",
            json!([f64::MAX, f64::MIN, null]),
        ),
        ("pow(2; 10) | floor", json!(1024)),
        ("\"ab\" * 3", json!("ababab")),
        ("\"ab\" * 0", json!(null)),
        ("[1, 2, 1] - [1]", json!([2])),
        ("{a: {b: 1}} * {a: {c: 2}}", json!({"a": {"b": 1, "c": 2}})),
        ("null + [\"red\"]", json!(["red"])),
    ]);
}

#[test]
fn collections() {
    all(&[
        (".items | group_by(.n) | map(length)", json!([1, 2])),
        (
            ".items | sort_by(.sku) | map(.sku) | join(\"-\")",
            json!("a-b-c"),
        ),
        ("[.items[] | select(.n > 1) | .sku]", json!(["b", "c"])),
        (".items | map(.tags) | flatten", json!(["x", "y", "x"])),
        ("[[1, [2, [3]]]] | flatten(1)", json!([1, [2, [3]]])),
        (".items | map(.n) | unique", json!([1, 2])),
        (".items | [(map(.price) | min, max)]", json!([0.25, 3])),
        (".items | max_by(.price).sku", json!("a")),
        (".customer | keys", json!(["e mail", "name"])),
        (
            ".customer | to_entries | map(.key)",
            json!(["name", "e mail"]),
        ),
        (
            ".customer | with_entries(.value |= length)",
            json!({"name": 12, "e mail": 15}),
        ),
        (
            "[{key: \"a\", value: 1}, {name: \"b\", value: null}] | from_entries",
            json!({"a": 1, "b": null}),
        ),
        ("[{k: \"a\", v: 1}] | from_entries", json!({"a": 1})),
        (
            "[.items[].n] | [any(. == 2), all(. > 1)]",
            json!([true, false]),
        ),
        (
            ".items | [first.sku, last.sku, length]",
            json!(["b", "c", 3]),
        ),
        (
            "[first(range(5)), last(range(5)), nth(2; range(5))]",
            json!([0, 4, 2]),
        ),
        ("[limit(3; range(10))]", json!([0, 1, 2])),
        ("[range(2; 8; 3)]", json!([2, 5])),
        (".customer | has(\"name\")", json!(true)),
        (
            "[1, 2] | [has(0), has(2), contains([1])]",
            json!([true, false, true]),
        ),
        ("[.items[1:][].sku]", json!(["a", "c"])),
        ("reduce .items[] as $i (0; . + $i.n)", json!(5)),
        ("[foreach (1, 2, 3) as $i (0; . + $i)]", json!([1, 3, 6])),
        (
            "[.items[] | {sku, twice: (.n * 2)}] | .[0]",
            json!({"sku": "b", "twice": 4}),
        ),
        (
            ".items[0] | del(.tags, .price)",
            json!({"sku": "b", "n": 2}),
        ),
        (".items | map(.n |= . + 1) | map(.n)", json!([3, 2, 3])),
        (".customer.name = \"x\" | .customer.name", json!("x")),
        ("[paths] | length", json!(24)),
        ("[.items[0] | leaf_paths] | length", json!(5)),
    ]);
}

#[test]
fn more_collections() {
    all(&[
        (
            ".id as $id | [.items[].n | IN(1, $id)]",
            json!([false, true, false]),
        ),
        (".items | INDEX(.sku) | keys", json!(["a", "b", "c"])),
        (
            "[1, [2]] | walk(if type == \"number\" then . + 1 else . end)",
            json!([2, [3]]),
        ),
        ("[[1, 2], [3, 4]] | transpose", json!([[1, 3], [2, 4]])),
        ("[[1, 2], [3]] | [combinations]", json!([[1, 3], [2, 3]])),
        (
            "1 | [recurse(if . < 3 then . + 1 else empty end)]",
            json!([1, 2, 3]),
        ),
        ("1 | [while(. < 10; . * 2)]", json!([1, 2, 4, 8])),
        ("1 | until(. > 100; . * 2)", json!(128)),
        ("1 | [limit(3; repeat(. * 2))]", json!([1, 2, 4])),
        ("[3, 1, 2] | sort | reverse", json!([3, 2, 1])),
        (
            "[1, 2, 1] | [indices(1), index(2), rindex(1)]",
            json!([[0, 2], 1, 2]),
        ),
        ("{b: 1, a: 2}", json!({"b": 1, "a": 2})),
        ("[.. | numbers] | length", json!(7)),
        ("path(.a[0].b)", json!(["a", 0, "b"])),
        (
            "pick(.customer.name)",
            json!({"customer": {"name": "Ada Lovelace"}}),
        ),
        ("map_values(1) | keys | length", json!(4)),
        ("isempty(empty)", json!(true)),
        ("try error(\"boom\") catch .", json!("boom")),
        ("(.id | .x?) // \"none\"", json!("none")),
        ("def twice(f): f | f; 3 | twice(. * 2)", json!(12)),
        ("def scaled($by): . * $by; 3 | scaled(4)", json!(12)),
        ("label $out | (1, break $out, 2)", json!(1)),
        (
            "if .id > 5 then \"big\" elif .id > 3 then \"mid\" else \"small\" end",
            json!("big"),
        ),
        (
            ". as {items: [$first], $id} | [$first.sku, $id]",
            json!(["b", 7]),
        ),
        ("empty", json!(null)),
    ]);
}

#[test]
fn texts() {
    all(&[
        (
            "\"Hello \\($context.user), \\(.items | length)\"",
            json!("Hello ada, 3"),
        ),
        (".customer.name | split(\" \") | .[1]", json!("Lovelace")),
        (".customer.name | test(\"^ada\"; \"i\")", json!(true)),
        (
            ".customer.name | sub(\"(?<f>\\\\w+) (?<l>\\\\w+)\"; \"\\(.l) \\(.f)\")",
            json!("Lovelace Ada"),
        ),
        ("\"a1b22\" | gsub(\"[0-9]+\"; \"#\")", json!("a#b#")),
        ("\"a1b22\" | [scan(\"[0-9]+\")]", json!(["1", "22"])),
        ("\"a1\" | match(\"[0-9]\").offset", json!(1)),
        (
            "\"k=v\" | capture(\"(?<k>.)=(?<v>.)\")",
            json!({"k": "k", "v": "v"}),
        ),
        ("\"a, b\" | [splits(\", *\")]", json!(["a", "b"])),
        (
            "\"Ab\" | ascii_downcase, ascii_upcase | select(. == \"AB\")",
            json!("AB"),
        ),
        (
            "[\"abc\" | startswith(\"a\"), endswith(\"a\")]",
            json!([true, false]),
        ),
        ("\"xaxx\" | trimstr(\"x\")", json!("ax")),
        ("\"  a \" | trim", json!("a")),
        ("[\"12\", \"1.5\" | tonumber]", json!([12, 1.5])),
        ("[1, \"a\", [1] | tostring]", json!(["1", "a", "[1]"])),
        ("[1, {a: \"é\"}] | tojson", json!("[1,{\"a\":\"é\"}]")),
        (
            "\"{\\\"b\\\":1,\\\"a\\\":2}\" | fromjson",
            json!({"b": 1, "a": 2}),
        ),
        (
            "\"hi there\" | @base64, @uri | select(startswith(\"hi\"))",
            json!("hi%20there"),
        ),
        ("\"aGk=\" | @base64d", json!("hi")),
        ("[1] | @json", json!("[1]")),
        (
            "\"héllo\" | [length, utf8bytelength, .[1:3]]",
            json!([5, 6, "él"]),
        ),
        ("\"ab\" | explode | implode", json!("ab")),
        ("65 | ascii", json!("A")),
        ("0 | todate", json!("1970-01-01T00:00:00Z")),
        ("\"2024-02-29T12:00:00Z\" | fromdate", json!(1_709_208_000)),
        ("1709208000 | strftime(\"%Y-%m-%d\")", json!("2024-02-29")),
        (
            "\"2024-02-29\" | strptime(\"%Y-%m-%d\") | mktime",
            json!(1_709_164_800),
        ),
        ("@base64 \"x\\(.id)\"", json!("xNw==")),
        (
            "[.id, \"a\", null, [], {}, true | type]",
            json!(["number", "string", "null", "array", "object", "boolean"]),
        ),
    ]);
}

#[test]
fn several_results_are_an_error_and_none_is_null() {
    assert_eq!(eval(".items[].sku", &order()), Err(EvalError::Several(3)));
    assert_eq!(eval(".items[] | select(.n > 9)", &order()), Ok(json!(null)));
}

#[test]
fn steps_can_be_had_whole() {
    assert_eq!(
        eval("$steps | keys", &order()),
        Ok(json!(["book-shipment", "charge"]))
    );
    assert_eq!(
        eval("$steps[\"ch\" + \"arge\"].id", &order()),
        Ok(json!("ch_1"))
    );
    assert_eq!(
        eval("[$steps.charge.amount, $steps.none]", &order()),
        Ok(json!([12.5, null]))
    );
}

#[test]
fn failures_say_what_was_found() {
    for (source, message) in [
        (".id.total", "cannot read `.total` of a number"),
        ("(.id | .total)", "cannot read `.total` of a number"),
        (".customer[0]", "cannot read `.[0]` of an object"),
        (".items.\"e mail\"", "cannot read `.\"e mail\"` of an array"),
        (
            ".id + \"a\"",
            "cannot add the number 7 and the string \"a\"",
        ),
        (".id / 0", "cannot divide the number 7 by zero"),
        (
            ".id[]",
            "cannot go through the number 7: it is neither an array nor an object",
        ),
        ("error(\"no stock\")", "no stock"),
        ("error({code: 1})", "{\"code\":1}"),
        (
            "\"x\" | tonumber",
            "cannot read the string \"x\" as JSON: expected value at line 1 column 1",
        ),
        ("{(1, 2 | tostring): 1} | error(\"x\")", "x"),
    ] {
        assert_eq!(
            eval(source, &order()),
            Err(EvalError::Failed(message.to_owned())),
            "{source}"
        );
    }
}

/// What a workflow does with a thousand items stays well within the fuel.
#[test]
fn a_thousand_items_fit_the_fuel() {
    let item = |i: u32| json!({"sku": format!("sku-{i}"), "n": i % 7, "price": 1.5, "tags": ["a"]});
    let dot = json!({"items": (0..1_000).map(item).collect::<Vec<_>>()});
    for source in [
        ".items | map(.n * .price) | add",
        "[.items[] | select(.n > 3) | {sku, total: (.n * .price)}] | length",
        ".items | group_by(.n) | map({n: .[0].n, count: length}) | length",
        ".items | sort_by(.sku) | map(.sku) | join(\",\") | length",
        ".items | map(.sku | sub(\"sku-\"; \"\")) | length",
        "reduce .items[] as $i (0; . + $i.n)",
        ".items | map(.tags) | flatten | unique | length",
        "[.items[] | \"\\(.sku): \\(.n)\"] | length",
    ] {
        assert!(
            eval(source, &dot).is_ok(),
            "{source}: {:?}",
            eval(source, &dot)
        );
    }
}
