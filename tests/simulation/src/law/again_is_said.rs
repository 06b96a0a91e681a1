//! **What is sent again says so (S6, S11).** Of a job only one copy is ever sent unmarked: by whoever
//! wrote it down. Any other is marked, so that its worker looks into the record first, and no refusal of
//! it proves anything.
//!
//! Binds: whatever the services do. The marked one may be faster, where its sender is. What a power cut
//! took back may be sent as if for the first time.

use super::{Judgement, Law, never};
use crate::books::Books;
use baton_shared::Job;

pub struct AgainIsSaid;

impl Law for AgainIsSaid {
    fn name(&self) -> &'static str {
        "again_is_said"
    }

    fn queued(&self, books: &Books, job: &Job) -> Judgement {
        let again = books.hands.was_new(&job.id) && !books.power_cut;
        never(again && !job.again, || format!("{} is sent again as if it were new", job.id))
    }
}
