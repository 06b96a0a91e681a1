//! **What is being undone is not done again (I10, P6).** No attempt of a step starts once the undoing of the same
//! epoch has begun, nor once that of a block around it has. An edited retry and another round of a block start
//! anew, as other epochs and other steps.
//!
//! Binds: whatever the services do. A copy of an attempt that was made before may still arrive (S29): what that
//! comes to the laws about effects judge.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct UndoneStays;

impl Law for UndoneStays {
    fn name(&self) -> &'static str {
        "undone_stays"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::AttemptStarted { node, attempt, .. } = &recorded.event else {
            return Ok(());
        };
        let Some(step) = story.steps.get(node).filter(|_| story.is_main(node)) else {
            return Ok(());
        };
        let id = story.saga.id();
        let epoch = step.epoch();
        never(step.undone_epochs.contains(&epoch), || {
            format!("{id}: attempt {attempt} of {node} starts, and its epoch {epoch} is being undone")
        })?;
        let undone = |above: &&baton_shared::StepId| {
            story.steps.get(*above).is_some_and(|step| step.undone)
        };
        let above = story.around(node).find(undone);
        never(above.is_some(), || {
            format!("{id}: attempt {attempt} of {node} starts, and {above:?} around it is being undone")
        })
    }
}
