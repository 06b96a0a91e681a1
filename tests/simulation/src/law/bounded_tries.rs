//! **Retries are bounded (V7, I13).** A call is attempted at most once more than its policy allows,
//! counted anew when a person asks for another go.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};
use baton_engine::saga::event::Place;
use baton_engine::workflow::Kind;
use baton_shared::StepId;

pub struct BoundedTries;

/// What holds where nobody said anything.
const FORWARD: u32 = 3;
const UNDO: u32 = 10;

impl Law for BoundedTries {
    fn name(&self) -> &'static str {
        "bounded_tries"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::AttemptStarted { node, attempt, .. } = &recorded.event else {
            return Ok(());
        };
        let Some(step) = story.steps.get(node) else {
            return Err(format!("{}: {node} is attempted and never began", story.saga.id()));
        };
        let Some(allowed) = allowed(story, node) else {
            return Ok(());
        };
        never(step.tries > allowed, || {
            format!(
                "{}: {node} is attempted for the {attempt}th time, {allowed} retries are allowed",
                story.saga.id()
            )
        })
    }
}

/// How many retries its policy allows; `None` after the pivot, where it is retried for a day.
pub(super) fn allowed(story: &Story, node: &StepId) -> Option<u32> {
    let (task, place) = (story.task(node)?, story.place(node)?);
    let own = task.retry.as_ref().map(|policy| policy.count);
    let service = match &task.kind {
        Kind::Call(call) => call.retry.as_ref().map(|policy| policy.count),
        _ => None,
    };
    match place {
        Place::Undo(_) => {
            let saga = story.workflow.saga.retry.as_ref().map(|policy| policy.count);
            Some(own.or(saga).or(service).unwrap_or(UNDO))
        }
        Place::Main if story.pivot => own,
        _ => Some(own.or(service).unwrap_or(FORWARD)),
    }
}
