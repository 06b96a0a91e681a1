//! **No undo beside its own attempt (V10).** A step is not undone while an attempt of it is out, and an
//! edited retry does not start while the old epoch is still being undone.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::{Story, forward_of};
use baton_engine::saga::event::{Event, Place, Recorded};

pub struct UndoApart;

impl Law for UndoApart {
    fn name(&self) -> &'static str {
        "undo_apart"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let id = story.saga.id();
        match &recorded.event {
            Event::AttemptStarted { node, .. } => {
                let Some(Place::Undo(_)) = story.place(node) else {
                    return Ok(());
                };
                let forward = forward_of(node);
                // Another epoch of it may be out while an older one is undone again, late.
                let epoch = story
                    .steps
                    .get(&forward)
                    .and_then(|step| step.call.as_ref())
                    .map_or(0, |call| call.epoch);
                never(epoch == 0 && story.out.contains(&forward), || {
                    format!("{id}: {node} starts while {forward} is out")
                })
            }
            Event::StepStarted { node, call, .. } if call.epoch > 0 => {
                let beside = story.undoing.iter().find(|undo| forward_of(undo) == *node);
                never(beside.is_some() && story.is_main(node), || {
                    format!("{id}: {node} starts anew beside {beside:?}")
                })
            }
            _ => Ok(()),
        }
    }
}
