//! **Accepted is kept (I3, P1).** A submission that was answered with success is there, from then on
//! and whoever dies.
//!
//! Binds: whatever the services do; under class `second` a power cut may take the last second back.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use baton_shared::SagaId;
use serde_json::Value;

pub struct AcceptedIsKept;

impl Law for AcceptedIsKept {
    fn name(&self) -> &'static str {
        "accepted_is_kept"
    }

    fn answered(&self, books: &Books, saga: &SagaId, _: &Value) -> Judgement {
        let there = books.stories.contains_key(saga) || books.forgotten.contains(saga);
        never(!there && !books.power_cut, || format!("{saga} is accepted and not there"))
    }

    fn end(&self, books: &Books, end: &End<'_>) -> Judgement {
        let there = |saga: &SagaId| {
            end.kept.sagas.contains_key(saga) || books.forgotten.contains(saga)
        };
        let lost = books.accepted.keys().find(|saga| !there(saga));
        never(lost.is_some(), || format!("{lost:?} was accepted and is gone"))
    }
}
