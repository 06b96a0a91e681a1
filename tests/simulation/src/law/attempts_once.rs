//! **An attempt is made once (S1).** The number of an attempt is never given out again within its step,
//! epoch and round.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct AttemptsOnce;

impl Law for AttemptsOnce {
    fn name(&self) -> &'static str {
        "attempts_once"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::AttemptStarted { node, attempt, .. } = &recorded.event else {
            return Ok(());
        };
        let Some(call) = story.steps.get(node).and_then(|step| step.call.as_ref()) else {
            return Err(format!("{}: {node} has no request", story.saga.id()));
        };
        let same = |job: &&baton_shared::JobId| {
            job.step == *node
                && job.epoch == call.epoch
                && job.round == call.round
                && job.attempt >= *attempt
        };
        let before = story.attempts.iter().find(same);
        never(before.is_some(), || {
            format!("attempt {attempt} of {node} comes after {before:?}")
        })
    }
}
