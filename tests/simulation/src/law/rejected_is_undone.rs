//! **Compensated if it may have happened (I11, P5).** In a saga that went back, every step with a
//! compensation that was attempted was undone, also one that was only refused: unless the last word was
//! a final refusal of a service whose refusals prove that nothing happened.
//!
//! Binds: whatever the services do. Steps below a composite with its own compensation are undone by it.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use crate::step::Step;
use crate::story::Story;
use baton_engine::saga::Status;
use baton_engine::saga::event::Place;
use baton_shared::StepId;

pub struct RejectedIsUndone;

impl Law for RejectedIsUndone {
    fn name(&self) -> &'static str {
        "rejected_is_undone"
    }

    fn end(&self, books: &Books, _: &End<'_>) -> Judgement {
        for (id, story) in &books.stories {
            let back = matches!(story.ended, Some((Status::Compensated | Status::Cancelled, _)));
            if !back || story.skipped || story.dropped || story.edited || story.pivot {
                continue;
            }
            let left = story.steps.iter().find(|(node, step)| is_left(story, node, step));
            never(left.is_some(), || {
                format!("{id} went back and never undid {}", left.expect("is some").0)
            })?;
        }
        Ok(())
    }
}

fn is_left(story: &Story, node: &StepId, step: &Step) -> bool {
    let Some(at) = step.at.as_ref().filter(|at| at.place == Place::Main) else {
        return false;
    };
    let compensated = story.workflow.tasks[at.task as usize].compensate.is_some();
    let proven = !step.completed && step.failures.last().is_some_and(|last| last.proven);
    compensated
        && step.call.is_some()
        && step.attempted
        && !proven
        && !step.undone
        && !replaced(story, node)
}

/// A composite around it has a compensation of its own, which was begun.
pub(super) fn replaced(story: &Story, node: &StepId) -> bool {
    let mut at = story.parent(node);
    while let Some(parent) = at {
        if story.steps.get(parent).is_some_and(|step| step.undone) {
            return true;
        }
        at = story.parent(parent);
    }
    false
}
