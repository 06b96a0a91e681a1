//! **Failing starts nothing new (V5).** No forward attempt starts after a saga has failed, and none of
//! the saga's own compensations while a forward attempt is out.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::event::{Event, Place, Recorded};

pub struct FailingStartsNothing;

impl Law for FailingStartsNothing {
    fn name(&self) -> &'static str {
        "failing_starts_nothing"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let id = story.saga.id();
        let (Event::StepStarted { node, .. } | Event::AttemptStarted { node, .. }) =
            &recorded.event
        else {
            return Ok(());
        };
        never(story.is_main(node) && story.failing.is_some(), || {
            format!("{id}: {node} starts after the saga failed")
        })?;
        let undoes = matches!(story.place(node), Some(Place::Undo(_)));
        never(undoes && story.drained && !story.out.is_empty(), || {
            format!("{id}: {node} starts while {:?} is out", story.out)
        })
    }
}
