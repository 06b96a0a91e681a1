//! Settings: a file, then `---` and variables as `NAME=value`, a line each. Whatever is written, the
//! refusal is one line, names the place, and repeats no password.

use super::{Target, halves, text};
use baton_adapters::config::Config;
use std::cell::LazyCell;
use std::fs;
use tempfile::NamedTempFile;

pub(super) const TARGET: Target = Target {
    name: "settings",
    run,
    seeds,
    words: &[
        "store:",
        "url: ",
        "queue:",
        "redis://u:hunter2@h",
        "amqp://u:hunter2@h/%2f",
        "embedded:",
        "partitions: ",
        "api:",
        "listen: ",
        "bodyLimit: ",
        "tokens: [",
        "retention: ",
        "7d",
        "log:",
        "worker:",
        "services: ",
        "tls: {",
        "BATON__",
        "BATON__STORE__URL=",
        "BATON__API__TOKENS=",
        "\n",
        "---\n",
        "&a ",
        "*a",
        "<<: ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "=",
        "_",
        "null",
        "~",
    ],
};

/// Stands in URLs of the corpus where a password does.
const PASSWORD: &str = ":hunter2@";

thread_local! {
    static FILE: LazyCell<NamedTempFile> =
        LazyCell::new(|| NamedTempFile::new().expect("a file"));
}

fn seeds() -> Vec<Vec<u8>> {
    let deep = format!("store: {}1{}", "{a: ".repeat(20_000), "}".repeat(20_000));
    vec![
        b"[".repeat(20_000),
        deep.into_bytes(),
        format!("---\nBATON__{}=1", "A__".repeat(50_000)).into_bytes(),
        format!("worker: {{ services: [{}] }}", "a,".repeat(50_000)).into_bytes(),
    ]
}

fn run(bytes: &[u8]) {
    let text = text(bytes);
    let (file, variables) = halves(&text);
    let variables = variables.lines().filter_map(|line| line.split_once('='));
    let variables = variables
        .filter(|(name, _)| !reads_files(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    // A catalogue may be any file of this machine, and what is in it is another target's.
    if file.contains("services") && !file.contains("worker") {
        return;
    }
    let read = FILE.with(|kept| {
        fs::write(kept.path(), file).expect("the file can be written");
        Config::read(Some(kept.path()), variables, "baton-orchestrator")
    });
    match read {
        Ok(config) => {
            assert!((1..=1024).contains(&config.partitions));
            assert!((1..=16 << 20).contains(&config.api.body_limit));
            let described = config.backend.described();
            let shown = format!("{} {}", described.store_url, described.queue_url);
            assert!(!shown.contains(PASSWORD), "{shown}");
        }
        Err(error) => {
            let said = error.to_string();
            assert!(!said.trim().is_empty());
            // Of those that may hold one: a number that is none is shown.
            let holds = ["`store.url`", "`queue.url`", "`store.prefix`"];
            let known = !said.contains("there is no setting");
            let holds = known && holds.iter().any(|name| said.contains(name));
            assert!(!holds || !said.contains(PASSWORD), "{said}");
        }
    }
}

/// `BATON__SERVICES` names a file.
fn reads_files(name: &str) -> bool {
    name.replace('_', "").eq_ignore_ascii_case("batonservices")
}
