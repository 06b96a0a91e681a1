//! **No call starts after its deadline (S5).** By the clock of the worker that makes it.
//!
//! Binds: whatever the services do. What a power cut took back may be decided anew, with another deadline
//! under the same name.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::hands::Begins;

pub struct CalledInTime;

impl Law for CalledInTime {
    fn name(&self) -> &'static str {
        "called_in_time"
    }

    fn begins(&self, books: &Books, begins: &Begins<'_>) -> Judgement {
        let Some(job) = begins.job else {
            return Err(format!("{} is called without a job", begins.call.key));
        };
        never(begins.clock >= job.deadline && !books.power_cut, || {
            format!("{} is called at {}, after {}", job.id, begins.clock, job.deadline)
        })
    }
}
