//! **Acknowledged means kept (P4).** When an outcome, or a job that the queue gave up, is acknowledged,
//! all that follows from it is in the journal: told again, it would decide nothing.
//!
//! Binds: whatever the services do. A power cut under class `second` may take back what was kept.

use super::{Judgement, Law, never};
use crate::books::Books;
use baton_engine::saga::{Input, decide};
use baton_shared::{Job, Outcome, SagaId, Timestamp};

pub struct SettledMeansKept;

fn decides_nothing(books: &Books, saga: &SagaId, input: Input, what: &str) -> Judgement {
    let Some(story) = books.stories.get(saga).filter(|_| !books.power_cut) else {
        return Ok(());
    };
    let mut copy = story.saga.clone();
    let last = story.journal.last().map_or(Timestamp(0), |recorded| recorded.at);
    let decision = decide(&story.workflow, &mut copy, input, last);
    let events = decision.map(|decision| decision.events).unwrap_or_default();
    never(!events.is_empty(), || {
        let first = &events[0].event;
        format!("{what} was acknowledged, and would still cause {first:?}")
    })
}

impl Law for SettledMeansKept {
    fn name(&self) -> &'static str {
        "settled_means_kept"
    }

    fn settled(&self, books: &Books, outcome: &Outcome) -> Judgement {
        let input = Input::Outcome(Box::new(outcome.clone()));
        decides_nothing(books, &outcome.job.saga, input, &format!("outcome {}", outcome.job))
    }

    fn mourned(&self, books: &Books, job: &Job) -> Judgement {
        let input = Input::GivenUp {
            job: job.id.clone(),
            reason: "again".to_owned(),
        };
        decides_nothing(books, &job.id.saga, input, &format!("the dead job {}", job.id))
    }
}
