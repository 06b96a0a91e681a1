//! People and their programs: they submit, submit again, cancel, pause, and settle dead letters.

use crate::fault::Fault;
use crate::library::Volume;
use crate::life::Ports;
use crate::world::{Inside, Order, Who, World};
use baton_engine::saga::Input;
use baton_engine::saga::view::{SagaView, StepStatus};
use baton_orchestrator::desk::{Desk, NotSubmitted};
use baton_orchestrator::driver::request::{Declined, Submit};
use baton_shared::{SagaId, StepId};
use serde_json::{Value, json};
use std::sync::Arc;

/// A saga that somebody wants.
pub(crate) struct Wanted {
    pub(crate) id: SagaId,
    pub(crate) volume: Arc<Volume>,
    pub(crate) input: Value,
    pub(crate) accepted: bool,
}

impl Wanted {
    pub(crate) fn new(number: usize, volume: Arc<Volume>, raise: bool, odd: bool) -> Self {
        let id = format!("s{number}").parse().expect("a plain id");
        let input = json!({
            "orderId": format!("o{number}"), "customerId": "ada", "items": [], "total": 5,
            "address": "Harbour 1", "raise": raise, "odd": odd,
        });
        Self {
            id,
            volume,
            input,
            accepted: false,
        }
    }

    /// The same id with another input.
    pub(crate) fn other_input(&self) -> Value {
        let mut input = self.input.clone();
        input["total"] = json!(6);
        input
    }
}

/// A submission over one orchestrator's desk, as its API makes it.
pub(crate) async fn submit(
    world: World,
    (who, desk): (Who, Arc<Desk<Ports>>),
    number: usize,
    id: SagaId,
    workflow: (String, String),
    (input, again): (Value, Option<Fault>),
) {
    let found = desk.shared.definitions.find(&workflow.0, &workflow.1).await;
    let Ok(workflow) = found else { return };
    let submit = Submit {
        workflow,
        pinned: false,
        input: input.clone(),
        traceparent: None,
    };
    world.lock().books.asks(who);
    let answer = desk.submit(id.clone(), submit).await;
    let mut inside = world.lock();
    inside.books.answers(who, too_many(answer.as_ref().err()));
    let now = inside.now - crate::world::BEGIN;
    let said = format!("{answer:?}");
    inside.books.seen("an answer", said.as_bytes());
    inside
        .trace
        .tell(now, || format!("  answer to {id}: {said}"));
    let told = match again {
        Some(Fault::OtherInput) => {
            matches!(answer, Err(NotSubmitted::Declined(Declined::Conflict(_))))
        }
        _ => answer.is_ok(),
    };
    if let Some(fault) = again.filter(|_| told) {
        inside.plan.note(fault);
    }
    match answer {
        Ok(_) => {
            inside.books.answered(&id, &input);
            inside.orders.push_back(Order::Accepted(number));
        }
        // Another input was faster, which only a power cut makes possible.
        Err(NotSubmitted::Declined(Declined::Conflict(_))) => {
            inside.orders.push_back(Order::Accepted(number));
        }
        Err(_) => {}
    }
}

/// The limit that kept a submission out, if it was that of requests that wait.
fn too_many(error: Option<&NotSubmitted>) -> Option<usize> {
    match error {
        Some(NotSubmitted::Declined(Declined::Overloaded(limit))) => Some(*limit),
        _ => None,
    }
}

/// A person's request; refusals are fine.
pub(crate) async fn act(
    world: World,
    (who, desk): (Who, Arc<Desk<Ports>>),
    saga: SagaId,
    input: Input,
) {
    world.lock().books.asks(who);
    let fault = settled_by(&input);
    let answer = desk.act(saga.clone(), input).await;
    let mut inside = world.lock();
    if let Some(fault) = fault.filter(|_| answer.is_ok()) {
        inside.plan.note(fault);
    }
    let limit = match &answer {
        Err(Declined::Overloaded(limit)) => Some(*limit),
        _ => None,
    };
    inside.books.answers(who, limit);
    let now = inside.now - crate::world::BEGIN;
    let said = answer.map_or_else(|e| e.to_string(), |r| r.status.word().to_owned());
    inside.books.seen("an answer", said.as_bytes());
    inside.trace.tell(now, || format!("  {saga}: {said}"));
}

