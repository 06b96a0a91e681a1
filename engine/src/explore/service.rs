//! The services, as well-behaved as their contract asks, and a ledger of what they did.
//!
//! A service honours keys: the same key has one effect and always the same answer. It undoes by the
//! key that a compensation names, unless the compensation itself says what to undo: then by that, and
//! where it goes by an output that is not there, nothing is found. It keeps no tombstones: a call that
//! lands after its undoing has its effect, and only the report of it lets Baton undo it again.

use baton_shared::{Job, StepId};
use std::sync::Arc;

/// What a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Refused(u16),
}

/// Everything that was asked of the services.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Services {
    calls: Vec<Effect>,
    /// Keys of compensations that were carried out, with their answers.
    undos: Vec<(Arc<str>, u16)>,
}

/// One key, and what became of its call.
#[derive(Clone, Debug, Hash)]
pub(super) struct Effect {
    pub key: Arc<str>,
    pub step: StepId,
    pub stands: bool,
    /// The service keeps its refusal: it will never do it under this key.
    refused: bool,
}

impl Services {
    /// Whether this key has been applied: it is then answered with success for ever.
    pub(super) fn knows(&self, key: &str) -> bool {
        let undone = || self.undos.iter().any(|(known, _)| known.as_ref() == key);
        self.call_of(key).is_some_and(|call| !call.refused) || undone()
    }

    /// The effects that are there now.
    pub(super) fn standing(&self) -> impl Iterator<Item = &Effect> {
        self.calls.iter().filter(|effect| effect.stands)
    }

    fn call_of(&self, key: &str) -> Option<&Effect> {
        self.calls.iter().find(|effect| effect.key.as_ref() == key)
    }

    /// A step's call. One that only reads is answered and leaves nothing.
    pub(super) fn forward(&mut self, job: &Job, reads: bool) -> Answer {
        match self.call_of(&job.key) {
            Some(call) if call.refused => return Answer::Refused(409),
            Some(_) => return Answer::Done,
            None => {}
        }
        self.calls.push(Effect {
            key: job.key.as_str().into(),
            step: job.id.step.clone(),
            stands: !reads,
            refused: false,
        });
        Answer::Done
    }

    /// The service refuses for good, and where it says that this is final it keeps its word.
    pub(super) fn refuse(&mut self, job: &Job, is_final: bool) -> Answer {
        if is_final && self.call_of(&job.key).is_none() {
            self.calls.push(Effect {
                key: job.key.as_str().into(),
                step: job.id.step.clone(),
                stands: false,
                refused: true,
            });
        }
        Answer::Refused(422)
    }

    /// A compensation's call. A composite has no key at any service: its compensation undoes the
    /// steps `below` it. A `blind` one names nothing that the service knows.
    pub(super) fn undo(
        &mut self,
        job: &Job,
        (reads, blind): (bool, bool),
        below: Option<impl Fn(&StepId) -> bool>,
    ) -> Answer {
        let known = self
            .undos
            .iter()
            .find(|(key, _)| key.as_ref() == job.key)
            .map(|(_, status)| *status);
        let status = match known {
            Some(status) => status,
            None if reads => 200,
            None if blind => 404,
            None => self.undo_new(job, below),
        };
        match status {
            200 => Answer::Done,
            status => Answer::Refused(status),
        }
    }

    fn undo_new(&mut self, job: &Job, below: Option<impl Fn(&StepId) -> bool>) -> u16 {
        let forward = job.compensates.as_deref().unwrap_or_default();
        let mut found = below.is_some();
        for effect in &mut self.calls {
            let own = effect.key.as_ref() == forward;
            found |= own && !effect.refused;
            if own || below.as_ref().is_some_and(|below| below(&effect.step)) {
                effect.stands = false;
            }
        }
        let status = if found { 200 } else { 404 };
        self.undos.push((job.key.as_str().into(), status));
        status
    }
}
