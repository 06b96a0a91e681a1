//! What happened, by key: the part of a service that keeps Baton's contract.
//!
//! A real service would keep this in its database, in the transaction that makes the effect.
//!
//! ```text
//!   do(key)    answered before? ──yes──► the same answer
//!              tombstone?       ──yes──► 410, nothing happens
//!              else             ───────► effect, answer kept
//!   undo(key)  effect there?    ──yes──► marked undone
//!              else             ───────► tombstone, 404
//! ```

use crate::answer::Answer;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

/// How many attempts of a key a `flaky` customer sees fail.
const FLAKY_ATTEMPTS: u32 = 2;

/// One call, as its headers name it.
#[derive(Clone, Debug)]
pub struct Call {
    pub key: String,
    pub saga: String,
    pub step: String,
    /// The key of what a compensation undoes.
    pub compensates: Option<String>,
}

impl Call {
    /// Reads Baton's headers; without a key there is no call.
    pub fn from(headers: &HeaderMap) -> Result<Self, Answer> {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let missing = || Answer::problem(400, "no-key", "The Idempotency-Key header is missing");
        Ok(Self {
            key: text("idempotency-key").ok_or_else(missing)?,
            saga: text("baton-saga").unwrap_or_default(),
            step: text("baton-step").unwrap_or_default(),
            compensates: text("baton-compensates"),
        })
    }
}

/// Something that happened at a service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// `payments.authorize`
    pub what: String,
    /// What the service calls it: `authorization-1a2b3c4d`.
    pub id: String,
    pub key: String,
    pub saga: String,
    pub step: String,
    /// How often it happened. More than 1 would break the contract.
    pub times: u32,
    /// How many calls came under its key.
    pub calls: u32,
    pub undone: bool,
    /// The request that made it.
    pub request: Value,
}

/// Everything the services know.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    effects: Vec<Effect>,
    /// Places in `effects`, by service and key.
    by_key: HashMap<(String, String), usize>,
    /// The answer given, by `what` and key, with the request it answered.
    answers: HashMap<(String, String), (Value, Answer)>,
    /// Service and key of compensations that found nothing.
    tombstones: HashSet<(String, String)>,
    flaky: HashMap<String, u32>,
    healed: bool,
}

/// `payments` of `payments.authorize`
fn service(what: &str) -> String {
    what.split('.').next().unwrap_or(what).to_owned()
}

/// An id that follows from the key, so that a demo shows the same ids each time.
fn id(noun: &str, key: &str) -> String {
    let hash = key.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{noun}-{hash:08x}")
}

impl Ledger {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0
            .lock()
            .expect("nothing panics while it holds the ledger")
    }

    /// Does `what` once per key. `refuse` may reject it first; what it says is kept, so that it is
    /// said again. The answer is `{ "<noun>Id": … }`.
    pub fn perform(
        &self,
        call: &Call,
        what: &str,
        noun: &str,
        request: &Value,
        refuse: impl FnOnce() -> Option<Answer>,
    ) -> Answer {
        let mut known = self.known();
        let place = (what.to_owned(), call.key.clone());
        if let Some(answer) = known.answered(&place, request) {
            return answer;
        }
        let of_service = (service(what), call.key.clone());
        if known.tombstones.contains(&of_service) {
            return Answer::problem(410, "compensated", "This was undone before it arrived");
        }
        if known.is_flaky(&call.key, request) {
            return Answer::busy();
        }
        let answer = refuse().unwrap_or_else(|| {
            let id = id(noun, &call.key);
            let at = known.effects.len();
            known.by_key.insert(of_service, at);
            known.effects.push(Effect {
                what: what.to_owned(),
                id: id.clone(),
                key: call.key.clone(),
                saga: call.saga.clone(),
                step: call.step.clone(),
                times: 1,
                calls: 1,
                undone: false,
                request: request.clone(),
            });
            let mut body = json!({});
            body[format!("{noun}Id")] = id.into();
            Answer::ok(body)
        });
        known
            .answers
            .insert(place, (request.clone(), answer.clone()));
        answer
    }

    /// Undoes what the compensated key did, or what `named` (an id of the body) names. Where nothing
    /// is found, the key gets a tombstone: the step, should it still arrive, is refused. `refuse`
    /// sees the effect first and may fail; that is not kept.
    pub fn undo(
        &self,
        call: &Call,
        what: &str,
        named: Option<&str>,
        request: &Value,
        refuse: impl FnOnce(&Effect, bool) -> Option<Answer>,
    ) -> Answer {
        let mut known = self.known();
        let place = (what.to_owned(), call.key.clone());
        if let Some(answer) = known.answered(&place, request) {
            return answer;
        }
        let service = service(what);
        let at = known.find(&service, call.compensates.as_deref(), named);
        let answer = match at {
            Some(at) => {
                if let Some(failure) = refuse(&known.effects[at], known.healed) {
                    return failure;
                }
                known.effects[at].undone = true;
                Answer::ok(json!({ "undone": known.effects[at].id }))
            }
            None => {
                let keys = [call.compensates.as_deref(), named].into_iter().flatten();
                known
                    .tombstones
                    .extend(keys.map(|key| (service.clone(), key.to_owned())));
                Answer::problem(404, "nothing-to-undo", "There is nothing to undo")
            }
        };
        known
            .answers
            .insert(place, (request.clone(), answer.clone()));
        answer
    }

    /// The effect with this id, if it happened and was not undone.
    pub fn standing(&self, id: &str) -> Option<Effect> {
        self.known()
            .effects
            .iter()
            .find(|effect| effect.id == id && !effect.undone)
            .cloned()
    }

    /// All effects, in the order they happened.
    pub fn effects(&self) -> Vec<Effect> {
        self.known().effects.clone()
    }

    /// Mends what was `stubborn`.
    pub fn heal(&self) {
        self.known().healed = true;
    }

    pub fn is_healed(&self) -> bool {
        self.known().healed
    }
}

impl Known {
    /// The answer this key got before. The same key with another request is a mistake of the caller.
    fn answered(&mut self, place: &(String, String), request: &Value) -> Option<Answer> {
        let (answered, answer) = self.answers.get(place)?;
        if answered != request {
            let title = "This key was used with another request";
            return Some(Answer::problem(422, "key-reused", title));
        }
        let of_service = (service(&place.0), place.1.clone());
        if let Some(effect) = self
            .by_key
            .get(&of_service)
            .map(|at| &mut self.effects[*at])
        {
            effect.calls += 1;
        }
        Some(answer.clone())
    }

    fn find(&self, service: &str, key: Option<&str>, named: Option<&str>) -> Option<usize> {
        let by_key = |key: &str| {
            self.by_key
                .get(&(service.to_owned(), key.to_owned()))
                .copied()
        };
        let by_id = |id: &str| {
            let prefix = format!("{service}.");
            self.effects
                .iter()
                .position(|e| e.id == id && e.what.starts_with(&prefix))
        };
        // The body may name the effect by its id or by its key.
        key.and_then(by_key)
            .or_else(|| named.and_then(|name| by_id(name).or_else(|| by_key(name))))
    }

    fn is_flaky(&mut self, key: &str, request: &Value) -> bool {
        if request["customerId"] != "flaky" {
            return false;
        }
        let attempts = self.flaky.entry(key.to_owned()).or_default();
        *attempts += 1;
        *attempts <= FLAKY_ATTEMPTS
    }
}
