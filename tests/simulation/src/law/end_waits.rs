//! **The end waits for what is being undone (S26).** No saga becomes final while a compensation is
//! under way: out, waiting for its next attempt, or a dead letter.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::{Event, Recorded};

pub struct EndWaits;

impl Law for EndWaits {
    fn name(&self) -> &'static str {
        "end_waits"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::Ended { status, .. } = &recorded.event else {
            return Ok(());
        };
        never(!story.open_undos.is_empty(), || {
            let open = &story.open_undos;
            format!("{} ends {status:?} while records {open:?} are being undone", story.saga.id())
        })
    }
}
