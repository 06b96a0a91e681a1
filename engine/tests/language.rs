//! The reader of workflows, by example: every file of `diagnostics/` has beside it what a person is
//! shown, and every file of `workflows/` is read without an error.
//!
//! After a wanted change run with `UPDATE_EXPECT=1` and read the difference.

use baton_engine::language::{Severity, read, render};
use baton_shared::catalogue::Catalogue;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

fn catalogue() -> Catalogue {
    let catalogue: Catalogue =
        serde_json::from_str(include_str!("catalogue.json")).expect("the catalogue reads");
    assert_eq!(catalogue.faults(), Vec::<String>::new());
    catalogue
}

fn yaml_files(name: &str) -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder(name))
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (stem, fs::read_to_string(path).expect("a text"))
    };
    files.iter().map(read).collect()
}

#[test]
fn every_fault_is_shown_at_its_place() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let catalogue = catalogue();
    let files = yaml_files("diagnostics");
    assert!(files.len() >= 40, "only {} files", files.len());
    let mut wrong = Vec::new();
    for (name, source) in files {
        let (workflow, diagnostics) = read(&source, &catalogue);
        let errors = diagnostics.iter().any(|d| d.severity == Severity::Error);
        assert_eq!(
            workflow.is_none(),
            errors,
            "{name}: a workflow is there when there is no error"
        );
        assert!(!diagnostics.is_empty(), "{name}: nothing was found");
        let found = render(&diagnostics, &source, &format!("{name}.yaml"), false);
        let beside = folder("diagnostics").join(format!("{name}.expected"));
        if update {
            fs::write(&beside, &found).expect("is written");
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if expected != found {
            wrong.push(format!("{name}, expected:\n{expected}\nfound:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn good_workflows_are_read() {
    let files = yaml_files("workflows");
    assert!(files.len() >= 5, "only {} files", files.len());
    for (name, source) in files {
        let (workflow, diagnostics) = read(&source, &catalogue());
        let shown = render(&diagnostics, &source, &format!("{name}.yaml"), false);
        assert!(workflow.is_some(), "{shown}");
        assert!(
            diagnostics.is_empty(),
            "{name} is not only good but free of doubts:\n{shown}"
        );
    }
}
