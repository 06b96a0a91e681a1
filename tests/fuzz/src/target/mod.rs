//! The targets, one file each.

mod answer;
mod api;
mod arguments;
mod catalogue;
mod clock;
mod duration;
mod expression;
mod headers;
mod id;
mod journal;
mod log;
mod message;
mod page;
mod record;
mod redis;
mod retry_after;
mod settings;
mod trace;
mod workflow;

/// One thing that reads what others wrote.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    /// Reads the bytes, and panics when a promise is broken.
    pub run: fn(&[u8]),
    /// Inputs too large or too regular to keep as files.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Pieces that mean something to it.
    pub words: &'static [&'static str],
}

/// All of them.
pub const TARGETS: [Target; 20] = [
    answer::TARGET,
    api::TARGET,
    arguments::TARGET,
    catalogue::TARGET,
    duration::TARGET,
    expression::TARGET,
    headers::TARGET,
    id::TARGET,
    journal::TARGET,
    log::ENTRIES,
    log::RECOVERY,
    message::JOB,
    message::OUTCOME,
    page::TARGET,
    record::TARGET,
    redis::TARGET,
    retry_after::TARGET,
    settings::TARGET,
    trace::TARGET,
    workflow::TARGET,
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// No input beyond its files.
fn none() -> Vec<Vec<u8>> {
    Vec::new()
}

/// The bytes as text; what is no text becomes the sign for that.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The input before and after a line of three dashes; all of it, and nothing, where there is none.
fn halves(text: &str) -> (&str, &str) {
    text.split_once("\n---\n").unwrap_or((text, ""))
}
