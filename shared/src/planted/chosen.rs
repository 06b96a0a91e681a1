//! Which bug is on in this process: named by `BATON_PLANTED`, or chosen by a test.

use super::{ALL, Bug};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Nobody has said anything yet.
const UNASKED: usize = usize::MAX;
const NONE: usize = usize::MAX - 1;

static CHOSEN: AtomicUsize = AtomicUsize::new(UNASKED);
static HITS: AtomicU64 = AtomicU64::new(0);

/// Turns this bug on and every other one off, or all of them off.
pub fn choose(bug: Option<Bug>) {
    CHOSEN.store(bug.map_or(NONE, |bug| bug as usize), Ordering::Relaxed);
    HITS.store(0, Ordering::Relaxed);
}

/// How often the chosen bug was asked for since it was chosen. Conditions stand before it wherever
/// they can, so this is about how often it could have had a say.
pub fn hits() -> u64 {
    HITS.load(Ordering::Relaxed)
}

pub(super) fn is(bug: Bug) -> bool {
    let chosen = match CHOSEN.load(Ordering::Relaxed) {
        UNASKED => named(),
        chosen => chosen,
    };
    let on = chosen == bug as usize;
    HITS.fetch_add(u64::from(on), Ordering::Relaxed);
    on
}

/// The bug that the environment names. A name that is none is a mistake in a test, and would make it
/// say that nothing was found.
fn named() -> usize {
    let chosen = match std::env::var("BATON_PLANTED") {
        Ok(name) if !name.is_empty() => {
            let known = ALL.iter().find(|planted| planted.name == name);
            known
                .map(|planted| planted.bug as usize)
                .unwrap_or_else(|| {
                    panic!("BATON_PLANTED={name}: there is no such bug; planted.rs lists them")
                })
        }
        _ => NONE,
    };
    CHOSEN.store(chosen, Ordering::Relaxed);
    chosen
}
