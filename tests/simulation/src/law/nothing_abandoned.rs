//! **Completed leaves nothing behind (V3).** When a saga has completed, no effect stands of a step with
//! a compensation that was given up: not of a caught error, an abandoned round or a branch that lost.
//!
//! Binds: services that keep keys, as in [`super::net_zero`].

use super::net_zero::{ended, stands, story_of};
use super::{End, Judgement, Law};
use crate::books::Books;
use baton_engine::saga::Status;
use baton_shared::StepId;

pub struct NothingAbandoned;

impl Law for NothingAbandoned {
    fn name(&self) -> &'static str {
        "nothing_abandoned"
    }

    fn end(&self, books: &Books, end: &End<'_>) -> Judgement {
        for (key, effect) in &end.services.effects {
            let Some(story) = story_of(books, effect) else {
                continue;
            };
            let node = StepId::new(effect.step.as_str());
            let given_up = story
                .steps
                .get(&node)
                .is_some_and(|step| step.given_up && !step.completed);
            if ended(story, Status::Completed)
                && given_up
                && stands(books, end, story, key, effect)
            {
                return Err(format!("{key} was given up and stands, and the saga completed"));
            }
        }
        Ok(())
    }
}
