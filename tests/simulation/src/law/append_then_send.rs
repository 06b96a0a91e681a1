//! **Save, then send (I6, I14).** A job that is in the queue, and a call at a service, belong to an
//! attempt that the journal had before.
//!
//! Binds: whatever the services do. A power cut under class `second` may take back what was sent.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::service::Call;
use baton_shared::Job;

pub struct AppendThenSend;

impl Law for AppendThenSend {
    fn name(&self) -> &'static str {
        "append_then_send"
    }

    fn queued(&self, books: &Books, job: &Job) -> Judgement {
        let story = books.stories.get(&job.id.saga);
        let known = story.is_some_and(|story| story.attempts.contains(&job.id));
        never(!known && !books.power_cut, || {
            format!("{} is sent and its attempt is not in the journal", job.id)
        })
    }

    fn called(&self, books: &Books, call: &Call) -> Judgement {
        let known = books.requests.contains_key(&call.key);
        never(!known && !books.power_cut, || {
            format!("{} is called and the journal does not know it", call.key)
        })
    }
}
