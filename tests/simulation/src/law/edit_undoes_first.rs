//! **An edited retry undoes first (section 6, S22).** A new epoch starts only when what the old one may
//! have done is undone; one that may have happened and cannot be undone is not edited; and no saga ends
//! with an old epoch that was never undone.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::known::Known;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};
use baton_shared::StepId;

pub struct EditUndoesFirst;

impl Law for EditUndoesFirst {
    fn name(&self) -> &'static str {
        "edit_undoes_first"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let id = story.saga.id();
        match &recorded.event {
            Event::EpochOpened { node, .. } => {
                let step = story.steps.get(node);
                let maybe = step.is_some_and(|step| step.knows() == Known::Maybe);
                never(maybe && !story.is_undoable(node), || {
                    format!("{id}: {node} may have happened, cannot be undone, and is sent anew")
                })
            }
            Event::StepStarted { node, call, .. } if call.epoch > 0 => {
                let left = left(story, node, call.epoch);
                never(left.is_some(), || {
                    format!("{id}: {node} starts anew, and epoch {left:?} was never undone")
                })
            }
            Event::Ended { .. } => {
                let mut edited = story.steps.iter().filter(|(_, step)| step.edited);
                let left = edited.find(|(node, step)| {
                    let of_old = if step.replacing { step.epoch() + 1 } else { step.epoch() };
                    left(story, node, of_old).is_some()
                });
                never(left.is_some(), || {
                    let (node, _) = left.expect("is some");
                    format!("{id} ends, and an old epoch of {node} was never undone")
                })
            }
            _ => Ok(()),
        }
    }
}

/// An epoch before `epoch` that had to be undone and was not.
fn left(story: &Story, node: &StepId, epoch: u32) -> Option<u32> {
    let step = story.steps.get(node).filter(|_| story.is_undoable(node))?;
    let older = step.known.iter().filter(|(of, _)| **of < epoch);
    let mut owed = older.filter(|(_, known)| known.needs_undo());
    owed.find(|(of, _)| !step.undone_epochs.contains(of)).map(|(of, _)| *of)
}