impl Inside {
    /// What people ask of all that waits for them, and when they look again: from the beginning where
    /// somebody attends to it, else once nothing goes wrong any more.
    pub(crate) fn settle_all(&mut self, wanted: &[Wanted]) -> Vec<(SagaId, Input)> {
        let mut asked = Vec::new();
        for wanted in wanted {
            let Some(input) = self.settling(&wanted.id, None) else {
                continue;
            };
            // Who sends something anew may think better of it.
            let edited = matches!(input, Input::Retry { input: Some(_), .. });
            if edited && !self.plan.healed && self.dice.chance(400) {
                let soon = self.dice.pick(&[1, 20, 1_500]);
                self.order(soon, Order::Cancel(wanted.id.clone()));
            }
            asked.push((wanted.id.clone(), input));
        }
        let again = if self.plan.healed {
            20_000
        } else {
            self.dice.pick(&[300, 2_000, 9_000])
        };
        self.order(again, Order::Settle);
        asked
    }

    /// What a person would ask of a saga that waits for one; `None` where none does.
    pub(crate) fn settling(&mut self, saga: &SagaId, which: Option<Fault>) -> Option<Input> {
        let story = self.books.stories.get(saga)?;
        let paused = story.paused;
        let held = if story.saga.row().held > 0 {
            held(saga, story)
        } else {
            Vec::new()
        };
        if held.is_empty() {
            return (paused && which.is_none()).then_some(Input::Resume);
        }
        if paused && which.is_none() && self.dice.chance(500) {
            return Some(Input::Resume);
        }
        let step = held[self.dice.index(held.len())].clone();
        use Fault::{Drop, EditedRetry, Retry, Skip};
        let what = which.unwrap_or_else(|| match self.plan.healed {
            true => self
                .dice
                .pick(&[Retry, Retry, Retry, EditedRetry, Skip, Drop]),
            false => self.dice.pick(&[
                Retry,
                EditedRetry,
                EditedRetry,
                EditedRetry,
                Skip,
                Skip,
                Drop,
                Drop,
            ]),
        });
        Some(input(what, step))
    }
}

/// What is refused wherever nothing would come of it, so that a good answer shows that something did. Pauses and
/// cancels are not: the journal tells of them.
fn settled_by(input: &Input) -> Option<Fault> {
    match input {
        Input::Resume => Some(Fault::Resume),
        Input::Retry { input: None, .. } => Some(Fault::Retry),
        Input::Retry { input: Some(_), .. } => Some(Fault::EditedRetry),
        Input::Skip { .. } => Some(Fault::Skip),
        Input::Drop { .. } => Some(Fault::Drop),
        _ => None,
    }
}

fn held(saga: &SagaId, story: &crate::story::Story) -> Vec<StepId> {
    let Some(view) = SagaView::of(saga, &story.journal) else {
        return Vec::new();
    };
    let held = view
        .steps
        .iter()
        .filter(|step| step.status == StepStatus::Held);
    held.map(|step| StepId::new(step.name.as_str())).collect()
}

fn input(what: Fault, step: StepId) -> Input {
    match what {
        Fault::EditedRetry => Input::Retry {
            step,
            input: Some(json!({ "edited": true })),
        },
        Fault::Skip => Input::Skip {
            step,
            output: json!({ "by": "hand" }),
            reason: Some("seen to".to_owned()),
        },
        Fault::Drop => Input::Drop {
            step,
            reason: "given up".to_owned(),
        },
        _ => Input::Retry { step, input: None },
    }
}
