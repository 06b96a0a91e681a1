//! **News is used (section 3, S25, S30).** When an outcome, or a job that the queue gave up, has been
//! acknowledged, the saga no longer waits for that attempt, and a success stands in its journal: as the
//! step's own, or as one that came late. Also while the saga is paused, and after its end.
//!
//! Binds: whatever the services do. A power cut may take back what was kept.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::known::Known;
use crate::story::Story;
use baton_shared::{Job, JobId, JobKind, Outcome, Verdict};

pub struct NewsIsUsed;

impl Law for NewsIsUsed {
    fn name(&self) -> &'static str {
        "news_is_used"
    }

    fn settled(&self, books: &Books, outcome: &Outcome) -> Judgement {
        let job = &outcome.job;
        let Some(story) = books.stories.get(&job.saga).filter(|_| !books.power_cut) else {
            return Ok(());
        };
        let succeeded = matches!(outcome.verdict, Verdict::Succeeded { .. });
        never(waits(story, job, succeeded), || {
            format!("the outcome of {job} is acknowledged, and its saga still waits for it")
        })?;
        never(succeeded && !is_known(story, job), || {
            format!("{job} is reported as done, and its saga does not know")
        })
    }

    fn mourned(&self, books: &Books, job: &Job) -> Judgement {
        let story = books.stories.get(&job.id.saga).filter(|_| !books.power_cut);
        let waits = story.is_some_and(|story| waits(story, &job.id, false));
        never(waits, || format!("the dead job {} is acknowledged and still waited for", job.id))
    }
}

/// Whether the attempt is out; for a success any attempt of the same request.
fn waits(story: &Story, job: &JobId, any: bool) -> bool {
    let Some(step) = story.steps.get(&job.step) else {
        return false;
    };
    let same = step.call.as_ref().is_some_and(|call| (call.epoch, call.round) == (job.epoch, job.round));
    same && step.out.is_some_and(|out| any || out == job.attempt)
}

/// Whether the journal says that this epoch of the main line happened.
fn is_known(story: &Story, job: &JobId) -> bool {
    if job.kind != JobKind::Task || !story.is_main(&job.step) {
        return true;
    }
    let step = &story.steps[&job.step];
    // A person said that it happened, and nothing would undo it: nothing is left to be known.
    let said = step.by_hand && !story.is_undoable(&job.step);
    said || step.known.get(&job.epoch) == Some(&Known::Happened)
}
