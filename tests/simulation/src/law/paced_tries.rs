//! **Retries keep the pace of their policy (I13).** A retry is due no sooner after the failure before it than the
//! policy of the workflow, the saga or the service says, and none is due later after the first attempt than the
//! policy's whole time, counted anew when a person asks for another go. Both are computed here, from the policy
//! that the workflow names; what the core wrote of it is what is judged.
//!
//! Binds: whatever the services do. One that is due in time may start later, where nobody was there to start it.
//! [`super::not_early`] sees to it that none starts before it is due.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::event::{Event, Place, Recorded};
use baton_engine::workflow::Kind;
use baton_shared::retry::Backoff;
use baton_shared::{RetryPolicy, StepId};
use std::time::Duration;

pub struct PacedTries;

/// A minute between two attempts at most where nobody said anything, half a second at first, doubling.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);
/// How long a step is retried after the pivot where nobody said anything (S37).
const AFTER_PIVOT: Duration = Duration::from_secs(86_400);

impl Law for PacedTries {
    fn name(&self) -> &'static str {
        "paced_tries"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::RetryScheduled { node, due } = &recorded.event else {
            return Ok(());
        };
        let (id, at) = (story.saga.id(), recorded.at);
        let Some((step, pace)) = story.steps.get(node).zip(pace(story, node)) else {
            return Err(format!("{id}: {node} is retried and never began"));
        };
        let soonest = at.after(pace.wait(step.tries));
        never(*due < soonest, || {
            format!("{id}: retry {} of {node} is due at {due}, and not before {soonest}", step.tries)
        })?;
        let latest = pace.within.zip(step.first).map(|(within, first)| first.after(within));
        never(latest.is_some_and(|latest| *due > latest), || {
            format!("{id}: retry {} of {node} is due at {due}, after {latest:?}", step.tries)
        })
    }
}

/// What a policy says of the time between attempts.
struct Pace {
    delay: Duration,
    backoff: Backoff,
    longest: Duration,
    within: Option<Duration>,
}

impl Pace {
    fn of(policy: &RetryPolicy) -> Self {
        Self {
            delay: policy.delay,
            backoff: policy.backoff,
            longest: policy.max_delay,
            within: policy.within,
        }
    }

    fn unsaid(within: Option<Duration>) -> Self {
        Self {
            delay: FIRST,
            backoff: Backoff::Exponential,
            longest: LONGEST,
            within,
        }
    }

    /// The least wait before retry `n`, from 1: what is added to it by chance is left out.
    fn wait(&self, n: u32) -> Duration {
        let growth = match self.backoff {
            Backoff::Constant => 1.0,
            Backoff::Linear => f64::from(n),
            Backoff::Exponential => f64::from(n.saturating_sub(1)).exp2(),
        };
        let wait = self.delay.as_secs_f64() * growth;
        Duration::from_secs_f64(wait.min(self.longest.as_secs_f64()))
    }
}

/// The pace at which a call is retried, as the first of those says who may: the task, for compensations the saga,
/// the service.
fn pace(story: &Story, node: &StepId) -> Option<Pace> {
    let (task, place) = (story.task(node)?, story.place(node)?);
    let service = match &task.kind {
        Kind::Call(call) => call.retry.as_ref(),
        _ => None,
    };
    let undoes = matches!(place, Place::Undo(_));
    let saga = story.workflow.saga.retry.as_ref().filter(|_| undoes);
    if let Some(policy) = task.retry.as_ref().or(saga) {
        return Some(Pace::of(policy));
    }
    if place == Place::Main && story.pivot {
        return Some(Pace::unsaid(Some(AFTER_PIVOT)));
    }
    Some(service.map_or_else(|| Pace::unsaid(None), Pace::of))
}
