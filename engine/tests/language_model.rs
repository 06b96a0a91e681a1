//! What a workflow becomes when it is read.

use baton_engine::expression::StepsNamed;
use baton_engine::language::{Severity, read, render};
use baton_engine::workflow::{
    Call, Kind, OnError, OnExhausted, Target, Task, Then, Time, Workflow, WorkflowName,
};
use baton_shared::catalogue::Catalogue;
use baton_shared::retry::Backoff;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

fn catalogue() -> Catalogue {
    serde_json::from_str(include_str!("catalogue.json")).expect("the catalogue reads")
}

/// Reads a workflow that has no error.
fn sound(source: &str) -> Workflow {
    let (workflow, diagnostics) = read(source, &catalogue());
    let shown = render(&diagnostics, source, "test.yaml", false);
    workflow.unwrap_or_else(|| panic!("must be read:\n{shown}"))
}

fn named<'w>(workflow: &'w Workflow, name: &str) -> &'w Task {
    workflow
        .tasks
        .iter()
        .find(|task| &*task.name == name)
        .expect(name)
}

fn call(task: &Task) -> &Call {
    match &task.kind {
        Kind::Call(call) => call,
        other => panic!("`{}` is a call, and not {other:?}", task.name),
    }
}

#[test]
fn the_order_saga_is_linked_with_its_catalogue() {
    let workflow = sound(include_str!("workflows/order-saga.yaml"));
    let WorkflowName { namespace, name } = &workflow.name;
    assert_eq!(
        (&**namespace, &**name, &*workflow.version),
        ("shop", "order", "1.2.0")
    );
    assert_eq!(
        workflow.title.as_deref(),
        Some("An order, from stock to parcel")
    );
    assert!(matches!(workflow.timeout, Some(Time::Fixed(t)) if t == Duration::from_secs(900)));
    let main: Vec<&str> = workflow
        .main
        .iter()
        .map(|i| &*workflow.task(*i).name)
        .collect();
    let wanted = [
        "reserveStock",
        "authorizePayment",
        "prepare",
        "rejectIfRisky",
        "capturePayment",
        "dispatch",
    ];
    assert_eq!(main, wanted);

    let reserve = named(&workflow, "reserveStock");
    assert_eq!(&*reserve.reference, "/do/0/reserveStock");
    assert_eq!(reserve.line, 15);
    let undo = workflow.task(reserve.compensate.expect("has a compensation"));
    assert_eq!(
        (&*undo.name, &*undo.reference),
        ("reserveStock:undo", "/do/0/reserveStock/compensate")
    );
    assert!(
        matches!(&call(undo).target, Target::Operation { method, path, with: Some(_) }
        if method == "DELETE" && path == "/reservations/{orderId}")
    );
    assert!(call(reserve).input_schema.is_some());

    assert!(named(&workflow, "capturePayment").pivot);
    assert!(call(named(&workflow, "scoreRisk")).read_only);
    assert_eq!(
        &*named(&workflow, "noteCancelled").reference,
        "/do/2/prepare/fork/branches/0/bookShipment/compensate/do/1/noteCancelled"
    );
    assert_eq!(workflow.saga.on_error, OnError::Continue);
    assert_eq!(
        workflow.saga.retry.as_ref().map(|retry| retry.count),
        Some(5)
    );
    assert_eq!(workflow.saga.on_failure.len(), 2);
}

#[test]
fn named_outputs_and_called_services_are_known() {
    let workflow = sound(include_str!("workflows/order-saga.yaml"));
    let kept = [
        "authorizePayment",
        "bookShipment",
        "cancelShipment",
        "reserveStock",
        "scoreRisk",
        "tellCustomer",
    ];
    assert_eq!(
        workflow.steps_kept,
        StepsNamed::Only(kept.map(str::to_owned).into_iter().collect())
    );
    let services: Vec<&str> = workflow
        .services()
        .into_iter()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(
        services,
        [
            "fraud",
            "inventory",
            "notifications",
            "payments",
            "shipping"
        ]
    );
}

#[test]
fn retries_keys_and_the_rules_of_the_service_are_kept_with_the_call() {
    let workflow = sound(include_str!("workflows/order-saga.yaml"));
    let authorize = named(&workflow, "authorizePayment");
    let retry = authorize.retry.as_ref().expect("has a retry");
    assert_eq!((retry.count, retry.backoff), (5, Backoff::Exponential));
    assert_eq!(
        (retry.delay, retry.max_delay),
        (Duration::from_millis(500), Duration::from_secs(10))
    );
    assert_eq!(
        (retry.within, retry.jitter),
        (Some(Duration::from_secs(300)), Duration::from_millis(50))
    );
    assert!(authorize.idempotency_key.is_some());
    assert!(call(authorize).rejections_final);
    assert_eq!(
        call(authorize).retry.as_ref().map(|retry| retry.count),
        Some(5)
    );
    assert_eq!(call(authorize).operation.as_deref(), Some("authorize"));
}

