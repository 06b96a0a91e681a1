//! **A record answers (S11).** A job that comes again, and whose record is there when it comes, is not
//! called again by the worker that gets it.
//!
//! Binds: whatever the services do. After a power cut a record may be gone.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::hands::Begins;

pub struct RecordAnswers;

impl Law for RecordAnswers {
    fn name(&self) -> &'static str {
        "record_answers"
    }

    fn begins(&self, books: &Books, begins: &Begins<'_>) -> Judgement {
        let Some(job) = begins.job.filter(|_| !books.power_cut) else {
            return Ok(());
        };
        let open = books.hands.was_unanswered(begins.who, &job.id);
        never(!open, || format!("{} is called, and its record had the answer", job.id))
    }
}
