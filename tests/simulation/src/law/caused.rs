//! **Nothing is believed that nobody said (I18).** What an attempt came to stands in the journal only if a
//! worker reported it of that very attempt, or of an earlier one of the same request where it is a success;
//! and once: a message that comes again finds nothing that waits for it.
//!
//! Binds: whatever the services do, and whoever else writes to the queue. Outcomes are not signed: one that
//! bears the name of an attempt that was made is taken for its worker's.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::event::{Event, Failure, Place, Recorded};
use baton_shared::{Outcome, StepId, Verdict};
use serde_json::Value;

pub struct Caused;

/// How the core names what the queue gave up.
pub(crate) const GIVEN_UP: &str = "The queue gave the job up";

impl Law for Caused {
    fn name(&self) -> &'static str {
        "caused"
    }

    fn event(&self, books: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        match &recorded.event {
            Event::AttemptFailed { node, attempt, .. } => {
                let step = story.steps.get(node);
                let waits = step.is_some_and(|step| step.out == Some(*attempt));
                never(!waits, || {
                    let id = story.saga.id();
                    format!("{id}: attempt {attempt} of {node} fails, and nobody waits for it")
                })?;
                failed(books, story, &recorded.event)
            }
            Event::Completed { node, skipped, .. } if !skipped => done(books, story, node),
            Event::OutputHeld { node, .. } => done(books, story, node),
            Event::LateSuccess { output, .. } => late(books, story, output),
            _ => Ok(()),
        }
    }
}

fn failed(books: &Books, story: &Story, event: &Event) -> Judgement {
    let Event::AttemptFailed { node, attempt, verdict, redelivered, status, problem, .. } = event else {
        return Ok(());
    };
    let Some(step) = story.steps.get(node) else {
        return Ok(());
    };
    let of = step.call.as_ref().map(|call| (call.epoch, call.round, *attempt));
    let mut jobs = story.attempts.iter().filter(|job| job.step == *node);
    let job = jobs.find(|job| Some((job.epoch, job.round, job.attempt)) == of);
    let says = |outcome: &Outcome| {
        let same = match (&outcome.verdict, verdict) {
            (Verdict::Rejected { .. }, Failure::Rejected) => outcome.redelivered == *redelivered,
            (Verdict::Unknown { .. }, Failure::Unknown) => true,
            _ => false,
        };
        same && outcome.status == *status
    };
    let said = job.is_some_and(|job| books.hands.reports(job).any(says));
    let given_up = problem.title == GIVEN_UP;
    let dead = given_up && job.is_some_and(|job| books.buried.contains(job));
    // Without an answer its time was up, and nobody need say so.
    let timed = *verdict == Failure::Unknown && status.is_none() && !given_up;
    never(!(said || dead || timed), || {
        format!("{}: {job:?} is {verdict:?} ({status:?}), which nobody said", story.saga.id())
    })
}

/// A call succeeded, or found nothing to undo, which its refusal says.
fn done(books: &Books, story: &Story, node: &StepId) -> Judgement {
    let Some(step) = story.steps.get(node).filter(|step| step.call.is_some()) else {
        return Ok(());
    };
    let undoes = matches!(story.place(node), Some(Place::Undo(_)));
    let refused = step.failures.last().map(|failed| failed.verdict) == Some(Failure::Rejected);
    // A person may shape what it gave, once it is done.
    if step.unshaped || (undoes && refused) {
        return Ok(());
    }
    // Also of an attempt that a power cut took back.
    let of = step.call.as_ref().map(|call| (call.epoch, call.round));
    let mut all = books.hands.reports_of(story.saga.id());
    let said = all.any(|outcome| {
        let job = &outcome.job;
        let same = job.step == *node && Some((job.epoch, job.round)) == of;
        same && matches!(outcome.verdict, Verdict::Succeeded { .. })
    });
    never(!said, || format!("{}: {node} is done, which nobody said", story.saga.id()))
}

fn late(books: &Books, story: &Story, output: &Value) -> Judgement {
    let id = story.saga.id();
    let mut reports = books.hands.reports_of(id);
    let said = reports.any(|outcome| {
        matches!(&outcome.verdict, Verdict::Succeeded { output: said } if said == output)
    });
    never(!said, || format!("{id}: a late success gave {output}, which nobody said"))
}
