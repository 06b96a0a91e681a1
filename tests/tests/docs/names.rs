//! The names of steps that `docs/cli.md` tells of are made by the core: its stories have each kind.

use crate::page::{code, root, rows, text};
use std::collections::BTreeSet;

/// What makes a name of its kind: `pay[3]` is `x[0]`, `pay:undo/refund` is `x:undo/x`.
fn kind(name: &str) -> String {
    let mut kind = String::new();
    let mut rest = name;
    while let Some(next) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if word.is_empty() {
            kind.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        }
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        // What stands behind a colon is Baton's own word.
        kind.push_str(match (is_number, kind.ends_with(':')) {
            (true, _) => "0",
            (false, true) => word,
            (false, false) => "x",
        });
        rest = behind;
    }
    kind
}

#[test]
fn every_kind_of_name_is_in_a_story() {
    assert_eq!(kind("pay[3]#2~1"), "x[0]#0~0");
    assert_eq!(kind("pay:undo[1]/re-fund"), "x:undo[0]/x");
    let mut made = BTreeSet::new();
    let folder = root().join("engine/tests/stories");
    for entry in std::fs::read_dir(folder).expect("the stories") {
        let story = std::fs::read_to_string(entry.expect("an entry").path()).expect("is text");
        // What the core answered, not what was asked of it. An attempt is `step/number`.
        let said = story.split("----").nth(1).unwrap_or_default();
        let said = said.lines().filter(|line| line.starts_with("  "));
        for word in said.flat_map(str::split_whitespace) {
            let step = word
                .rsplit_once('/')
                .filter(|(_, n)| n.parse::<u32>().is_ok());
            made.insert(kind(step.map_or(word, |(step, _)| step)));
        }
    }
    let told = rows(&text("docs/cli.md"), "Names of steps");
    let told: Vec<String> = told.iter().flat_map(|row| code(&row[0])).collect();
    assert!(told.len() > 5, "{told:?}");
    for name in told {
        assert!(
            made.contains(&kind(&name)),
            "the core makes no name like `{name}`"
        );
    }
}
