//! **Nothing panics (P9).** Neither the core, which the driver would contain, nor anything around it.
//!
//! Binds: whatever the services do.

use super::{End, Judgement, Law, never};
use crate::books::Books;

pub struct NobodyPanics;

impl Law for NobodyPanics {
    fn name(&self) -> &'static str {
        "nobody_panics"
    }

    fn end(&self, _: &Books, end: &End<'_>) -> Judgement {
        never(!end.panics.is_empty(), || format!("panicked: {:?}", end.panics))
    }
}