#[test]
fn control_flow_is_resolved_to_positions() {
    let workflow = sound(include_str!("workflows/control-flow.yaml"));
    let Kind::Switch(cases) = &named(&workflow, "choose").kind else {
        panic!("a switch")
    };
    let thens: Vec<Then> = cases.iter().map(|case| case.then).collect();
    assert_eq!(thens, [Then::Goto(7), Then::Continue, Then::Goto(2)]);
    assert_eq!(named(&workflow, "leave").then, Then::Goto(1));
    assert_eq!(named(&workflow, "back").then, Then::Goto(0));

    let Kind::For(each) = &named(&workflow, "each").kind else {
        panic!("a for")
    };
    assert_eq!((&*each.each, &*each.at), ("pet", "i"));
    let Kind::For(colours) = &named(&workflow, "colours").kind else {
        panic!("a for")
    };
    assert_eq!((&*colours.each, &*colours.at), ("item", "index"));

    let Kind::Try(attempt) = &named(&workflow, "attempt").kind else {
        panic!("a try")
    };
    let catch = &attempt.catch;
    assert_eq!(
        (&*catch.bind, catch.then, catch.with.status),
        ("problem", Then::Goto(7), Some(503))
    );
    let retry = catch.retry.as_ref().expect("has a retry");
    assert!(retry.when.is_some() && retry.except_when.is_none());
    assert_eq!(
        (retry.policy.count, retry.policy.backoff),
        (u32::MAX, Backoff::Linear)
    );
    assert!(matches!(&named(&workflow, "race").kind, Kind::Fork(fork) if fork.compete));

    let look = call(named(&workflow, "look"));
    let arguments = look.arguments.as_ref().expect("a function has arguments");
    assert!(arguments.with.is_some() && arguments.schema.is_some());
    assert_eq!(look.timeout, Duration::from_secs(5));
    assert_eq!(look.retry.as_ref().map(|retry| retry.count), Some(1));
    assert!(matches!(&look.target, Target::Inline(inline) if inline.method == "GET"));
    assert_eq!(named(&workflow, "look").on_exhausted, OnExhausted::Fail);
}

#[test]
fn texts_of_every_style_are_read_as_written() {
    let workflow = sound(include_str!("workflows/text-styles.yaml"));
    let Kind::Set(template) = &named(&workflow, "quoted").kind else {
        panic!("a set")
    };
    let sources: Vec<&str> = template
        .expressions()
        .iter()
        .map(|expr| expr.source())
        .collect();
    assert_eq!(
        sources,
        [r#""it's""#, r#""x""#, ".a + .b", ".a\n  | length"]
    );
    let baton_engine::expression::Template::Object(members) = template else {
        panic!("a map")
    };
    let member = |wanted: &str| {
        let found = members
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, member)| member);
        match found {
            Some(baton_engine::expression::Template::Literal(value)) => value.to_string(),
            other => panic!("{wanted} is a literal, and not {other:?}"),
        }
    };
    assert_eq!(member("again"), r#"{"list":[1,2.5,null,null,"yes",16]}"#);
    assert_eq!(member("shared"), member("again"));
}

/// Every line of every good workflow, left out once: read or refused, but never without a reason.
#[test]
fn a_missing_line_is_either_fine_or_explained() {
    let catalogue = catalogue();
    for source in [
        include_str!("workflows/order-saga.yaml"),
        include_str!("workflows/control-flow.yaml"),
        include_str!("workflows/composite.yaml"),
    ] {
        let lines: Vec<&str> = source.lines().collect();
        for gone in 0..lines.len() {
            let kept: Vec<&str> = lines
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != gone)
                .map(|(_, l)| *l)
                .collect();
            let text = kept.join("\n");
            let (workflow, diagnostics) = read(&text, &catalogue);
            let errors = diagnostics.iter().any(|d| d.severity == Severity::Error);
            assert_eq!(workflow.is_none(), errors, "without line {}", gone + 1);
            let count = text.lines().count();
            assert!(
                diagnostics
                    .iter()
                    .all(|d| (1..=count + 1).contains(&d.line) && d.column >= 1)
            );
        }
    }
}

