//! **Nothing is owed at the end (I14, I22).** No message waits, none is unacknowledged, and no due time
//! is left but those of retention.
//!
//! Binds: services that answer in the end.

use super::{End, Judgement, Law, never};
use crate::books::Books;

pub struct NothingOwed;

impl Law for NothingOwed {
    fn name(&self) -> &'static str {
        "nothing_owed"
    }

    fn end(&self, _: &Books, end: &End<'_>) -> Judgement {
        never(end.queue.is_some(), || format!("the queue holds {:?}", end.queue))?;
        never(end.kept.owes(), || {
            let all = end.kept.sagas.iter();
            let due: Vec<_> = all.map(|(id, saga)| (id, &saga.due)).collect();
            format!("due times are left: {due:?}")
        })
    }
}
