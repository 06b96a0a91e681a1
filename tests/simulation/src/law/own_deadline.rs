//! **Every attempt has its own time (S5).** An attempt's deadline is counted from its own start, equally
//! for all attempts of a request, and no later than any timeout around it.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct OwnDeadline;

impl Law for OwnDeadline {
    fn name(&self) -> &'static str {
        "own_deadline"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::AttemptStarted { node, attempt, deadline } = &recorded.event else {
            return Ok(());
        };
        let id = story.saga.id();
        let first = story.bounds(node).min();
        never(first.is_some_and(|first| *deadline > first), || {
            format!("{id}: attempt {attempt} of {node} may last till {deadline}, after {first:?}")
        })?;
        let Some(step) = story.steps.get(node).filter(|_| first != Some(*deadline)) else {
            return Ok(());
        };
        let window = deadline.0.saturating_sub(recorded.at.0);
        let own = step.call.as_ref().map_or(0, |call| call.timeout_ms);
        never(window < own, || {
            format!("{id}: attempt {attempt} of {node} has {window} ms, and may take {own}")
        })?;
        never(step.window.is_some_and(|before| before != window), || {
            let before = step.window;
            format!("{id}: attempt {attempt} of {node} has {window} ms, one before had {before:?}")
        })
    }
}
