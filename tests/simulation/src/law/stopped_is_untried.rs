//! **Stopped means never sent (S13, S23).** What a drain stops without giving it up was never sent: an
//! attempt that may have done something leaves a step to be undone, also where it was a dead letter.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::known::Known;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct StoppedIsUntried;

impl Law for StoppedIsUntried {
    fn name(&self) -> &'static str {
        "stopped_is_untried"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::StepStopped { node } = &recorded.event else {
            return Ok(());
        };
        let Some(step) = story.steps.get(node).filter(|step| step.call.is_some()) else {
            return Ok(());
        };
        // What is done and only waits for its shape was registered when it was done.
        let sent = step.knows() != Known::Untried && !step.completed;
        never(sent || step.out.is_some(), || {
            format!("{}: {node} is stopped, and was sent: {:?}", story.saga.id(), step.knows())
        })
    }
}
