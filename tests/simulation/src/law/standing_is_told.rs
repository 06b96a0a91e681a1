//! **What is left standing is told (V14, S21).** A saga that names effects left standing ends faulted,
//! and so does one of which a person dropped a compensation.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded, Status};

pub struct StandingIsTold;

impl Law for StandingIsTold {
    fn name(&self) -> &'static str {
        "standing_is_told"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::Ended {
            status, standing, ..
        } = &recorded.event
        else {
            return Ok(());
        };
        let id = story.saga.id();
        let clean = *status != Status::Faulted;
        never(clean && !standing.is_empty(), || {
            format!("{id} ends {status:?} and leaves {standing:?}")
        })?;
        never(clean && story.undo_dropped, || {
            format!("{id} ends {status:?}, and a compensation was dropped")
        })
    }
}
