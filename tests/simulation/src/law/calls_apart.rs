//! **One worker makes one attempt once at a time (I5).** Copies of a job that reach one worker are not
//! called side by side.
//!
//! Binds: whatever the services do. Two workers may each have a copy; the key holds them together.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::hands::Begins;

pub struct CallsApart;

impl Law for CallsApart {
    fn name(&self) -> &'static str {
        "calls_apart"
    }

    fn begins(&self, books: &Books, begins: &Begins<'_>) -> Judgement {
        let (who, call) = (begins.who, begins.call);
        never(books.hands.is_calling(who, call), || {
            format!("attempt {} of {} is called twice at once by {who:?}", call.attempt, call.key)
        })
    }
}
