//! I5: one key for a step, one body for a key, and so one effect.

use super::{Law, Violation, broken};
use crate::evidence::{Evidence, Saga};
use baton_ledger::record::Effect;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const LAW: Law = Law {
    id: "I5",
    says: "every attempt of a step has the same key and body, and no other step has them",
    binds: "keys and bodies: all services; one effect: those that honour keys",
    check,
};

fn check(evidence: &Evidence) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut owners: BTreeMap<(&str, &str), (&str, &str)> = BTreeMap::new();
    for line in &evidence.lines {
        let owner = (&*line.saga, &*line.step);
        let first = *owners.entry((&line.service, &line.key)).or_insert(owner);
        if first != owner {
            let what = format!("key {} is used by {first:?} and {owner:?}", line.key);
            found.push(broken(&LAW, &line.saga, what, Vec::new()));
        }
    }
    found.extend(evidence.sagas.values().flat_map(of_saga));
    found
}

fn of_saga(saga: &Saga) -> Vec<Violation> {
    let mut bodies: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut effects: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, line) in &saga.lines {
        bodies.entry(&line.key).or_default().insert(&line.body);
        if line.undo {
            continue;
        }
        keys.entry(&line.step).or_default().insert(&line.key);
        let applied = line.effect == Effect::Applied;
        *effects.entry(&line.key).or_default() += u32::from(applied);
    }
    let mut found = Vec::new();
    for (key, bodies) in bodies.iter().filter(|(_, bodies)| bodies.len() > 1) {
        let what = format!("key {key} came with the bodies {bodies:?}");
        found.push(broken(&LAW, &saga.id, what, saga.told(None)));
    }
    for (step, keys) in keys.iter().filter(|(_, keys)| keys.len() > 1) {
        let what = format!("step {step} came with the keys {keys:?}");
        found.push(broken(&LAW, &saga.id, what, saga.told(Some(step))));
    }
    let honours = saga.service.honours_keys();
    for (key, times) in effects.iter().filter(|(_, times)| honours && **times > 1) {
        let what = format!("{key} had {times} effects");
        found.push(broken(&LAW, &saga.id, what, saga.told(None)));
    }
    found
}
