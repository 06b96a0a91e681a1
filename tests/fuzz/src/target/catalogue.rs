//! The service catalogue: what is accepted has no fault and is the same when written and read again;
//! what is refused is refused in one line that says where.

use super::{Target, text};
use baton_adapters::config::catalogue_of;
use baton_shared::catalogue::Catalogue;

pub(super) const TARGET: Target = Target {
    name: "catalogue",
    run,
    seeds,
    words: &[
        "services:",
        "url: ",
        "operations:",
        "method: ",
        "path: /",
        "timeout: ",
        "retry: ",
        "rejections: final",
        "retryable: [",
        "nothingToUndo: [",
        "auth: ",
        "input: ",
        "output: ",
        "&a ",
        "*a",
        "<<: ",
        "!!",
        "? ",
        "- ",
        ": ",
        "|\n",
        "'",
        "\"",
        "{",
        "}",
        "concurrency: 0",
        "maxResponse: ",
    ],
};

fn seeds() -> Vec<Vec<u8>> {
    let deep = |open: &str, close: &str, levels: usize| {
        let schema = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        format!(
            "services: {{ a: {{ url: 'http://h', operations: {{ o: {{ method: GET, path: /, \
             output: {schema} }} }} }} }}"
        )
        .into_bytes()
    };
    vec![
        deep("[", "]", 100),
        deep("[", "]", 100_000),
        deep("{a: ", "}", 1_000),
        b"- ".repeat(50_000),
        format!("services: {{ {}: 1 }}", "x".repeat(1 << 20)).into_bytes(),
    ]
}

fn run(bytes: &[u8]) {
    let text = text(bytes);
    match catalogue_of("file", &text) {
        Ok(catalogue) => {
            assert_eq!(catalogue.faults(), Vec::<String>::new());
            for name in catalogue.operations() {
                let (_, found) = catalogue.find(&name).unwrap_or_else(|| {
                    panic!("`{name}` is listed and cannot be found");
                });
                let _read = (found.timeout(), found.retry(), found.nothing_to_undo());
            }
            let json = serde_json::to_string(&catalogue).expect("plain data");
            let again: Catalogue = serde_json::from_str(&json).expect("our own JSON");
            assert_eq!(again, catalogue, "{json}");
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.contains('\n'), "one line: {said}");
            assert!(said.contains("`file`"), "{said}");
        }
    }
}
