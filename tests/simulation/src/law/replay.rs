//! **The journal is the saga (V15, I17).** The events that are kept, folded from the first, give the
//! state that was decided on, and the same state again whenever they are folded.
//!
//! Binds: whatever the services do.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::Saga;
use baton_engine::store::Append;

pub struct Replay;

impl Law for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn state(&self, story: &Story, append: &Append) -> Judgement {
        let seq = append.version().seq;
        never(story.saga.seq() != seq, || {
            format!("{} has {} events and should have {seq}", append.saga, story.saga.seq())
        })
    }

    fn end(&self, books: &Books, _end: &End<'_>) -> Judgement {
        for (id, story) in &books.stories {
            let replayed = Saga::replay(id.clone(), &story.journal);
            if replayed.as_ref() != Some(&story.saga) {
                return Err(format!("{id} folds to another state than it had"));
            }
        }
        Ok(())
    }
}
