//! What reached the driver, grouped by saga.
//!
//! ```text
//!   deliveries ─┐
//!   due times   ├─► group ─► one Turn a saga: its items in order ─► decided together, appended once
//!   requests   ─┘       └──► orphans: what names no saga
//! ```

use super::request::Request;
use crate::orphan::Orphan;
use baton_engine::saga::Input;
use baton_engine::store::{Due, DueKind, Version};
use baton_shared::port::{Delivery, Lane};
use baton_shared::{Envelope, Job, Outcome, SagaId, Timestamp};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Everything of one batch that concerns one saga.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) saga: SagaId,
    pub(super) items: Vec<Item>,
    /// What the store had acknowledged of it when this was last decided, if it was and the saga was not
    /// over: what is over is forgotten in time.
    pub(super) known: Option<Version>,
}

#[derive(Debug)]
pub(super) enum Item {
    Message(Message),
    Due(DueKind),
    Request(Request),
}

/// A delivery that names a saga. The body stays until the end: it may have to be read again or kept
/// as an orphan.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) delivery: Delivery,
    /// Read when it came; taken by the first decision, so that the usual case copies nothing.
    input: Option<Input>,
    /// How often it was put off.
    pub(super) waited: u32,
    /// How often of these because its saga or definition is unreadable.
    pub(super) unreadable: u32,
}

/// What was taken at once.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) due: Vec<Due>,
    pub(super) requests: Vec<Request>,
    /// Messages that could not be handled before.
    pub(super) again: Vec<Message>,
}

impl Taken {
    pub(super) fn len(&self) -> usize {
        self.deliveries.len() + self.due.len() + self.requests.len() + self.again.len()
    }

    /// Requests first, so that a submission comes before what a person asks of it next; then
    /// messages; due times last, so that an outcome that is here beats its own deadline.
    pub(super) fn group(self, now: Timestamp) -> (Vec<Turn>, Vec<(Orphan, Delivery)>) {
        let mut groups = Groups::default();
        let mut orphans = Vec::new();
        for request in self.requests {
            groups.add(request.saga.clone(), Item::Request(request));
        }
        for mut message in self.again {
            match message.read() {
                Ok((saga, input)) => {
                    message.input = Some(input);
                    groups.add(saga, Item::Message(message));
                }
                Err(reason) => {
                    let orphan = Orphan::of(&message.delivery, reason, now);
                    orphans.push((orphan, message.delivery));
                }
            }
        }
        for delivery in self.deliveries {
            match read(&delivery) {
                Ok((saga, input)) => {
                    let message = Message {
                        delivery,
                        input: Some(input),
                        waited: 0,
                        unreadable: 0,
                    };
                    groups.add(saga, Item::Message(message));
                }
                Err(reason) => orphans.push((Orphan::of(&delivery, reason, now), delivery)),
            }
        }
        for due in self.due {
            groups.add(due.saga, Item::Due(due.what));
        }
        (groups.turns, orphans)
    }
}

#[derive(Default)]
struct Groups {
    turns: Vec<Turn>,
    places: HashMap<SagaId, usize>,
}

impl Groups {
    fn add(&mut self, saga: SagaId, item: Item) {
        match self.places.entry(saga) {
            Entry::Occupied(place) => self.turns[*place.get()].items.push(item),
            Entry::Vacant(place) => {
                self.turns.push(Turn {
                    known: None,
                    saga: place.key().clone(),
                    items: vec![item],
                });
                place.insert(self.turns.len() - 1);
            }
        }
    }
}

impl Message {
    /// Waits to be read again.
    pub(super) fn of(delivery: Delivery) -> Self {
        Self {
            delivery,
            input: None,
            waited: 0,
            unreadable: 0,
        }
    }

    fn read(&mut self) -> Result<(SagaId, Input), String> {
        read(&self.delivery)
    }

    /// The input, from memory the first time, from the body again later.
    pub(super) fn input(&mut self) -> Input {
        self.input.take().unwrap_or_else(|| {
            let (_, input) = read(&self.delivery).expect("it was read when it came");
            input
        })
    }
}

/// The saga a message is for and what it says, or why it is an orphan.
fn read(delivery: &Delivery) -> Result<(SagaId, Input), String> {
    match &delivery.lane {
        Lane::Outcomes(_) => {
            let envelope =
                Envelope::<Outcome>::decode(&delivery.body).map_err(|e| e.to_string())?;
            let outcome = envelope.body;
            Ok((outcome.job.saga.clone(), Input::Outcome(Box::new(outcome))))
        }
        Lane::Dead => {
            let envelope = Envelope::<Job>::decode(&delivery.body).map_err(|e| e.to_string())?;
            let job = envelope.body.id;
            let reason = delivery.death.as_ref().map_or_else(
                || "given up by the queue".to_owned(),
                |death| format!("given up in `{}`: {}", death.from, death.reason),
            );
            Ok((job.saga.clone(), Input::GivenUp { job, reason }))
        }
        Lane::Jobs(service) => Err(format!(
            "a job of `{service}` reached an orchestrator, which takes none"
        )),
    }
}
