//! **It ends (I1, P2).** Once nothing goes wrong any more, and people settle what waits for them, every
//! saga reaches a final status.
//!
//! Binds: services that answer in the end.

use super::{End, Judgement, Law, never};
use crate::books::Books;

pub struct ItEnds;

impl Law for ItEnds {
    fn name(&self) -> &'static str {
        "it_ends"
    }

    fn end(&self, books: &Books, end: &End<'_>) -> Judgement {
        let live = books.stories.iter().find(|(_, story)| !story.saga.is_over());
        never(live.is_some(), || {
            let (id, story) = live.expect("is some");
            format!("{id} is {:?} for ever", story.saga.status())
        })?;
        never(end.out_of_time.is_some(), || {
            format!("it does not come to rest: {:?}", end.out_of_time)
        })
    }
}
