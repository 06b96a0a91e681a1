//! **One writer, and a row that tells the truth (I16).** What a transition writes beside its events
//! (the row that lists show, the timer) follows from the events: whoever decided it knew all of them.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::story::Story;
use baton_engine::store::Append;

pub struct RowTells;

impl Law for RowTells {
    fn name(&self) -> &'static str {
        "row_tells"
    }

    fn state(&self, story: &Story, append: &Append) -> Judgement {
        let (id, saga) = (&append.saga, &story.saga);
        never(saga.row() != append.row, || {
            format!("the row of {id} says {:?}, its journal {:?}", append.row, saga.row())
        })?;
        never(saga.wake_at() != append.timer, || {
            format!("{id} wakes at {:?}, its journal says {:?}", append.timer, saga.wake_at())
        })?;
        never(saga.is_over() != append.expires.is_some(), || {
            format!("{id} may be forgotten at {:?}, and is over: {}", append.expires, saga.is_over())
        })
    }
}
