//! **No try is left unused (S10, S1).** A step whose failure may be tried again is given up, or held for
//! a person, only when its policy's retries are used up, counted anew after a person's retry.
//!
//! Binds: whatever the services do. Not where something else ends it: a timeout around it, a drain, the
//! queue that gave its job up, a policy's total time, a cancel that waits for a pivot. After a power cut
//! that took a worker's record back, the same attempt may be answered anew, and otherwise.

use super::bounded_tries::allowed;
use super::{Judgement, Law, never};
use crate::books::Books;
use crate::step::Step;
use crate::story::Story;
use baton_engine::saga::event::{Event, Failure, Recorded};
use baton_engine::workflow::Kind;
use baton_shared::{JobId, StepId, Timestamp, Verdict};

pub struct TriesAreUsed;

impl Law for TriesAreUsed {
    fn name(&self) -> &'static str {
        "tries_are_used"
    }

    fn event(&self, books: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let (Event::StepGivenUp { node, .. } | Event::StepHeld { node, .. }) = &recorded.event
        else {
            return Ok(());
        };
        let Some((step, allowed)) = judged(books, story, node, recorded.at) else {
            return Ok(());
        };
        never(step.tries <= allowed, || {
            let (id, tries) = (story.saga.id(), step.tries);
            format!("{id}: {node} ends after {tries} attempts, {allowed} retries are allowed")
        })
    }
}

/// The step, and how many retries it has, where nothing but its last attempt's failure ends it.
fn judged<'a>(
    books: &Books,
    story: &'a Story,
    node: &StepId,
    at: Timestamp,
) -> Option<(&'a Step, u32)> {
    let (step, task) = (story.steps.get(node)?, story.task(node)?);
    let Event::AttemptFailed { node: of, .. } = &story.journal.last()?.event else {
        return None;
    };
    let timed_out = story.bounds(node).any(|bound| bound <= at);
    let goes_back = story.failing.is_some() && story.is_main(node);
    let waited_for = story.pending && step.call.as_ref().is_some_and(|call| call.pivot);
    if of != node || timed_out || goes_back || waited_for || drains(story, node) {
        return None;
    }
    let service = match &task.kind {
        Kind::Call(call) => call.retry.as_ref(),
        _ => None,
    };
    let bounded = |policy: &baton_shared::RetryPolicy| policy.within.is_some();
    if task.retry.as_ref().or(service).is_some_and(bounded) || !may_be_tried(books, story, step, node)
    {
        return None;
    }
    Some((step, allowed(story, node)?))
}

/// A fork around it failed or is won, or `onFailure` is over.
fn drains(story: &Story, node: &StepId) -> bool {
    story.journal.iter().any(|recorded| match &recorded.event {
        Event::BranchFailed { node: fork, .. } | Event::BranchWon { node: fork, .. } => {
            story.is_below(node, fork)
        }
        Event::OnFailureLeft => true,
        _ => false,
    })
}

/// Whether its last failure is one that policies retry, as its worker reported it: where it was reported
/// twice, and differently, nobody here knows which report was the one that counts.
fn may_be_tried(books: &Books, story: &Story, step: &Step, node: &StepId) -> bool {
    let (Some(last), Some(call)) = (step.failures.last(), &step.call) else {
        return false;
    };
    let of = |job: &&JobId| {
        job.step == *node
            && job.epoch == call.epoch
            && job.round == call.round
            && job.attempt == last.attempt
    };
    let Some(job) = story.attempts.iter().find(of) else {
        return false;
    };
    if books.power_cut || books.buried.contains(job) {
        return false;
    }
    let mut reports = books.hands.reports(job).peekable();
    match last.verdict {
        Failure::Unknown => true,
        Failure::Rejected => {
            reports.peek().is_some()
                && reports.all(|told| matches!(told.verdict, Verdict::Rejected { retryable: true, .. }))
        }
    }
}
