//! **Handlers start on clean ground (S39, S40).** Nothing of a `try` is being undone when its handler
//! or its next round starts.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::{Story, forward_of};
use baton_engine::saga::{Event, Recorded};

pub struct CleanGround;

impl Law for CleanGround {
    fn name(&self) -> &'static str {
        "clean_ground"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let (Event::HandlerStarted { node } | Event::RoundStarted { node, .. }) = &recorded.event
        else {
            return Ok(());
        };
        let below = |undo: &&baton_shared::StepId| story.is_below(&forward_of(undo), node);
        let beside = story.undoing.iter().find(below);
        never(beside.is_some(), || {
            format!("{}: {node} goes on beside {beside:?}", story.saga.id())
        })?;
        let open = story.out.iter().find(|out| story.is_below(out, node));
        never(open.is_some(), || {
            format!("{}: {node} goes on while {open:?} is out", story.saga.id())
        })
    }
}
