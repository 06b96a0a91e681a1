//! **No way back over a pivot (V6, I12).** Nothing that completed before a pivot is undone after it; a
//! saga past its pivot does not fail by cancel or timeout and never ends compensated or cancelled; and
//! a pivot that is reported to have happened in one that did is a dead letter.
//!
//! Binds: whatever the services do. What only a person called done may be undone.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::{Story, forward_of};
use baton_engine::saga::event::{Cause, Event, Recorded};
use baton_engine::saga::Status;

pub struct PivotHolds;

impl Law for PivotHolds {
    fn name(&self) -> &'static str {
        "pivot_holds"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        if !story.pivot {
            return Ok(());
        }
        let id = story.saga.id();
        match &recorded.event {
            Event::Failing { cause, .. } => never(*cause != Cause::Dropped, || {
                format!("{id} fails by {cause:?} after its pivot")
            }),
            Event::Ended { status, .. } => {
                let back = matches!(status, Status::Compensated | Status::Cancelled);
                never(back, || format!("{id} ends {status:?} after its pivot"))
            }
            Event::UndoStarted { node, .. } => {
                let forward = forward_of(node);
                let Some(step) = story.steps.get(&forward) else {
                    return Ok(());
                };
                let stands = step.before_pivot && !step.given_up && !step.by_hand;
                never(stands && !step.undone, || {
                    format!("{id}: {forward} completed before the pivot and is undone after it")
                })
            }
            _ => Ok(()),
        }
    }
}
