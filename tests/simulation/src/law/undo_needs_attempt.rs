//! **No undo without a do (V8, I8).** A step that was never attempted is never compensated.
//!
//! Binds: whatever the services do. A composite counts as attempted once it completed.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::{Story, forward_of};
use baton_engine::saga::{Event, Recorded};

pub struct UndoNeedsAttempt;

impl Law for UndoNeedsAttempt {
    fn name(&self) -> &'static str {
        "undo_needs_attempt"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::UndoStarted { node, .. } = &recorded.event else {
            return Ok(());
        };
        let forward = forward_of(node);
        let step = story.steps.get(&forward);
        let tried = step.is_some_and(|step| step.attempted || step.completed);
        never(!tried, || {
            format!("{}: {forward} is undone and was never attempted", story.saga.id())
        })
    }
}
