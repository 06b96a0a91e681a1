//! The middle of the driver: one saga's items, decided one after the other on its state.
//!
//! Pure but for ids: no await in here.

use super::Shared;
use super::request::{Answer, Ask, Declined, Reply, Request, Submit};
use super::turn::{Item, Turn};
use crate::metrics::Attempt;
use crate::outside::Ports;
use baton_engine::saga::{self, Decision, Effect, Recorded, Saga, Submission};
use baton_engine::store::{DueKind, Version};
use baton_engine::workflow::Workflow;
use baton_shared::planted::{self, Bug};
use baton_shared::{Job, SagaId, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What is known of a saga before its turn.
#[derive(Debug)]
pub(super) enum Before {
    /// From memory: right unless somebody else moved it on since.
    Cached(Known),
    /// Just read from the store.
    Loaded(Known),
    /// The store has no such saga.
    Absent,
    /// Nobody looked: the turn begins with a submission, and its append will tell.
    Unknown,
}

/// A saga, and which version of its journal it is the fold of.
#[derive(Debug)]
pub(super) struct Known {
    /// Large, and handed on often.
    pub(super) saga: Box<Saga>,
    pub(super) version: Version,
    pub(super) workflow: Arc<Workflow>,
}

/// A turn after its decisions.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) turn: Turn,
    /// Aligned with the turn's items: what each request is answered if the append succeeds.
    pub(super) answers: Vec<Option<Answer>>,
    /// None: there is no such saga, and none was started.
    pub(super) moved: Option<Moved>,
    /// Whether the state was read from the store just now.
    pub(super) fresh: bool,
}

/// A saga and how it moved in one turn.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) saga: Box<Saga>,
    pub(super) workflow: Arc<Workflow>,
    /// What the store has: the version before, until the events are written.
    pub(super) version: Version,
    pub(super) events: Vec<Recorded>,
    pub(super) jobs: Vec<Job>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) was_final: bool,
}

impl Decided {
    /// The turn, to be decided again on what the store has now.
    pub(super) fn overtaken(self) -> Turn {
        Turn {
            known: self.moved.and_then(|moved| moved.known()),
            ..self.turn
        }
    }
}

impl Moved {
    /// The version before; none for a saga that was over, which may be forgotten since.
    pub(super) fn known(&self) -> Option<Version> {
        (!self.was_final).then_some(self.version)
    }
}

/// The core panicked: a fault of ours, kept to this one saga.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) turn: Turn,
    pub(super) fault: String,
}

/// Decides a turn's items in order. Nothing outside this turn changes.
pub(super) fn decide_turn<P: Ports>(
    shared: &Shared<P>,
    mut turn: Turn,
    before: Before,
    now: Timestamp,
) -> Result<Decided, Box<Broken>> {
    // The state is thrown away when this fails, so no half-changed value is looked at again.
    let decided = catch_unwind(AssertUnwindSafe(|| {
        decide_items(shared, &mut turn, before, now)
    }));
    match decided {
        Ok((answers, moved, fresh)) => Ok(Decided {
            turn,
            answers,
            moved,
            fresh,
        }),
        Err(panic) => {
            let fault = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
                .unwrap_or_default();
            let fault = format!("the core failed on it, which is a fault of Baton: {fault}");
            Err(Box::new(Broken { turn, fault }))
        }
    }
}

fn decide_items<P: Ports>(
    shared: &Shared<P>,
    turn: &mut Turn,
    before: Before,
    now: Timestamp,
) -> (Vec<Option<Answer>>, Option<Moved>, bool) {
    let (mut moved, fresh) = match before {
        Before::Cached(known) => (Some(Moved::from(known)), false),
        Before::Loaded(known) => (Some(Moved::from(known)), true),
        Before::Absent => (None, true),
        Before::Unknown => (None, false),
    };
    let mut answers = Vec::with_capacity(turn.items.len());
    for item in &mut turn.items {
        answers.push(match item {
            Item::Request(request) => Some(answer(shared, request, &mut moved, now)),
            Item::Message(message) => {
                if let Some(moved) = &mut moved {
                    let input = message.input();
                    let attempt = Attempt::of(&input);
                    if moved.take(input, now).is_ok_and(|used| used) {
                        moved.attempts.extend(attempt);
                    }
                }
                None
            }
            Item::Due(DueKind::Timer) => {
                if let Some(moved) = &mut moved {
                    // Time is never refused.
                    let _used = moved.take(saga::Input::Tick, now);
                }
                None
            }
            // What to publish or forget is known once the whole turn is decided.
            Item::Due(DueKind::Duty | DueKind::Expiry) => None,
        });
    }
    (answers, moved, fresh)
}

fn answer<P: Ports>(
    shared: &Shared<P>,
    request: &Request,
    moved: &mut Option<Moved>,
    now: Timestamp,
) -> Answer {
    match (&request.ask, moved.as_mut()) {
        (Ask::Submit(submit), None) => {
            let started = Moved::start(shared, &request.saga, submit, now)?;
            let reply = started.reply(true);
            *moved = Some(started);
            Ok(reply)
        }
        (Ask::Submit(submit), Some(there)) => {
            if there.fits(submit) {
                Ok(there.reply(false))
            } else {
                Err(Declined::Conflict(request.saga.clone()))
            }
        }
        (Ask::Act(_), None) => Err(Declined::NoSaga(request.saga.clone())),
        (Ask::Act(input), Some(there)) => {
            there.take(input.clone(), now)?;
            Ok(there.reply(false))
        }
    }
}

impl Moved {
    fn from(known: Known) -> Self {
        Self {
            was_final: known.saga.status().is_final(),
            saga: known.saga,
            version: known.version,
            workflow: known.workflow,
            events: Vec::new(),
            jobs: Vec::new(),
            attempts: Vec::new(),
        }
    }

    fn start<P: Ports>(
        shared: &Shared<P>,
        id: &SagaId,
        submit: &Submit,
        now: Timestamp,
    ) -> Result<Self, Declined> {
        let submission = Submission {
            id: id.clone(),
            input: submit.input.clone(),
            traceparent: Some(shared.traceparent(submit.traceparent.as_deref(), id)),
        };
        let (saga, decision) = saga::start(&submit.workflow, submission, now)?;
        let mut moved = Self::from(Known {
            saga: saga.into(),
            version: Version::NONE,
            workflow: submit.workflow.clone(),
        });
        moved.was_final = false;
        moved.note(decision);
        Ok(moved)
    }

    /// Whether this saga is what the submission would have started.
    fn fits(&self, submit: &Submit) -> bool {
        let (name, version) = self.saga.workflow();
        name == submit.workflow.name.to_string()
            && (!submit.pinned || version == submit.workflow.version)
            && (*self.saga.input() == submit.input || planted::is(Bug::OtherInputAccepted))
    }

    /// Whether the input was news to the saga.
    fn take(&mut self, input: saga::Input, now: Timestamp) -> Result<bool, saga::Refusal> {
        let decision = saga::decide(&self.workflow, &mut self.saga, input, now)?;
        let used = decision.used;
        self.note(decision);
        Ok(used)
    }

    fn note(&mut self, decision: Decision) {
        self.events.extend(decision.events);
        for effect in decision.effects {
            let Effect::Dispatch(job) = effect;
            self.jobs.push(*job);
        }
    }

    fn reply(&self, created: bool) -> Reply {
        let (workflow, version) = self.saga.workflow();
        Reply {
            saga: self.saga.id().clone(),
            workflow: workflow.to_owned(),
            version: version.to_owned(),
            status: self.saga.status(),
            created,
        }
    }
}
