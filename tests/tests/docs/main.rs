//! The documentation is true where a machine can tell: links lead somewhere, examples are read, and
//! what is shown is what comes out.

mod catalogue;
mod names;
mod page;
mod settings;

use baton_adapters::config;
use baton_engine::language::{self, Severity};
use page::{blocks, pages, root, text};
use std::collections::BTreeSet;

const HEAD: &str = "document: { dsl: '1.0.3', namespace: docs, name: example, version: '1.0.0' }\n";

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

/// What a link to each heading of a page says behind `#`.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter_map(|line| {
        let text = line.trim_start_matches('#').strip_prefix(' ')?;
        line.starts_with('#').then_some(text)
    });
    let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    let plain = |text: &str| text.chars().filter(kept).collect::<String>();
    headings
        .map(|text| plain(text).to_lowercase().replace(' ', "-"))
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
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = root().join(&page).parent().expect("a folder").to_owned();
            let target = match file {
                "" => root().join(&page),
                file => folder.join(file),
            };
            assert!(target.exists(), "{page}: `{link}` leads nowhere");
            if !anchor.is_empty() {
                let target = std::fs::read_to_string(target).expect("a page");
                let there = anchors(&target).contains(anchor);
                assert!(there, "{page}: `{link}` leads to no heading");
            }
        }
    }
    assert!(seen > 10, "only {seen} links were found");
}

#[test]
fn every_workflow_in_the_documentation_is_read() {
    // What a reader has too, so that `baton check` says of them what is said here.
    let catalogue = config::catalogue(&root().join("examples/services.yaml")).expect("a catalogue");
    let mut read = 0;
    for page in pages() {
        for block in blocks(&text(&page)) {
            let source = match block.mark.as_str() {
                "yaml workflow" => block.text,
                "yaml body" => format!("{HEAD}{}", block.text),
                // Read where their pages are.
                "yaml catalogue" if page == catalogue::PAGE => continue,
                "yaml settings" if page == settings::PAGE => continue,
                mark => {
                    assert!(!mark.starts_with("yaml"), "{page}:{}: unread", block.line);
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
