//! One dead letter, with what a person needs to settle it: what was sent, and which actions would be taken.
//!
//! Which these are only the core knows: it depends on what may have happened, on the workflow, on what
//! was settled before. So the core is asked, on a copy of the saga that is thrown away.

use crate::desk::{Desk, NotShown};
use crate::outside::Ports;
use baton_engine::saga::view::{DeadLetter, StepKind, StepStatus, StepView};
use baton_engine::saga::{self, Input, Recorded, Saga, event};
use baton_engine::workflow::Workflow;
use baton_shared::port::Clock;
use baton_shared::{SagaId, StepId, Timestamp};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A dead letter in full.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    pub letter: DeadLetter,
    /// What the step was given: what an edited retry changes.
    pub input: Value,
    /// What it gave, where it is done and only its output is held.
    pub output: Option<Value>,
}

impl<P: Ports> Desk<P> {
    /// The open dead letter of this step; its actions are those that the saga would take now.
    pub async fn letter(&self, saga: &SagaId, step: &str) -> Result<Option<Letter>, NotShown> {
        let stored = self.stored(saga).await?;
        let view = self.view_of(saga, &stored)?;
        let letters = view.dead_letters().into_iter();
        let letter = letters
            .rev()
            .find(|letter| letter.step.as_deref() == Some(step));
        let (Some(mut letter), Some(held)) = (letter, view.held(step)) else {
            return Ok(None);
        };
        let page = view.page(0, 0);
        let definitions = &self.shared.definitions;
        // Without its workflow nothing of the saga can go on, and what is said in general stays.
        if let Ok(workflow) = definitions.find(&page.workflow, &page.version).await {
            let unreadable = |fault: String| NotShown::Unreadable {
                saga: saga.clone(),
                fault,
            };
            let trial = Trial {
                workflow: &workflow,
                saga,
                journal: &event::decode(&stored.events).map_err(unreadable)?,
                now: self.shared.ports.clock().now(),
            };
            letter.actions = trial.actions(held);
        }
        Ok(Some(Letter {
            letter,
            input: held.input.clone(),
            output: is_done(held).then(|| held.output.clone()),
        }))
    }
}

/// Its effect is there, and only what it gave could not be shaped.
fn is_done(held: &StepView) -> bool {
    let last = held.attempts.last().map(|attempt| attempt.status);
    last == Some(StepStatus::Succeeded) || (last.is_none() && !held.output.is_null())
}

struct Trial<'a> {
    workflow: &'a Workflow,
    saga: &'a SagaId,
    journal: &'a [Recorded],
    now: Timestamp,
}

impl Trial<'_> {
    /// What each action would do, for people; none that is refused.
    fn actions(&self, held: &StepView) -> Vec<String> {
        let step = || StepId::new(held.name.clone());
        let reason = || "tried".to_owned();
        let inputs = [
            Input::Retry {
                step: step(),
                input: None,
            },
            Input::Retry {
                step: step(),
                input: Some(held.input.clone()),
            },
            Input::Skip {
                step: step(),
                output: Value::Null,
                reason: Some(reason()),
            },
            Input::Drop {
                step: step(),
                reason: reason(),
            },
        ];
        let all = inputs.into_iter().zip(words(held));
        all.filter(|(input, _)| self.takes(input))
            .map(|(_, words)| words.to_owned())
            .collect()
    }

    /// A core that fails on it takes nothing.
    fn takes(&self, input: &Input) -> bool {
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let mut saga = Saga::replay(self.saga.clone(), self.journal)?;
            saga::decide(self.workflow, &mut saga, input.clone(), self.now).ok()
        }));
        matches!(tried, Ok(Some(_)))
    }
}

/// Retry, retry with an input, skip, drop.
fn words(held: &StepView) -> [&'static str; 4] {
    match (held.kind, held.service.is_some()) {
        (kind, _) if is_done(held) => [
            "retry: what it gave is shaped again",
            "retry with input: the input is taken for what it gave",
            "skip: it counts as done, with the output you give",
            match kind {
                StepKind::Task => "drop: it counts as failed",
                StepKind::Compensation => "drop: the effect stands, and the saga ends faulted",
            },
        ],
        (StepKind::Task, true) => [
            "retry: the same call again, with the same key",
            "retry with input: a new call with a new key, after the old one is undone",
            "skip: it counts as done, with the output you give",
            "drop: it will not be done",
        ],
        (StepKind::Compensation, true) => [
            "retry: the same undo again, with the same key",
            "retry with input: a new undo with a new key",
            "skip: it counts as undone",
            "drop: the effect stands, and the saga ends faulted",
        ],
        (_, false) => [
            "retry: it runs again",
            "retry with input: it runs again, on this input",
            "skip: it counts as done",
            "drop: it will not be done",
        ],
    }
}
