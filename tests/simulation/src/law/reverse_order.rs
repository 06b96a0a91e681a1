//! **Undone in reverse order (V4, I9).** A rollback takes the record that was registered last first;
//! only a success that came late, and what a person edited, takes the next turn.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct ReverseOrder;

impl Law for ReverseOrder {
    fn name(&self) -> &'static str {
        "reverse_order"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::UndoStarted { record, .. } = &recorded.event else {
            return Ok(());
        };
        if !story.drained || story.ended.is_some() || story.late.contains(record) {
            return Ok(());
        }
        let before = story.last_undone.filter(|before| before < record);
        never(before.is_some(), || {
            format!("{}: record {record} is undone after {before:?}", story.saga.id())
        })
    }
}
