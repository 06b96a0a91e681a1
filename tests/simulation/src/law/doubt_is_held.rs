//! **A pivot in doubt waits for a person (S35, S6).** A pivot that may have happened, and that nothing
//! undoes, is never given up but by a person's word.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::known::Known;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct DoubtIsHeld;

impl Law for DoubtIsHeld {
    fn name(&self) -> &'static str {
        "doubt_is_held"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::StepGivenUp { node, .. } = &recorded.event else {
            return Ok(());
        };
        let Some(step) = story.steps.get(node).filter(|step| !step.held) else {
            return Ok(());
        };
        let pivot = step.call.as_ref().is_some_and(|call| call.pivot);
        let doubt = pivot && step.knows() == Known::Maybe && !story.is_undoable(node);
        never(doubt, || {
            format!("{}: the pivot {node} may have happened and is given up", story.saga.id())
        })
    }
}
