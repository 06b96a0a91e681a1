//! Pages as a test reads them: their text, and their blocks.

use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace's folder").to_owned()
}

pub(crate) fn text(path: &str) -> String {
    let read = std::fs::read_to_string(root().join(path));
    read.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Markdown file, by its path from the root.
pub(crate) fn pages() -> Vec<String> {
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
pub(crate) struct Block {
    pub(crate) mark: String,
    pub(crate) line: usize,
    pub(crate) text: String,
}

pub(crate) fn blocks(page: &str) -> Vec<Block> {
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

/// The rows of the table below this heading, cell by cell; without the head.
pub(crate) fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let mut lines = page.lines();
    assert!(
        lines.any(|line| line == format!("## {heading}")),
        "there is no heading `{heading}`"
    );
    let section = lines.take_while(|line| !line.starts_with("## "));
    let table = section.filter(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<String>> = table.map(cells).collect();
    assert!(!rows.is_empty(), "there is no table below `{heading}`");
    rows
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// What stands in backticks, in order: `` `a` or `b` `` is a, b.
pub(crate) fn code(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.map(str::to_owned).collect()
}

/// The one thing that a cell names.
pub(crate) fn named(cell: &str) -> String {
    match &code(cell)[..] {
        [one] => one.clone(),
        _ => panic!("`{cell}` should name one thing"),
    }
}
