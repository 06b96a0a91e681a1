//! **Recorded, then reported (S11, S6).** An outcome reaches the queue only when the record of its
//! attempt says the same, so that one attempt has one outcome; and one that does not say `redelivered`
//! was made from a job that came for the first time.
//!
//! Binds: whatever the services do. A power cut may take a record back.

use super::{Judgement, Law, never};
use crate::books::Books;
use baton_shared::Outcome;

pub struct RecordFirst;

impl Law for RecordFirst {
    fn name(&self) -> &'static str {
        "record_first"
    }

    fn reported(&self, books: &Books, outcome: &Outcome, record: Option<&[u8]>) -> Judgement {
        if books.power_cut {
            return Ok(());
        }
        let job = &outcome.job;
        let kept: Option<Outcome> = record.and_then(|bytes| serde_json::from_slice(bytes).ok());
        let same = kept.as_ref() == Some(outcome);
        never(!same, || format!("the outcome of {job} is sent, and its record is {kept:?}"))?;
        let writer = books.hands.writer(job);
        let fresh = writer.is_some_and(|who| books.hands.was_fresh(who, job));
        never(!outcome.redelivered && !fresh, || {
            format!("{job} had come before, and its outcome does not say so")
        })
    }
}
