//! **A pivot that happened after all is told (S25, V6).** When success is reported of a pivot that was
//! given up and that nothing undoes, a dead letter says so.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use baton_engine::saga::Event;
use baton_shared::{JobKind, Outcome, Verdict};

pub struct PivotIsTold;

impl Law for PivotIsTold {
    fn name(&self) -> &'static str {
        "pivot_is_told"
    }

    fn settled(&self, books: &Books, outcome: &Outcome) -> Judgement {
        let job = &outcome.job;
        let done = matches!(outcome.verdict, Verdict::Succeeded { .. }) && job.kind == JobKind::Task;
        let story = books.stories.get(&job.saga).filter(|_| done && !books.power_cut);
        let Some((story, step)) = story.and_then(|story| Some((story, story.steps.get(&job.step)?)))
        else {
            return Ok(());
        };
        let pivot = step.call.as_ref().is_some_and(|call| call.pivot && call.epoch == job.epoch);
        let told = story.journal.iter().any(|recorded| {
            matches!(&recorded.event, Event::PivotStandsLate { node, .. }
                if node.as_str().starts_with(job.step.as_str()))
        });
        let left = pivot && step.given_up && !step.completed && !story.is_undoable(&job.step);
        never(left && !told, || format!("{job} happened after it was given up, and nobody is told"))
    }
}
