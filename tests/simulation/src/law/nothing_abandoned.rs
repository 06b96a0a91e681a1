//! **Completed leaves nothing behind (V3).** When a saga has completed, no effect stands of a step with
//! a compensation that was given up: not of a caught error, an abandoned round or a branch that lost.
//!
//! Binds: services that keep keys, as in [`super::net_zero`].

use super::net_zero::{ended, stands, story_of};
use super::{End, Judgement, Law};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Status};
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
                && (given_up || lost(story, &node))
                && stands(books, end, story, key, effect)
            {
                return Err(format!("{key} was given up and stands, and the saga completed"));
            }
        }
        Ok(())
    }
}

/// Whether a step is of a branch that lost a race.
fn lost(story: &Story, node: &StepId) -> bool {
    let won = |fork: &StepId| {
        story.journal.iter().find_map(|recorded| match &recorded.event {
            Event::BranchWon { node, branch } if node == fork => Some(*branch),
            _ => None,
        })
    };
    let mut at = Some(node);
    while let Some(here) = at {
        let Some(hangs) = story.steps.get(here).and_then(|step| step.at.as_ref()) else {
            return false;
        };
        let Some(parent) = &hangs.parent else {
            return false;
        };
        if let (Some(branch), Some(winner)) = (hangs.branch, won(parent))
            && branch != winner
        {
            return true;
        }
        at = Some(parent);
    }
    false
}
