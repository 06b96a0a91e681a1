//! **A composite's undoing stands for what is below it (S43).** Once a composite with a compensation
//! has completed, no record below it begins to be undone, but for a success that came late, or where a
//! person edited what was under way.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::{Story, forward_of};
use baton_engine::saga::{Event, Recorded};

pub struct CompositeReplaces;

impl Law for CompositeReplaces {
    fn name(&self) -> &'static str {
        "composite_replaces"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::UndoStarted { record, node, .. } = &recorded.event else {
            return Ok(());
        };
        let forward = forward_of(node);
        let above = story.stands_for(&forward).filter(|_| !story.late.contains(record));
        never(above.is_some(), || {
            format!("{}: {forward} is undone, and {above:?} stands for it", story.saga.id())
        })
    }
}
