//! Secrets that two of the services ask for, and that must be seen nowhere else.
//!
//! ```text
//!   catalogue: the name ─► worker: the value ─► one header of one call ─► its service
//!                                      └─► anywhere else: the canary sings
//! ```

use baton_worker::{Secret, Secrets};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// What every secret has in it as it is, and also where it is written in base64: the password begins with what
/// this is in plain text.
const SONG: &str = "Y2FuYXJ5LTRmMWM5";
const TOKEN: &str = "token-Y2FuYXJ5LTRmMWM5";
const PASSWORD: &str = "canary-4f1c9Y2FuYXJ5LTRmMWM5";
/// `baton` and the password, as basic authentication has them.
const BASIC: &str = "Basic YmF0b246Y2FuYXJ5LTRmMWM5WTJGdVlYSjVMVFJtTVdNNQ==";

/// How the catalogue says that a service asks for credentials; nothing for most.
pub(crate) fn auth(service: &str) -> Option<Value> {
    match service {
        "s" => Some(json!({ "bearer": { "token": { "secret": "s-token" } } })),
        "k" => Some(
            json!({ "basic": { "username": "baton", "password": { "secret": "k-password" } } }),
        ),
        _ => None,
    }
}

/// What a call of this service must bring, and no other call may.
pub(crate) fn demanded(service: &str) -> Option<String> {
    match service {
        "s" => Some(format!("Bearer {TOKEN}")),
        "k" => Some(BASIC.to_owned()),
        _ => None,
    }
}

/// The secrets of a worker's machine.
pub(crate) struct Canaries;

impl Secrets for Canaries {
    fn secret(&self, name: &str) -> Option<Secret> {
        match name {
            "s-token" => Some(Secret::new(TOKEN)),
            "k-password" => Some(Secret::new(PASSWORD)),
            _ => None,
        }
    }
}

/// Whether a secret is in there.
pub fn sings(bytes: &[u8]) -> bool {
    // What is no text is none of ours: everything that Baton writes is.
    std::str::from_utf8(bytes).is_ok_and(|text| text.contains(SONG))
}

thread_local! {
    /// What was said on this thread since somebody listens: the line at hand, and one with a secret.
    static HEARD: RefCell<Option<Heard>> = const { RefCell::new(None) };
}

/// What is heard of the log.
#[derive(Debug, Default)]
pub struct Heard {
    pub lines: u64,
    pub leak: Option<String>,
    line: String,
}

/// From here on, every line of the log on this thread is read.
pub fn listen() {
    static ONCE: Once = Once::new();
    // Where somebody else listens to this process already, a log is not judged.
    ONCE.call_once(|| drop(tracing::subscriber::set_global_default(Ear)));
    HEARD.with(|heard| *heard.borrow_mut() = Some(Heard::default()));
}

/// What was heard, if anybody listened.
pub fn heard() -> Option<Heard> {
    HEARD.with(|heard| heard.borrow_mut().take())
}

/// Reads the log of this thread while somebody listens, at every level there is.
struct Ear;

impl Heard {
    fn hear(&mut self, fields: impl FnOnce(&mut String)) {
        self.lines += 1;
        self.line.clear();
        fields(&mut self.line);
        if self.leak.is_none() && sings(self.line.as_bytes()) {
            self.leak = Some(self.line.clone());
        }
    }
}

fn hear(fields: impl FnOnce(&mut dyn Visit)) {
    HEARD.with(|heard| {
        if let Some(heard) = heard.borrow_mut().as_mut() {
            heard.hear(|line| fields(&mut Writer(line)));
        }
    });
}

struct Writer<'a>(&'a mut String);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").expect("a string takes all");
    }
}

impl Subscriber for Ear {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        HEARD.with(|heard| heard.borrow().is_some())
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        hear(|line| span.record(line));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        hear(|line| values.record(line));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        hear(|line| event.record(line));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_sings_however_it_is_written() {
        for said in [TOKEN, PASSWORD, BASIC] {
            assert!(sings(said.as_bytes()), "{said}");
        }
        assert!(!sings(b"s-token k-password"), "their names are no secrets");
        let demanded: Vec<String> = ["s", "k", "f"].into_iter().filter_map(demanded).collect();
        assert!(demanded.iter().all(|said| sings(said.as_bytes())));
    }

    #[test]
    fn a_line_of_the_log_is_heard_with_its_fields() {
        listen();
        tracing::debug!(service = "s", "called");
        let first = heard().expect("somebody listens");
        assert_eq!((first.lines, first.leak), (1, None));
        listen();
        tracing::warn!(header = %format!("Bearer {TOKEN}"), "called");
        let leak = heard().and_then(|heard| heard.leak).expect("it was told");
        assert!(leak.contains("header=Bearer"), "{leak}");
        tracing::warn!(TOKEN, "nobody listens");
        assert!(heard().is_none());
    }
}
