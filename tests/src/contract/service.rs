//! The laws of a service that keeps `docs/service-contract.md`: the examples, the ledger of the chaos
//! runs, and the simulated ones. What Baton is proved against in one place holds in the others.
//!
//! Some keep more than others, and say so in [`Keeps`]; everything else is asked of all of them.

use super::law;
use futures_util::future::join_all;
use serde_json::Value;

/// Status and body.
pub type Answer = (u16, Value);

/// What a call asks for.
#[derive(Clone, Copy, Debug)]
pub enum Asks<'a> {
    /// A step for this order: another order is another body.
    Step(u32),
    /// A step that the service refuses for good. Every copy of it has the same body.
    Refused,
    /// The end of what this key did. The body says nothing of it.
    Undo(&'a str),
}

/// The rules that not every service keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeps {
    /// It knows the body of a key from another.
    pub bodies: bool,
    /// It refuses what was undone before it came.
    pub tombstones: bool,
    /// Its rejections are final.
    pub rejections: bool,
}

/// A service, as a law plays with it.
pub trait Service {
    /// Makes a call, with [`headers`], and hears the answer.
    fn call(&self, key: &str, asks: Asks<'_>) -> impl Future<Output = Answer>;

    /// How many effects of this key stand: they happened and were not undone.
    fn standing(&self, key: &str) -> impl Future<Output = u64>;
}

/// The headers with which Baton would make the call.
pub fn headers<'a>(key: &'a str, asks: Asks<'a>) -> Vec<(&'static str, &'a str)> {
    let mut headers = vec![
        ("idempotency-key", key),
        ("baton-saga", "saga"),
        ("baton-step", "step"),
        ("baton-attempt", "1"),
    ];
    if let Asks::Undo(forward) = asks {
        headers.push(("baton-compensates", forward));
    }
    headers
}

/// Runs every law that it says it keeps. `make` gives a service to which nothing happened yet.
pub async fn exercise<S: Service>(keeps: Keeps, make: impl AsyncFn() -> S) {
    law("a key has one effect and one answer", &make, one_effect).await;
    law("of racing copies one has the effect", &make, copies_race).await;
    law("another key has another effect", &make, keys_are_apart).await;
    law("an undo works by key alone", &make, undo_by_key).await;
    law("nothing to undo is said", &make, nothing_to_undo).await;
    if keeps.bodies {
        law("a key has one body", &make, one_body).await;
    }
    if keeps.tombstones {
        law("what comes after its undo is refused", &make, tombstone).await;
    }
    if keeps.rejections {
        law("a rejection is kept", &make, rejection_stays).await;
    }
}

async fn step<S: Service>(service: &S, key: &str) -> Answer {
    service.call(key, Asks::Step(1)).await
}

/// Under a key of its own, as every undo.
async fn undo<S: Service>(service: &S, key: &str) -> Answer {
    let own = format!("{key}:undo");
    service.call(&own, Asks::Undo(key)).await
}

async fn stand<S: Service>(service: &S, key: &str, effects: u64, why: &str) {
    assert_eq!(service.standing(key).await, effects, "{why}");
}

fn is_absent(answer: &Answer) -> bool {
    matches!(answer.0, 404 | 410)
}

fn is_success(answer: &Answer) -> bool {
    (200..300).contains(&answer.0)
}

async fn one_effect<S: Service>(service: &S) {
    let first = step(service, "k").await;
    assert!(is_success(&first), "the step happens: {first:?}");
    stand(service, "k", 1, "it has its effect").await;
    let again = step(service, "k").await;
    assert_eq!(again, first, "the same key gets the same answer");
    stand(service, "k", 1, "the same key has one effect").await;
}

async fn copies_race<S: Service>(service: &S) {
    let answers = join_all((0..5).map(|_| step(service, "k"))).await;
    assert!(is_success(&answers[0]), "the step happens: {answers:?}");
    let same = answers.iter().all(|answer| *answer == answers[0]);
    assert!(same, "all copies get the same answer: {answers:?}");
    stand(service, "k", 1, "all copies have one effect").await;
}

async fn keys_are_apart<S: Service>(service: &S) {
    for key in ["a", "b"] {
        let done = step(service, key).await;
        assert!(is_success(&done), "`{key}` happens: {done:?}");
    }
    undo(service, "a").await;
    stand(service, "a", 0, "what one key did is undone").await;
    stand(service, "b", 1, "what the other did stands").await;
}

async fn undo_by_key<S: Service>(service: &S) {
    let done = step(service, "k").await;
    let undone = undo(service, "k").await;
    assert!(is_success(&undone), "it is undone: {undone:?}");
    stand(service, "k", 0, "nothing is left of it").await;
    assert_eq!(undo(service, "k").await, undone, "an undo keeps its answer");
    assert_eq!(step(service, "k").await, done, "and so does the step");
    stand(service, "k", 0, "which does not come back").await;
}

async fn nothing_to_undo<S: Service>(service: &S) {
    let absent = undo(service, "k").await;
    assert!(is_absent(&absent), "nothing happened: {absent:?}");
    assert_eq!(undo(service, "k").await, absent, "an undo keeps its answer");
    stand(service, "k", 0, "still nothing happened").await;
}

async fn one_body<S: Service>(service: &S) {
    let first = step(service, "k").await;
    let other = service.call("k", Asks::Step(2)).await;
    assert_eq!(other.0, 422, "another body is a mistake: {other:?}");
    let again = step(service, "k").await;
    assert_eq!(again, first, "the first keeps its answer");
    stand(service, "k", 1, "the other has no effect").await;
}

async fn tombstone<S: Service>(service: &S) {
    undo(service, "k").await;
    for _ in 0..2 {
        let late = step(service, "k").await;
        assert!(matches!(late.0, 409 | 410), "it comes too late: {late:?}");
        stand(service, "k", 0, "and has no effect").await;
    }
    let other = step(service, "other").await;
    assert!(is_success(&other), "another key is welcome: {other:?}");
}

async fn rejection_stays<S: Service>(service: &S) {
    let refused = service.call("k", Asks::Refused).await;
    let is_final = matches!(refused.0, 400..=499) && !matches!(refused.0, 408 | 425 | 429);
    assert!(is_final, "it is refused for good: {refused:?}");
    let again = service.call("k", Asks::Refused).await;
    assert_eq!(again, refused, "a rejection is kept under its key");
    stand(service, "k", 0, "and nothing happened").await;
    let absent = undo(service, "k").await;
    assert!(is_absent(&absent), "nothing to undo: {absent:?}");
}
