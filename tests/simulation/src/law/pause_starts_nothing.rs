//! **A pause holds starts (V12).** Nothing starts while a saga is paused; what is out goes on.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct PauseStartsNothing;

impl Law for PauseStartsNothing {
    fn name(&self) -> &'static str {
        "pause_starts_nothing"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let starts = match &recorded.event {
            Event::StepStarted { node, .. }
            | Event::AttemptStarted { node, .. }
            | Event::UndoStarted { node, .. } => Some(node),
            _ => None,
        };
        never(story.paused && starts.is_some(), || {
            format!("{}: {starts:?} starts in a pause", story.saga.id())
        })
    }
}
