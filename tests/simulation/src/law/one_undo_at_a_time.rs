//! **One at a time (V11).** In a saga's rollback no compensation starts while another is out.
//!
//! Those that had begun before, side by side in branches of a fork, end side by side: the rollback waits
//! for them, and begins nothing of its own meanwhile. A rollback ends where `onFailure` begins: what
//! succeeds late after it is undone at once (S26).
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::event::{Event, Place, Recorded};

pub struct OneUndoAtATime;

impl Law for OneUndoAtATime {
    fn name(&self) -> &'static str {
        "one_undo_at_a_time"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::AttemptStarted { node, .. } = &recorded.event else {
            return Ok(());
        };
        let Some(Place::Undo(own)) = story.place(node) else {
            return Ok(());
        };
        if !story.drained || story.ended.is_some() || rolled_back(story) {
            return Ok(());
        }
        let both_early = |record| story.early.contains(&own) && story.early.contains(&record);
        let place = |other| match story.place(other) {
            Some(Place::Undo(record)) => record != own && !both_early(record),
            _ => false,
        };
        let other = story.undoing.iter().find(|other| place(other));
        never(other.is_some(), || {
            format!("{}: {node} starts beside {other:?}", story.saga.id())
        })
    }
}

fn rolled_back(story: &Story) -> bool {
    let begins = |recorded: &Recorded| matches!(recorded.event, Event::OnFailureStarted { .. });
    story.journal.iter().any(begins)
}
