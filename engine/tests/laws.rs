//! Laws: random workflows in an adversarial world, judged after every single transition.
//!
//! ```text
//!   workflow ─┐
//!             ├─ walk: deliver a job · answer · lose · repeat · late · tick · crash · person
//!   seed ─────┘        after each: V1, V5..V13, V15      when nothing is left: V2, V3, V14
//! ```
//!
//! The services keep tombstones, so that at the end no effect may stand that should not (V2 in its
//! strict form). `BATON_WALKS=100000 cargo test --release -p baton-engine --test laws` walks more.

mod common;
mod world;

use baton_engine::saga::view::SagaView;
use baton_engine::saga::{Recorded, Saga};
use proptest::prelude::*;
use world::plan::{Writer, plan};
use world::{Faults, Walk};

fn walks() -> u32 {
    std::env::var("BATON_WALKS")
        .ok()
        .and_then(|walks| walks.parse().ok())
        .unwrap_or(1_500)
}

fn check(faults: Faults) {
    let strategy = (plan(), any::<u64>(), any::<bool>());
    let outcome = world::runner(walks()).run(&strategy, |(plan, seed, raise)| {
        let text = Writer { next: 0 }.plan(&plan);
        let workflow = common::workflow(&text);
        let mut walk = Walk::new(&workflow, seed, faults, raise);
        walk.run().map_err(|fault| {
            TestCaseError::fail(format!("{fault}\nseed {seed}\n{text}\n{}", walk.told()))
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Nothing goes wrong but what services answer.
#[test]
fn answers_alone() {
    check(Faults::ANSWERS);
}

/// Copies, losses, late effects and crashes.
#[test]
fn a_hostile_network() {
    check(Faults::NETWORK);
}

/// Cancels, pauses, and every way to settle a dead letter.
#[test]
fn people() {
    check(Faults::PEOPLE);
}

#[test]
fn all_at_once() {
    check(Faults::EVERYTHING);
}

/// V15: `apply` is total. Whatever is lost, doubled or out of order in a journal, it folds, and the
/// fold can be read.
#[test]
fn any_journal_folds() {
    let faults = Faults::PEOPLE;
    let strategy = (plan(), any::<u64>(), any::<bool>(), any::<u64>());
    let outcome = world::runner(walks() / 5).run(&strategy, |(plan, seed, raise, spoil)| {
        let text = Writer { next: 0 }.plan(&plan);
        let workflow = common::workflow(&text);
        let mut walk = Walk::new(&workflow, seed, faults, raise);
        walk.run().map_err(TestCaseError::fail)?;
        let mut dice = spoil | 1;
        for _ in 0..5 {
            let journal = spoiled(walk.journal(), &mut dice);
            let id: baton_shared::SagaId = "s1".parse().expect("id");
            let saga = Saga::replay(id.clone(), &journal).expect("it begins with a submission");
            let _read = (
                saga.status(),
                saga.row(),
                saga.wake_at(),
                saga.outstanding(),
            );
            let view = SagaView::of(&id, &journal).expect("it begins with a submission");
            prop_assert_eq!(view.status, saga.status());
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// The same events with some lost, doubled or swapped; the first stays.
fn spoiled(journal: &[Recorded], dice: &mut u64) -> Vec<Recorded> {
    let mut roll = |sides: usize| {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        usize::try_from(*dice >> 33).unwrap_or(0) % sides.max(1)
    };
    let mut spoiled = journal.to_vec();
    for _ in 0..=journal.len() / 3 {
        let (at, to) = (1 + roll(spoiled.len() - 1), 1 + roll(spoiled.len() - 1));
        match roll(3) {
            _ if spoiled.len() < 3 => {}
            0 => drop(spoiled.remove(at)),
            1 => spoiled.swap(at, to),
            _ => spoiled.insert(to, spoiled[at].clone()),
        }
    }
    spoiled
}
