//! **Never silently stuck (V1).** A live saga has an action out, a timer, a dead letter or a pause:
//! something outside will move it, or a person is told that they must.
//!
//! Binds: whatever the services do.

use super::{Judgement, Law, never};
use crate::story::Story;
use baton_engine::saga::Status;
use baton_engine::store::Append;

pub struct NeverStuck;

impl Law for NeverStuck {
    fn name(&self) -> &'static str {
        "never_stuck"
    }

    fn state(&self, story: &Story, append: &Append) -> Judgement {
        let saga = &story.saga;
        let moves = saga.wake_at().is_some() || saga.owed().next().is_some();
        let held = saga.row().held > 0;
        never(!saga.is_over() && !moves && !held && !story.paused, || {
            format!("{} sleeps for ever", append.saga)
        })?;
        let silent = held && !moves && !saga.status().is_final();
        never(silent && saga.status() != Status::Suspended, || {
            format!("{} is held and says {:?}", append.saga, saga.status())
        })
    }
}
