//! The documentation is true where a machine can tell: links lead somewhere, examples are read, and
//! what is shown is what comes out.

use baton_adapters::config;
use baton_engine::language::{self, Severity};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const HEAD: &str = "document: { dsl: '1.0.3', namespace: docs, name: example, version: '1.0.0' }\n";

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace's folder").to_owned()
}

fn text(path: &str) -> String {
    let read = std::fs::read_to_string(root().join(path));
    read.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Markdown file, by its path from the root.
fn pages() -> Vec<String> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of ours") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".md") {
                let path = path.strip_prefix(&root).expect("below the root");
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    assert!(found.contains(&"README.md".to_owned()), "{found:?}");
    found
}

/// A fenced block: what stands after the fence, the line of its first line, its text.
struct Block {
    mark: String,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(mark), false) => found.push(Block {
                mark: mark.to_owned(),
                line: number + 2,
                text: String::new(),
            }),
            (Some(_), true) => {}
            (None, true) => {
                let block = found.last_mut().expect("one is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
        open ^= line.starts_with("```");
    }
    assert!(!open, "a block is never closed");
    found
}

/// The targets of `[text](target)`, outside of code.
fn links(page: &str) -> Vec<String> {
    let mut prose = String::new();
    let mut open = false;
    for line in page.lines() {
        open ^= line.starts_with("```");
        if !open {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    let prose: String = prose.split('`').step_by(2).collect();
    let targets = prose.split("](").skip(1);
    targets
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut seen = 0;
    for page in pages() {
        for link in links(&text(&page)) {
            if link.contains("://") {
                continue;
            }
            seen += 1;
            let file = link.split('#').next().unwrap_or_default();
            let folder = root().join(&page).parent().expect("a folder").to_owned();
            assert!(folder.join(file).exists(), "{page}: `{link}` leads nowhere");
        }
    }
    assert!(seen > 10, "only {seen} links were found");
}

#[test]
fn every_workflow_in_the_documentation_is_read() {
    // What a reader has too, so that `baton check` says of them what is said here.
    let catalogue = config::catalogue(&root().join("examples/services.yaml")).expect("a catalogue");
    let mut read = 0;
    for page in ["README.md", "docs/language.md"] {
        for block in blocks(&text(page)) {
            let source = match block.mark.as_str() {
                "yaml workflow" => block.text,
                "yaml body" => format!("{HEAD}{}", block.text),
                mark => {
                    assert!(!mark.starts_with("yaml"), "{page}:{}: unmarked", block.line);
                    continue;
                }
            };
            let (workflow, found) = language::read(&source, &catalogue);
            let errors: Vec<_> = found
                .iter()
                .filter(|found| found.severity == Severity::Error)
                .collect();
            assert!(workflow.is_some(), "{page}:{}: {errors:#?}", block.line);
            read += 1;
        }
    }
    assert!(read > 10, "only {read} workflows were found");
}

#[test]
fn the_readme_shows_what_the_command_line_prints() {
    let golden = text("cli/tests/golden/compensated.txt");
    let readme = text("README.md");
    let shown = blocks(&readme)
        .into_iter()
        .any(|block| block.text == golden);
    assert!(
        shown,
        "the README's transcript is cli/tests/golden/compensated.txt"
    );
    let golden = text("cli/tests/golden/verify.txt");
    let shown = blocks(&readme)
        .into_iter()
        .any(|block| block.text.starts_with("shop/order-holes") && golden.starts_with(&block.text));
    assert!(
        shown,
        "the README shows the beginning of cli/tests/golden/verify.txt"
    );
    assert!(
        readme.lines().count() <= 150,
        "the README fits on a few screens"
    );
}

#[test]
fn what_the_documentation_tells_to_make_can_be_made() {
    let makefile = text("Makefile");
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(target, _)| target)
        .collect();
    let mut told = BTreeSet::new();
    for page in ["README.md", "CONTRIBUTING.md"] {
        for line in text(page).lines() {
            if let Some(command) = line.strip_prefix("$ make ") {
                told.extend(command.split_whitespace().next().map(str::to_owned));
            }
        }
    }
    for target in ["demo", "test"] {
        assert!(told.contains(target), "the README says `make {target}`");
    }
    for target in &told {
        assert!(targets.contains(target.as_str()), "no `make {target}`");
    }
}

#[test]
fn every_command_is_documented() {
    let page = text("docs/cli.md");
    for (folder, verb) in [
        ("cli/src/command", "baton"),
        ("cli/src/command/dlq", "baton dlq"),
    ] {
        for entry in std::fs::read_dir(root().join(folder)).expect("the commands") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name != "mod" {
                assert!(
                    page.contains(&format!("`{verb} {name}")),
                    "`{verb} {name}` is missing"
                );
            }
        }
    }
}
