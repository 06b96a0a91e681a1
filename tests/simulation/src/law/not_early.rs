//! **Never early (I13, I15).** No retry starts before it is due, no wait ends before its moment, and
//! where a service asked us to come later we do.
//!
//! Binds: whatever the services do; moments are those of the clock of whoever decided. What a power cut
//! took back was never asked.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::event::{Event, Failure, Form, Recorded};
use baton_shared::{JobId, StepId, Timestamp};

pub struct NotEarly;

impl Law for NotEarly {
    fn name(&self) -> &'static str {
        "not_early"
    }

    fn event(&self, books: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let (id, at) = (story.saga.id(), recorded.at);
        match &recorded.event {
            Event::AttemptStarted { node, .. } | Event::Readied { node } => {
                let due = story.steps.get(node).and_then(|step| step.due);
                never(due.is_some_and(|due| at < due), || {
                    format!("{id}: {node} is retried at {at}, and was due at {due:?}")
                })
            }
            Event::RetryScheduled { node, due } => {
                let wish = wish(books, story, node);
                never(wish.is_some_and(|wish| *due < wish), || {
                    format!("{id}: {node} comes back at {due}, and was asked to wait till {wish:?}")
                })
            }
            Event::Completed { node, .. } => {
                let entered = story.journal.iter().rev().find_map(|before| match &before.event {
                    Event::Entered { node: n, form: Form::Wait { until }, .. } if n == node => {
                        Some(*until)
                    }
                    _ => None,
                });
                never(entered.is_some_and(|until| at < until), || {
                    format!("{id}: the wait {node} ends at {at}, before {entered:?}")
                })
            }
            _ => Ok(()),
        }
    }
}

/// What the service asked for that refused the last attempt, if that is why it failed.
fn wish(books: &Books, story: &Story, node: &StepId) -> Option<Timestamp> {
    let step = story.steps.get(node)?;
    let last = step.failures.last()?;
    let call = step.call.as_ref()?;
    let of = |job: &&JobId| {
        job.step == *node
            && job.epoch == call.epoch
            && job.round == call.round
            && job.attempt == last.attempt
    };
    let job = story.attempts.iter().find(of)?;
    let refused = last.verdict == Failure::Rejected;
    books.wished.get(job).copied().filter(|_| refused && !books.power_cut)
}
