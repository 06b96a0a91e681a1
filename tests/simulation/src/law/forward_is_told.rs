//! **A compensation is told what is known (S4, S8).** Where it asks for `$forward.outcome` it gets the
//! word for what was known when its round began: succeeded, rejected, or unknown.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::{Story, epoch_of, forward_of};
use baton_engine::saga::event::{Event, Place, Recorded};

pub struct ForwardIsTold;

impl Law for ForwardIsTold {
    fn name(&self) -> &'static str {
        "forward_is_told"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::StepStarted { node, at_task, call } = &recorded.event else {
            return Ok(());
        };
        let (Place::Undo(_), None) = (at_task.place, &at_task.parent) else {
            return Ok(());
        };
        let Some(told) = call.input["was"].as_str() else {
            return Ok(());
        };
        let known = story
            .steps
            .get(&forward_of(node))
            .and_then(|step| step.known.get(&epoch_of(node)))
            .copied()
            .unwrap_or_default();
        never(told != known.word(), || {
            format!("{}: {node} is told `{told}` of a step that is {known:?}", story.saga.id())
        })
    }
}