#[test]
fn hostile_sizes_end_soon() {
    let head = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n";
    let bomb = |width: usize, depth: usize| {
        let mut text = format!("{head}do:\n  - a:\n      set:\n        a0: &a0 x\n");
        for level in 1..=depth {
            let again = format!("*a{}, ", level - 1).repeat(width);
            text.push_str(&format!("        a{level}: &a{level} [{again}]\n"));
        }
        text
    };
    let many = |task: &str, count: usize| {
        let tasks: String = (0..count)
            .map(|i| task.replace('#', &i.to_string()))
            .collect();
        format!("{head}do:\n{tasks}")
    };
    let hostile = [
        "[".repeat(200_000),
        "{a: ".repeat(50_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        format!("{head}do: {}", "[{a: {do: ".repeat(2_000)),
        bomb(9, 30),
        bomb(2, 60),
        format!("{head}x: &a [*a]\n"),
        many("  - t#: { set: {} }\n", 5_000),
        many("  - t#: { then: nowhere#, set: {} }\n", 2_000),
        many("  - t#: { set: '${ $steps.t_# }' }\n", 2_000),
        many("  - t: { set: {} }\n", 2_000),
        format!(
            "{head}do:\n  - a:\n      set: &x\n        e: [{}]\n  - b: {{ set: *x }}\n",
            "'${ .a|.b }', ".repeat(4_000)
        ),
        "x".repeat(256 * 1024),
        "a: b\n".repeat(50_000),
        format!("{head}{}", "k: {\n".repeat(20_000)),
        "\u{0}\u{feff}\u{202e}".to_owned(),
        "x".repeat(10_000_000),
    ];
    for text in hostile {
        let start = Instant::now();
        let (workflow, diagnostics) = read(&text, &catalogue());
        let beginning: String = text.chars().take(200).collect();
        assert!(workflow.is_none(), "{beginning}");
        let shown = render(&diagnostics, &text, "hostile.yaml", true);
        assert!(shown.len() < 1_000_000, "{beginning}");
        // Generous: this is the slowest build on a busy machine.
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{beginning}: {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn names_of_a_workflow_are_free_of_what_stores_would_read() {
    let workflow = sound(include_str!("workflows/order-saga.yaml"));
    let names: BTreeSet<&str> = workflow.tasks.iter().map(|task| &*task.name).collect();
    assert_eq!(names.len(), workflow.tasks.len(), "names are unique");
    for name in names {
        let own = name.strip_suffix(":undo").unwrap_or(name);
        assert!(
            own.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{name}"
        );
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let source = include_str!("workflows/order-saga.yaml");
    let windows = format!("\u{feff}{}", source.replace('\n', "\r\n"));
    let (plain, other) = (sound(source), sound(&windows));
    let places = |workflow: &Workflow| -> Vec<(String, usize)> {
        workflow
            .tasks
            .iter()
            .map(|task| (task.reference.to_string(), task.line))
            .collect()
    };
    assert_eq!(places(&plain), places(&other));
}

#[test]
fn what_is_nested_as_deeply_as_allowed_is_read_on_a_small_stack() {
    let head = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\ndo:\n";
    let nested = |open: &str, inner: &str, close: &str, levels: usize| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    let deep_value = nested("{ a: [", "'${ .x }'", "] }", 95);
    let deep_schema = nested("{ properties: { a: ", "{ type: string }", "} }", 90);
    let tasks = |name: &str, key: &str, tail: &str| {
        let open: String = (0..30)
            .map(|i| format!("[{{ {name}{i}: {{ {key}: "))
            .collect();
        format!(
            "{open}[{{ {name}: {{ set: {{}} }} }}]{}",
            format!("{tail} }} }}]").repeat(30)
        )
    };
    let sources = [
        format!("{head}  - v: {{ set: {deep_value} }}\n"),
        format!(
            "{head}  - s: {{ set: {{}}, input: {{ schema: {{ document: {deep_schema} }} }} }}\n"
        ),
        format!("{head}  - d: {{ do: {} }}\n", tasks("block", "do", "")),
        format!(
            "{head}  - d: {{ do: {} }}\n",
            tasks("attempt", "try", ", catch: {}")
        ),
        format!(
            "{head}  - d: {{ do: {} }}\n",
            tasks("loop", "for: { in: .x }, do", "")
        ),
    ];
    for source in sources {
        // The default of a runtime's threads is twice this.
        let reading = std::thread::Builder::new().stack_size(1024 * 1024);
        let done = reading.spawn(move || {
            sound(&source);
        });
        done.expect("starts").join().expect("is read");
    }
}
