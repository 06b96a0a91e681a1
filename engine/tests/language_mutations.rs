//! Good workflows, spoiled at random: reading them never panics, and always ends in a workflow or in
//! an error with a place.

use baton_engine::language::{Severity, read, render};
use baton_shared::catalogue::Catalogue;
use proptest::prelude::*;
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    serde_json::from_str(include_str!("catalogue.json")).expect("the catalogue reads")
});

const GOOD: [&str; 5] = [
    include_str!("workflows/order-saga.yaml"),
    include_str!("workflows/control-flow.yaml"),
    include_str!("workflows/composite.yaml"),
    include_str!("workflows/text-styles.yaml"),
    include_str!("workflows/plain-http.yaml"),
];

/// Pieces that mean something to YAML, to expressions or to the language.
const PIECES: [&str; 24] = [
    "${", "}", "'", "\"", ": ", "- ", "[", "]", "{", "|\n", ">", "&a ", "*a", "!!int ", "~",
    "<<: ", "\t", "\n", "\u{e9}", "$steps.x", "then: ", "do:", "null", "\u{feff}",
];

#[derive(Clone, Debug)]
enum Spoil {
    Cut(usize, usize),
    Double(usize),
    Swap(usize, usize),
    Insert(usize, usize),
    Byte(usize, u8),
    Move(usize, usize),
    Indent(usize, usize),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let at = || any::<usize>();
    prop_oneof![
        (at(), 0..40_usize).prop_map(|(a, n)| Spoil::Cut(a, n)),
        at().prop_map(Spoil::Double),
        (at(), at()).prop_map(|(a, b)| Spoil::Swap(a, b)),
        (at(), 0..PIECES.len()).prop_map(|(a, piece)| Spoil::Insert(a, piece)),
        (at(), any::<u8>()).prop_map(|(a, byte)| Spoil::Byte(a, byte)),
        (at(), at()).prop_map(|(a, b)| Spoil::Move(a, b)),
        (at(), 0..8_usize).prop_map(|(a, n)| Spoil::Indent(a, n)),
    ]
}

fn spoiled(text: &str, spoil: &Spoil) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let line = |at: usize| at % lines.len().max(1);
    let mut bytes = text.as_bytes().to_vec();
    let byte = |at: usize| at % bytes.len().max(1);
    if text.lines().next().is_none() {
        return text.to_owned();
    }
    match *spoil {
        Spoil::Cut(at, length) => {
            let start = byte(at);
            bytes.drain(start..(start + length).min(bytes.len()));
        }
        Spoil::Insert(at, piece) => {
            let start = byte(at);
            bytes.splice(start..start, PIECES[piece].bytes());
        }
        Spoil::Byte(at, value) => {
            let at = byte(at);
            bytes[at] = value;
        }
        Spoil::Double(at) => {
            let at = line(at);
            lines.insert(at, lines[at]);
            return lines.join("\n");
        }
        Spoil::Swap(a, b) => {
            let (a, b) = (line(a), line(b));
            lines.swap(a, b);
            return lines.join("\n");
        }
        Spoil::Move(from, to) => {
            let (from, to) = (line(from), line(to));
            let moved = lines.remove(from);
            lines.insert(to.min(lines.len()), moved);
            return lines.join("\n");
        }
        Spoil::Indent(at, spaces) => {
            let at = line(at);
            let indented = format!("{}{}", " ".repeat(spaces), lines[at].trim_start());
            lines[at] = &indented;
            return lines.join("\n");
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let (workflow, diagnostics) = read(text, &CATALOGUE);
    let errors = diagnostics.iter().any(|d| d.severity == Severity::Error);
    prop_assert_eq!(workflow.is_none(), errors);
    for diagnostic in &diagnostics {
        prop_assert!(diagnostic.line >= 1 && diagnostic.column >= 1 && diagnostic.length >= 1);
        prop_assert!(!diagnostic.message.is_empty());
    }
    let shown = render(&diagnostics, text, "spoiled.yaml", false);
    prop_assert_eq!(shown.is_empty(), diagnostics.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoiled_workflows_are_refused_and_never_panic(
        which in 0..GOOD.len(),
        spoils in prop::collection::vec(spoil(), 1..6),
    ) {
        let text = spoils.iter().fold(GOOD[which].to_owned(), |text, spoil| spoiled(&text, spoil));
        check(&text)?;
    }

    #[test]
    fn any_text_is_refused_and_never_panics(text in "\\PC{0,400}") {
        check(&text)?;
    }

    #[test]
    fn any_text_as_an_expression_is_read_or_refused(text in "[ -~\u{e9}\u{1f600}]{0,60}") {
        let quoted = text.replace('\'', "''");
        check(&format!(
            "document: {{ dsl: '1.0.0', namespace: a, name: b, version: '1.0.0' }}\n\
             do:\n  - a:\n      if: '{quoted}'\n      set: {{ b: '${{ {quoted} }}' }}\n"
        ))?;
    }
}
