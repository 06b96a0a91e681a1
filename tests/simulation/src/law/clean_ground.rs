//! **Handlers start on clean ground (S39, S40).** When the handler of a `try` starts, what was given up
//! in it has been undone, and when its next round starts everything has; nothing is being undone any
//! more.
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
        })?;
        let whole = matches!(recorded.event, Event::RoundStarted { .. });
        let mut inside = story.steps.iter().filter(|(step, _)| story.is_below(step, node));
        let dirty = inside.find(|(inner, step)| {
            let owed = step.call.is_some() && step.knows().needs_undo() && story.is_undoable(inner);
            let undone = step.undone_epochs.contains(&step.epoch());
            owed && (whole || step.given_up) && !undone && story.stands_for(inner).is_none()
        });
        never(dirty.is_some(), || {
            let (inner, _) = dirty.expect("is some");
            format!("{}: {node} goes on, and {inner} was never undone", story.saga.id())
        })
    }
}
