//! **Reported, then acknowledged (I22).** A worker says that it is done with a job only when an outcome
//! of it has reached the queue.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use baton_shared::Job;

pub struct OutcomeFirst;

impl Law for OutcomeFirst {
    fn name(&self) -> &'static str {
        "outcome_first"
    }

    fn released(&self, books: &Books, job: &Job) -> Judgement {
        let reported = books.hands.reports(&job.id).next().is_some();
        never(!reported, || format!("{} is acknowledged, and nobody was told of it", job.id))
    }
}
