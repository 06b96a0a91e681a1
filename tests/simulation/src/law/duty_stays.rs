//! **The duty to publish stays until it is done (I14).** As long as a job is owed that never reached the
//! queue, its saga has a duty among its due times; and as long as the core wants to be asked again, it
//! has a timer.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::store::DueKind;
use baton_shared::Timestamp;
use std::collections::BTreeMap;

pub struct DutyStays;

impl Law for DutyStays {
    fn name(&self) -> &'static str {
        "duty_stays"
    }

    fn dues(&self, books: &Books, story: &Story, dues: &BTreeMap<DueKind, Timestamp>) -> Judgement {
        let id = story.saga.id();
        never(story.saga.wake_at().is_some() && !dues.contains_key(&DueKind::Timer), || {
            format!("{id} wants to wake at {:?} and has no timer", story.saga.wake_at())
        })?;
        if dues.contains_key(&DueKind::Duty) {
            return Ok(());
        }
        let unsent = story.saga.owed().find(|job| !books.queued.contains(job));
        never(unsent.is_some() && !books.power_cut, || {
            format!("{} was never sent, and nobody owes it any more", unsent.expect("is some"))
        })
    }
}
