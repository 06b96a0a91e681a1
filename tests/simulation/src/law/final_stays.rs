//! **Final is final (V9, I2).** A final status never changes, a saga ends once, with nothing out, and
//! no forward attempt starts after its end.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};
use baton_engine::store::Append;

pub struct FinalStays;

impl Law for FinalStays {
    fn name(&self) -> &'static str {
        "final_stays"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let id = story.saga.id();
        match &recorded.event {
            Event::Ended { status, .. } => {
                never(story.ended.is_some(), || format!("{id} ends again, {status:?}"))?;
                let busy = story.out.iter().chain(&story.undoing).next();
                never(busy.is_some(), || format!("{id} ends while {busy:?} is out"))
            }
            Event::StepStarted { node, .. } | Event::AttemptStarted { node, .. } => {
                never(story.ended.is_some() && story.is_main(node), || {
                    format!("{id}: {node} starts after the end")
                })
            }
            _ => Ok(()),
        }
    }

    fn state(&self, story: &Story, append: &Append) -> Judgement {
        let ended = story.ended.as_ref().map(|(status, _)| *status);
        let status = story.saga.status();
        let differs = ended.is_some_and(|ended| ended != status);
        never(differs || status.is_final() != ended.is_some(), || {
            format!("{} ended {ended:?} and is {status:?}", append.saga)
        })
    }
}
