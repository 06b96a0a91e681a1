//! **One key, one request (V13, I5).** Whatever is sent under a key is the same, byte for byte, in the
//! journal, in every copy of its job and at the service; another epoch or round has another key.
//!
//! Binds: whatever the services do. After a power cut that took a second back, what a key sent in that
//! second may be decided anew.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::service::Call;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};
use baton_shared::Job;

pub struct SameBytes;

impl Law for SameBytes {
    fn name(&self) -> &'static str {
        "same_bytes"
    }

    fn event(&self, books: &Books, _: &Story, recorded: &Recorded) -> Judgement {
        let Event::StepStarted { call, .. } = &recorded.event else {
            return Ok(());
        };
        let other = books.requests.get(&call.key).filter(|known| **known != call.request);
        never(other.is_some() && !books.power_cut, || {
            format!("the key {} sends two requests", call.key)
        })
    }

    fn queued(&self, books: &Books, job: &Job) -> Judgement {
        let known = books.requests.get(&job.key);
        let other = known.filter(|known| ***known != job.request);
        never(other.is_some() && !books.power_cut, || {
            format!("a job of {} sends other bytes", job.key)
        })?;
        never((job.id.kind == baton_shared::JobKind::Compensation) != job.compensates.is_some(), || {
            format!("{} does not say what it compensates", job.id)
        })
    }

    fn called(&self, books: &Books, call: &Call) -> Judgement {
        let Some(first) = books.calls.get(&call.key) else {
            return Ok(());
        };
        let attempt = first.attempt;
        let same = Call { attempt, ..call.clone() } == *first;
        never(!same && !books.power_cut, || format!("the key {} reached its service with two requests", call.key))
    }
}
