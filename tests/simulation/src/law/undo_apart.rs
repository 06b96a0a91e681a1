//! **No undo beside its own attempt (V10).** A step is not undone while an attempt of it is out, and an
//! edited retry does not start while the epoch that it replaces is still being undone.
//!
//! Binds: whatever the services do. An epoch before that one may be undone again beside it: a success of it
//! that came late is undone at once, whatever the saga does (S26).

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::{Story, epoch_of, forward_of};
use baton_engine::saga::event::{Event, Place, Recorded};
use baton_shared::StepId;

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
                let replaced = |undo: &&StepId| {
                    forward_of(undo) == *node && epoch_of(undo) + 1 == call.epoch
                };
                let beside = story.undoing.iter().find(replaced);
                never(beside.is_some() && story.is_main(node), || {
                    format!("{id}: {node} starts anew beside {beside:?}")
                })
            }
            _ => Ok(()),
        }
    }
}
