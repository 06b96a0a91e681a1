//! A service catalogue that cannot be used is refused alike wherever it is named.

use crate::stage::{Ran, baton};
use std::path::{Path, PathBuf};
use std::time::Duration;

const WORKFLOW: &str = "\
document: { dsl: 1.0.0, namespace: shop, name: order, version: 1.0.0 }
do:
  - take: { call: stock.take }
";

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn of(services: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("workflows")).expect("a folder");
        std::fs::write(folder.path().join("workflows/order.yaml"), WORKFLOW).expect("written");
        std::fs::write(folder.path().join("services.yaml"), services).expect("written");
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        path.to_str().expect("UTF-8").to_owned()
    }

    async fn run(&self, words: &[&str]) -> Ran {
        let services = self.path("services.yaml");
        let words = [words, &["--services", &services]].concat();
        let ran = tokio::time::timeout(Duration::from_secs(30), baton(None, &words)).await;
        ran.expect("it ends, for it cannot be used")
    }

    /// What each command says that reads a catalogue; the file's name cut out.
    async fn told(&self) -> Vec<(i32, String)> {
        let (workflow, folder) = (self.path("workflows/order.yaml"), self.path("workflows"));
        let data = self.path("data");
        let dev = ["dev", "--workflows", &folder, "--data", &data];
        let mut told = Vec::new();
        for words in [
            &["check", &workflow][..],
            &["verify", &workflow],
            &[&dev[..], &["--listen", "127.0.0.1:0"]].concat(),
        ] {
            let ran = self.run(words).await;
            told.push((ran.exit, ran.err.replace(&self.path(""), "")));
        }
        assert!(!Path::new(&data).exists(), "dev made {data}");
        told
    }
}

#[tokio::test]
async fn an_output_that_is_no_schema_is_refused_by_check_verify_and_dev() {
    let files = Files::of(
        "services:\n  stock:\n    url: http://127.0.0.1:1\n    operations:\n      \
         take: { method: POST, path: /take, output: { type: objekt } }\n",
    );
    let told = files.told().await;
    let (exit, words) = &told[0];
    assert_eq!(*exit, 2, "{words}");
    let place = "the service catalogue `services.yaml` cannot be used: operation `stock.take`: its \
                 output is no JSON Schema: \"objekt\"";
    assert!(words.starts_with(&format!("error: {place}")), "{words}");
    assert!(told.iter().all(|other| *other == told[0]), "{told:#?}");
}

#[tokio::test]
async fn dev_without_services_names_the_option_as_check_does() {
    let files = Files::of("services: {}\n");
    let (folder, data) = (files.path("workflows"), files.path("data"));
    let dev = ["dev", "--workflows", &folder, "--data", &data];
    let dev = [&dev[..], &["--listen", "127.0.0.1:0"]].concat();
    let ran = tokio::time::timeout(Duration::from_secs(30), baton(None, &dev)).await;
    let ran = ran.expect("it ends, for nothing can be called");
    assert_eq!(ran.exit, 1, "{}", ran.err);
    assert!(ran.err.contains("[unknown-operation]"), "{}", ran.err);
    assert!(ran.err.contains("--services FILE names"), "{}", ran.err);
}
