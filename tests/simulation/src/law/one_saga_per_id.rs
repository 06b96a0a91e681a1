//! **One id, one saga (I4).** The same submission again means the same saga; another input under a used
//! id is never accepted.
//!
//! Binds: whatever the services do. Where a power cut took a saga back, the answer to its submission may come
//! when the id was used anew.

use super::{Judgement, Law, never};
use crate::books::Books;
use baton_shared::SagaId;
use serde_json::Value;

pub struct OneSagaPerId;

impl Law for OneSagaPerId {
    fn name(&self) -> &'static str {
        "one_saga_per_id"
    }

    fn answered(&self, books: &Books, saga: &SagaId, input: &Value) -> Judgement {
        let Some(story) = books.stories.get(saga) else {
            return Ok(());
        };
        let other = story.saga.input() != input && !books.taken_back.contains(saga);
        never(other, || {
            format!("{saga} was accepted with an input that it does not have")
        })
    }
}
