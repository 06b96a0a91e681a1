//! **Never much too late (I15).** Once nothing goes wrong any more, what is due (a retry, a wait, a deadline;
//! a publication that is owed) is acted on in time. The time is a sum ([`crate::healing`]): who died is back
//! after 15 s, what was slow is over after 12 s, a claim of somebody who died ends after 10 s, then comes the
//! longest pause between two looks, and 2 s for the work; and by as much later as clocks were set, for who
//! claimed or slept by a wrong one did so for longer.
//!
//! Binds: whatever the services do. It is seen when the saga is written to the next time: one that is never
//! written to again does not end, which is another law's matter.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::fault::Net;
use crate::story::Story;
use baton_engine::store::DueKind;
use baton_shared::Timestamp;
use std::collections::BTreeMap;

pub struct OnTime;

impl Law for OnTime {
    fn name(&self) -> &'static str {
        "on_time"
    }

    fn dues(&self, books: &Books, story: &Story, _: &BTreeMap<DueKind, Timestamp>) -> Judgement {
        let now = Timestamp(books.now);
        for (kind, due) in &story.dues {
            let never_comes = *kind == DueKind::Duty && books.healing.without == Some(Net::Duty);
            if *kind == DueKind::Expiry || never_comes {
                continue;
            }
            let late = books.healing.latest(*due).is_some_and(|latest| now > latest);
            never(late, || {
                format!("{}: {kind:?} was due at {due}, and acted on at {now}", story.saga.id())
            })?;
        }
        Ok(())
    }
}
