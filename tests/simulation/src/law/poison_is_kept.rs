//! **What belongs to no saga is kept (I22, S24).** Bytes that nobody can read, an outcome that the queue
//! gave up, and news of a saga that is not there are acknowledged only when they are kept as orphans.
//!
//! Binds: whatever the services do. A power cut may take a record back.

use super::{Judgement, Law, never};
use crate::books::Books;
use serde_json::Value;

pub struct PoisonIsKept;

impl Law for PoisonIsKept {
    fn name(&self) -> &'static str {
        "poison_is_kept"
    }

    fn put_away(&self, books: &Books, body: &[u8], orphans: &[&[u8]]) -> Judgement {
        let kept = orphans.iter().any(|orphan| has(orphan, body));
        never(!kept && !books.power_cut, || {
            let shown = String::from_utf8_lossy(body);
            format!("`{shown:.80}` belongs to no saga, is acknowledged and not kept")
        })
    }
}

/// Whether this orphan is that message, byte for byte where it is text.
fn has(orphan: &[u8], body: &[u8]) -> bool {
    let Ok(orphan) = serde_json::from_slice::<Value>(orphan) else {
        return false;
    };
    match std::str::from_utf8(body) {
        Ok(text) => orphan["body"] == text,
        Err(_) => orphan["bodyBase64"].is_string(),
    }
}
