//! **Nothing to undo, both ways (S18).** Where the step may not have happened, a compensation that is
//! told 404 or 410 is done; where it is known to have happened, the first attempt to undo it must not
//! find nothing.
//!
//! Binds: whatever the services do; an operation that lists its statuses says so itself.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::step::Step;
use crate::story::Story;
use baton_engine::saga::event::{Event, Failure, Place, Recorded};
use baton_engine::workflow::Kind;
use baton_shared::StepId;

pub struct NothingToUndo;

impl Law for NothingToUndo {
    fn name(&self) -> &'static str {
        "nothing_to_undo"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let id = story.saga.id();
        match &recorded.event {
            // Success tells its status; without one it is done because nothing was found.
            Event::Completed {
                node,
                status: None,
                skipped: false,
                ..
            } => never(counts(story, node) == Some(false), || {
                format!("{id}: {node} found nothing of what happened, and counts as done")
            }),
            Event::StepHeld { node, .. } | Event::RetryScheduled { node, .. } => {
                never(counts(story, node) == Some(true), || {
                    format!("{id}: {node} found nothing of what may not have happened, and goes on")
                })
            }
            _ => Ok(()),
        }
    }
}

/// Whether the answer that just came counts as done; `None` where it was no such answer.
fn counts(story: &Story, node: &StepId) -> Option<bool> {
    let Some(Place::Undo(record)) = story.place(node) else {
        return None;
    };
    let Kind::Call(call) = &story.task(node)?.kind else {
        return None;
    };
    let step = story.steps.get(node)?;
    let (Event::AttemptFailed { node: of, .. }, None) =
        (&story.journal.last()?.event, &call.nothing_to_undo)
    else {
        return None;
    };
    let last = step.failures.last().filter(|_| of == node)?;
    let refused = last.verdict == Failure::Rejected;
    if !refused || !matches!(last.status, Some(404 | 410)) {
        return None;
    }
    Some(story.bare.get(&record) == Some(&true) || doubted(step))
}

/// A later round, or an attempt of this one may have got through.
fn doubted(step: &Step) -> bool {
    let later = step.call.as_ref().is_some_and(|call| call.round > 0);
    let last = step.failures.len() - 1;
    let earlier = step.failures[..last].iter().any(|failed| !failed.is_proof());
    later || earlier || step.failures[last].redelivered
}
